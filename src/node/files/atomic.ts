/**
 * Writes files that appear whole or not at all: it writes and flushes a temporary file, then renames it. Unlike the packages
 * for this, it streams, flushes the folder, cleans up after killed processes and writes whole folders.
 */
import { randomBytes } from 'node:crypto';
import { rmdirSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { isMarkOfDead, ownMark } from './owner.ts';
import { unwritable } from './systemError.ts';

/** Temporary files and folders being written, with the topmost folder that was made for each. */
const unfinished = new Map<string, string | undefined>();
process.on('exit', () => {
  for (const temporary of unfinished.keys()) discard(temporary);
});

/** Removes a temporary file or folder; retries, as other threads may still write into it. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
  } catch {
    // Another process will remove it.
  }
  removeEmpty(dirname(temporary), unfinished.get(temporary));
  unfinished.delete(temporary);
}

/** Called just before a file gets its name; each throws if this process may no longer write there. */
export const guards = new Set<(path: string) => void>();

/** Folders that {@link tidy} has searched. */
const tidied = new Set<string>();

/** A unique name next to a path, with the mark of this process. It keeps at most 100 bytes of the name, as systems refuse long names. */
export function temporaryName(path: string): string {
  const name = Buffer.from(basename(path)).subarray(0, 100);
  const whole = new TextDecoder().decode(name, { stream: true }); // drops a character that was cut
  return join(dirname(path), `${whole}.${ownMark()}-${randomBytes(3).toString('hex')}.tmp`);
}

const CANNOT_BE_FLUSHED = ['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EBADF'];

/** Flushes a folder, if the system can, so that new names in it survive a power cut. */
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

/** Makes a folder. @returns its path; undefined if it existed */
async function makeOne(path: string): Promise<string | undefined> {
  try {
    await mkdir(path); // not recursive, which reports ENOENT on a read-only disk
    return path;
  } catch (error) {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) return undefined;
    throw error;
  }
}

/** Makes a folder and its parents, and flushes them. @returns the topmost one that was made; undefined if all existed */
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

/** Removes empty folders from `folder` up to `made`. */
export function removeEmpty(folder: string, made: string | undefined): void {
  if (made === undefined) return;
  try {
    for (let path = resolve(folder); path.startsWith(made); path = dirname(path)) rmdirSync(path);
  } catch {
    // Not empty.
  }
}

/** Removes temporary files and folders of killed processes from a folder, if permissions allow. */
async function tidy(folder: string): Promise<void> {
  if (tidied.has(folder)) return;
  tidied.add(folder);
  for (const name of await readdir(folder).catch(() => [])) {
    const [, mark] = /\.([0-9a-f]{6}-\d+)-[0-9a-f]{6}\.tmp$/.exec(name) ?? [];
    if (mark !== undefined && isMarkOfDead(mark))
      await rm(join(folder, name), { recursive: true }).catch(() => {});
  }
}

/** Throws if the path is something other than a file: a rename would replace even a device. */
async function checkReplaceable(path: string): Promise<void> {
  const there = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENAMETOOLONG') throw cause;
    return undefined; // nothing, or a broken link
  });
  if (there === undefined || there.isFile()) return;
  const what = there.isDirectory() ? 'a folder' : 'a pipe or a device';
  throw new UserError(`${path}: expected a file, found ${what}`, { code: 'file' });
}

/** Opens the temporary file. Reports now any reason why the later rename would fail. */
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
 * Lets `write` fill a temporary file beside `path`, flushes it and renames it to `path`. If `write` throws, the temporary
 * file is removed and `path` stays as it was. Missing folders are made, and removed again on failure; leftovers of killed
 * processes are removed from the folder.
 * @throws UserError if nothing can be written there; Error that names the file if the disk fails or is full
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
    // System errors on an open file do not name it.
    const { syscall = '' } = cause as NodeJS.ErrnoException;
    throw ['write', 'fsync', 'close', 'rename'].includes(syscall) ? unwritable(path, cause) : cause;
  }
  await flushFolder(dirname(path)).catch((cause) => {
    throw unwritable(path, cause);
  });
}

/**
 * Checks that a file can be written, before the work that produces its content. Leaves nothing behind.
 * @throws UserError if nothing can be written there
 */
export async function checkWritable(path: string): Promise<void> {
  const temporary = temporaryName(path);
  await (await openBeside(path, temporary)).close();
  discard(temporary);
}

/** Writes a whole file atomically; see {@link writeAtomically}. */
export const writeFileAtomically = (path: string, content: string | Uint8Array): Promise<void> =>
  writeAtomically(path, (file) => file.writeFile(content));

/**
 * The same for a folder: lets `write` fill a temporary folder beside `path` and renames it. `write` must flush its files
 * itself. An empty folder at `path` is removed first.
 * @returns the result of `write`
 * @throws UserError if nothing can be made there; Error that names the folder if the disk fails or is full
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
      if (cause.code !== 'ENOENT') throw unwritable(path, cause, 'replaced'); // such as a mount: reported before hours of work
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
