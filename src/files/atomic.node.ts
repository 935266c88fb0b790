/** Files that appear whole or not at all: written under a temporary name, flushed, then renamed. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { isMarkOfDead, ownMark } from './owner.node.ts';
import { unwritable } from './systemError.ts';

/** Temporary files that are being written: removed where the process ends before they are whole. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

/** Folders in which what killed processes have left was looked for. */
const tidied = new Set<string>();

/** A name beside a path that no other process takes, and that shows whose it is. */
export const temporaryName = (path: string): string =>
  `${path}.${ownMark()}-${randomBytes(3).toString('hex')}.tmp`;

/** Flushes a folder, so that what was made or renamed in it survives a loss of power. Windows has no such thing. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isFolder = (path: string) =>
  stat(path).then(
    (there) => there.isDirectory(),
    () => false, // nothing is there
  );

/**
 * Makes a folder, and those above it, that survive a loss of power.
 * @returns the uppermost one that was made; undefined where all were there
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const path = resolve(folder);
  let first = path;
  try {
    await mkdir(path); // not recursive: that says ENOENT where a disk is read-only
  } catch (error) {
    if (await isFolder(path)) return undefined;
    const isParentMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path;
    const made = isParentMissing ? await makeFolder(dirname(path)) : undefined;
    if (made === undefined) throw error;
    first = made;
    await mkdir(path);
  }
  await flushFolder(dirname(path));
  return first;
}

/** Removes the temporary files that processes which were killed have left in a folder, as far as it may. */
async function tidy(folder: string): Promise<void> {
  if (tidied.has(folder)) return;
  tidied.add(folder);
  for (const name of await readdir(folder).catch(() => [])) {
    const [, mark] = /\.([0-9a-f]{6}-\d+)-[0-9a-f]{6}\.tmp$/.exec(name) ?? [];
    if (mark !== undefined && isMarkOfDead(mark)) await rm(join(folder, name)).catch(() => {});
  }
}

/** Opens the temporary file. What would make the rename fail is told now, not when all is written. */
async function openBeside(path: string, temporary: string): Promise<FileHandle> {
  if (await isFolder(path)) throw new UserError(`${path}: expected a file's name, and there is a folder`);
  try {
    await makeFolder(dirname(path));
    await tidy(dirname(path));
    return await open(temporary, 'wx');
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/**
 * Lets `write` fill a temporary file beside `path` and renames it to `path` when all is on the disk. If `write` throws,
 * the temporary file is removed and what stood at `path` is untouched. Missing folders are made, and what killed processes
 * have left in the folder is removed.
 *
 * @throws UserError where nothing can be written there; Error that names the file where the disk fails or is full
 * @example
 * await writeAtomically('out.csv', async (file) => { await file.write('GalaxyID\n'); });
 */
export async function writeAtomically(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(path);
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
  } catch (cause) {
    await rm(temporary, { force: true });
    // The system's own errors on an open file do not say which.
    const { syscall = '' } = cause as NodeJS.ErrnoException;
    throw ['write', 'fsync', 'close', 'rename'].includes(syscall) ? unwritable(path, cause) : cause;
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
  const temporary = temporaryName(path);
  await (await openBeside(path, temporary)).close();
  await rm(temporary);
}

/** Writes a whole file atomically; see {@link writeAtomically}. */
export function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  return writeAtomically(path, (file) => file.writeFile(content));
}
