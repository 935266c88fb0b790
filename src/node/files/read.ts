/** Whole files, as far as they are files and of a size that can be meant. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { unreadable } from './systemError.ts';

/** The most bytes of a file that is read as text: Node's longest text is a little longer. */
export const LONGEST_TEXT = 500_000_000;

/** The most bytes of a file of settings: what JSON becomes in memory is many times as long. */
export const LONGEST_SETTINGS = 10_000_000;

/** How files are opened: a pipe, which is refused then, is not waited for; Windows has none. */
export const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file for reading; a pipe or a device, which may have no end, is refused and not waited for.
 * @param use is given the open file and its length in bytes
 * @throws UserError that names the file where it is missing or none
 * @example await withFile('galaxies.zip', (_, bytes) => Promise.resolve(bytes)); // its length
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
    if (about.isDirectory()) throw new UserError(`${path}: expected a file, got a folder`);
    if (!about.isFile()) throw new UserError(`${path}: expected a file, got a pipe or a device`);
    return await use(file, about.size);
  } finally {
    await file.close();
  }
}

/**
 * Reads so many bytes from a position on.
 * @throws UserError that names the file where it has no more so many, or they do not fit into memory
 * @example await withFile('galaxies.zip', (file) => readFully(file, 'galaxies.zip', 0, 4));
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
 * @param most bytes that it may have
 * @throws UserError that names the file where it is missing, none, or larger
 * @example await readBytes('100008.jpg', 100_000_000);
 */
export function readBytes(path: string, most: number): Promise<Uint8Array> {
  return withFile(path, async (file, bytes) => {
    checkSize(path, bytes, most);
    return await readFully(file, path, 0, bytes);
  });
}

/**
 * Reads a whole text, UTF-8.
 * @throws UserError that names the file where it is missing, none, or larger than `most` bytes
 * @example await readText('config.json');
 */
export async function readText(path: string, most = LONGEST_TEXT): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, most));
}

/**
 * Reads the text of a file of settings that a flag names.
 * @throws UserError that names the flag and the file where it is missing, none, or too large
 * @example parseJson(await readSettings('--config', 'settings.json'), 'settings.json');
 */
export function readSettings(flag: string, path: string): Promise<string> {
  return readText(path, LONGEST_SETTINGS).catch((cause: Error) => {
    throw cause instanceof UserError ? new UserError(`${flag} ${cause.message}`, { cause }) : cause;
  });
}

/** @throws UserError where a file is larger than it can be meant to be */
export function checkSize(label: string, bytes: number, most: number): void {
  if (bytes > most) throw new UserError(`${label}: of ${bytes} bytes: expected ${most} at most`);
}
