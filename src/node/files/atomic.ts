/** Files that appear whole or not at all: written under a temporary name, flushed, then renamed. */
import { randomBytes } from 'node:crypto';
import { rmdirSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { isMarkOfDead, ownMark } from './owner.ts';
import { unwritable } from './systemError.ts';

/** Temporary files and folders that are being written, each with the uppermost of the folders that were made for it. */
const unfinished = new Map<string, string | undefined>();
process.on('exit', () => {
  for (const temporary of unfinished.keys()) discard(temporary);
});

/** Leaves nothing of a temporary file or folder, into which threads that are at a file may put it meanwhile. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
  } catch {
    // What stays is taken away by another process.
  }
  removeEmpty(dirname(temporary), unfinished.get(temporary));
  unfinished.delete(temporary);
}

/** Asked just before a file gets its name; each throws where this process may not write there any more. */
export const guards = new Set<(path: string) => void>();

/** Folders in which what killed processes have left was looked for. */
const tidied = new Set<string>();

/** As much of a file's name as goes into its temporary name, in bytes: a longer name than that of the file may not be legal. */
const SHORT_NAME_BYTES = 100;

/** A name beside a path that no other process takes, and that shows whose it is. */
export function temporaryName(path: string): string {
  const name = Buffer.from(basename(path)).subarray(0, SHORT_NAME_BYTES);
  const whole = new TextDecoder().decode(name, { stream: true }); // without a character that is cut
  return join(dirname(path), `${whole}.${ownMark()}-${randomBytes(3).toString('hex')}.tmp`);
}

/** What the system says of a folder that may not be opened, or on a disk where folders cannot be flushed. */
const CANNOT_BE_FLUSHED = ['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EBADF'];

/**
 * Flushes a folder, as far as it can be, so that what was made or renamed in it survives a loss of power. Windows has no such
 * thing.
 */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!CANNOT_BE_FLUSHED.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Makes a folder where there is none. @returns it; undefined where it was there */
async function makeOne(path: string): Promise<string | undefined> {
  try {
    await mkdir(path); // not recursive: that says ENOENT where a disk is read-only
    return path;
  } catch (error) {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) return undefined;
    throw error;
  }
}

/**
 * Makes a folder, and those above it, that survive a loss of power.
 * @returns the uppermost one that was made; undefined where all were there
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const path = resolve(folder);
  const parent = dirname(path);
  let above: string | undefined;
  const made = await makeOne(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || parent === path) throw error;
    above = await makeFolder(parent);
    return makeOne(path).catch((cause) => {
      removeEmpty(parent, above);
      throw cause;
    });
  });
  if (made !== undefined) await flushFolder(parent);
  return above ?? made;
}

/** Removes folders that were made, from `folder` up to `made`, as far as they are empty. */
export function removeEmpty(folder: string, made: string | undefined): void {
  if (made === undefined) return;
  try {
    for (let path = resolve(folder); path.startsWith(made); path = dirname(path)) rmdirSync(path);
  } catch {
    // One that is not empty stays.
  }
}

/** Removes the temporary files and folders that processes which were killed have left in a folder, as far as it may. */
async function tidy(folder: string): Promise<void> {
  if (tidied.has(folder)) return;
  tidied.add(folder);
  for (const name of await readdir(folder).catch(() => [])) {
    const [, mark] = /\.([0-9a-f]{6}-\d+)-[0-9a-f]{6}\.tmp$/.exec(name) ?? [];
    if (mark !== undefined && isMarkOfDead(mark))
      await rm(join(folder, name), { recursive: true }).catch(() => {});
  }
}

/** Holds that a file can be put at a path: a rename would take away a device as well. */
async function checkReplaceable(path: string): Promise<void> {
  const there = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENAMETOOLONG') throw cause;
    return undefined; // nothing is there, or a link that leads nowhere
  });
  if (there === undefined || there.isFile()) return;
  const what = there.isDirectory() ? 'a folder' : 'a pipe or a device';
  throw new UserError(`${path}: expected a file's name, and there is ${what}`);
}

/** Opens the temporary file. What would make the rename fail is told now, not when all is written. */
async function openBeside(path: string, temporary: string): Promise<FileHandle> {
  const folder = dirname(path);
  try {
    unfinished.set(temporary, await makeFolder(folder));
    await checkReplaceable(path);
    await tidy(folder);
    return await open(temporary, 'wx');
  } catch (cause) {
    discard(temporary);
    throw unwritable(path, cause);
  }
}

/**
 * Lets `write` fill a temporary file beside `path` and renames it to `path` when all is on the disk. If `write` throws,
 * the temporary file is removed and what stood at `path` is untouched. Missing folders are made, and taken away again if it
 * comes to nothing; what killed processes have left in the folder is removed.
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
  try {
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    for (const guard of guards) guard(path);
    await rename(temporary, path);
    unfinished.delete(temporary);
  } catch (cause) {
    discard(temporary);
    // The system's own errors on an open file do not say which.
    const { syscall = '' } = cause as NodeJS.ErrnoException;
    throw ['write', 'fsync', 'close', 'rename'].includes(syscall) ? unwritable(path, cause) : cause;
  }
  await flushFolder(dirname(path)).catch((cause) => {
    throw unwritable(path, cause);
  });
}

/**
 * Tells a path that cannot be written before the work begins whose result it is to take. Nothing is left there.
 * @throws UserError where nothing can be written there
 * @example await checkWritable('submission.csv');
 */
export async function checkWritable(path: string): Promise<void> {
  const temporary = temporaryName(path);
  await (await openBeside(path, temporary)).close();
  discard(temporary);
}

/** Writes a whole file atomically; see {@link writeAtomically}. */
export function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  return writeAtomically(path, (file) => file.writeFile(content));
}

/**
 * The same for a folder: lets `write` fill one beside `path`, which takes its name when all is in it. What `write` puts there it
 * flushes itself. An empty folder that stood at `path` gives way, before the work.
 *
 * @returns what `write` returns
 * @throws UserError where nothing can be made there; Error that names the folder where the disk fails or is full
 * @example
 * await writeFolderAtomically('sky', (folder) => writeFileAtomically(join(folder, 'sky.json'), '{}'));
 */
export async function writeFolderAtomically<Result>(
  path: string,
  write: (folder: string) => Promise<Result>,
): Promise<Result> {
  const place = resolve(path);
  const parent = dirname(place);
  const temporary = temporaryName(place);
  try {
    unfinished.set(temporary, await makeFolder(parent));
    await tidy(parent);
    await rmdir(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw unwritable(path, cause, 'replaced'); // a mount, say: told before hours of work
    });
    await mkdir(temporary);
    const result = await write(temporary);
    await rename(temporary, place);
    unfinished.delete(temporary);
    await flushFolder(parent);
    return result;
  } catch (cause) {
    discard(temporary);
    const { syscall } = cause as NodeJS.ErrnoException;
    throw syscall === undefined ? cause : unwritable(path, cause);
  }
}
