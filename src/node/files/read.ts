/** Opens files, and reads them whole or in part. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { checkSize } from '../../files/read.ts';
import { unreadable } from './systemError.ts';

/** Flags that open a file without waiting for a pipe's writer; Windows has no such pipes. */
export const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file for reading. Pipes and devices, which may have no end, are refused.
 * @param use called with the open file and its length in bytes
 * @throws UserError that names the path if there is no file
 */
export async function withFile<Result>(
  path: string,
  use: (file: FileHandle, bytes: number) => Promise<Result>,
): Promise<Result> {
  let file: FileHandle;
  try {
    file = await open(path, READ_ONLY);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    const about = await file.stat();
    if (about.isDirectory()) throw new UserError(`${path}: expected a file, got a folder`, { code: 'file' });
    if (!about.isFile())
      throw new UserError(`${path}: expected a file, got a pipe or a device`, { code: 'file' });
    return await use(file, about.size);
  } finally {
    await file.close();
  }
}

/**
 * Reads `length` bytes at a position.
 * @throws UserError that names the file if it ends before; OutOfMemory
 */
export async function readFully(
  file: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const buffer = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(buffer, done, Math.min(length - done, 1 << 30), position + done);
      if (bytesRead === 0) throw new UserError(`${path}: ends at byte ${position + done}: truncated`);
      done += bytesRead;
    }
    return buffer;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * Reads a whole file.
 * @param most the largest length allowed, in bytes
 * @throws UserError that names the path if there is no file, or a larger one
 */
export function readBytes(path: string, most: number): Promise<Uint8Array> {
  return withFile(path, async (file, bytes) => {
    checkSize(path, bytes, most);
    return await readFully(file, path, 0, bytes);
  });
}
