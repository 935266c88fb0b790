/** Files that appear whole or not at all: written under a temporary name, flushed, then renamed. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors.ts';

/** Temporary files that are being written: removed where the process ends before they are whole. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

/** Flushes a folder, so that a rename in it survives a loss of power. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Opens the temporary file. What would make the rename fail is told now, not when all is written. */
async function openBeside(path: string, temporary: string): Promise<FileHandle> {
  const isFolder = await stat(path).then(
    (there) => there.isDirectory(),
    () => false, // nothing is there
  );
  if (isFolder) throw new UserError(`${path}: expected a file's name, and there is a folder`);
  try {
    await mkdir(dirname(path), { recursive: true });
    return await open(temporary, 'wx');
  } catch (cause) {
    throw new UserError(`${path}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Lets `write` fill a temporary file beside `path` and renames it to `path` when all is on the disk. If `write` throws,
 * the temporary file is removed and what stood at `path` is untouched. Missing folders are made.
 *
 * @throws UserError where nothing can be written there
 * @example
 * await writeAtomically('out.csv', async (file) => { await file.write('GalaxyID\n'); });
 */
export async function writeAtomically(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  const file = await openBeside(path, temporary);
  unfinished.add(temporary);
  try {
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
  await flushFolder(dirname(path));
}

/**
 * Tells a path that cannot be written before the work begins whose result it is to take.
 * @throws UserError where nothing can be written there
 * @example await checkWritable('submission.csv');
 */
export async function checkWritable(path: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  await (await openBeside(path, temporary)).close();
  await rm(temporary);
}

/** Writes a whole file atomically; see {@link writeAtomically}. */
export function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  return writeAtomically(path, (file) => file.writeFile(content));
}
