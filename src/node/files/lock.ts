/**
 * Locks that let one process at a time work in a folder.
 *
 * No maintained package does all of this: exactly one process takes over a stale lock; process numbers that were reused, or
 * belong to another container, do not keep a lock alive; a process that lost its lock writes nothing more.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { guards, makeFolder, removeEmpty, temporaryName } from './atomic.ts';
import { isAlive, type Owner, thisProcess } from './owner.ts';
import { unwritable } from './systemError.ts';

const TOUCH_MILLISECONDS = 30_000;

/** Age at which a lock that was not renewed counts as stale, if its process is on another machine. */
const DEAD_MILLISECONDS = 300_000;

const ownerSchema = z.object({
  process: z.int().min(1),
  host: z.string(),
  machine: z.string().optional(),
  space: z.string().optional(),
  started: z.string().optional(),
});

/** The content, owner and time of a lock; undefined if there is none. */
function readLock(path: string): { text: string; owner?: Owner; touched: number } | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const touched = statSync(path).mtimeMs;
    try {
      return { text, touched, owner: ownerSchema.parse(JSON.parse(text)) };
    } catch {
      return { text, touched }; // this program did not write it
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Links `path` to the file `own`. @returns false if `path` exists */
function put(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  }
  try {
    copyFileSync(own, path, constants.COPYFILE_EXCL); // the file system has no hard links
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * True if a lock is stale: its process has ended. False if the lock is gone.
 * @param own a file that was just written
 * @throws UserError if a running process has the lock
 */
function isStale(folder: string, path: string, own: string): boolean {
  const found = readLock(path);
  if (found === undefined) return false;
  const { owner, touched } = found;
  // Times of the file system, which may be another machine's.
  const isRecent = statSync(own).mtimeMs - touched < DEAD_MILLISECONDS;
  if (!((owner && isAlive(owner)) ?? isRecent)) return true;
  const whose = owner === undefined ? '' : ` (process ${owner.process} on ${owner.host})`;
  throw new UserError(`${folder}: another process is using it${whose}; if that is wrong, remove ${path}`, {
    code: 'locked',
  });
}

/**
 * Takes the lock `path` by linking it to the file `own`.
 *
 * To steal a stale lock, first take `path.next` (the same way, as it can be stale too), then rename it over `path`. Only the
 * holder of `path.next` may replace the lock, so a lock that it has seen to be stale stays until it is replaced. The rename
 * is atomic: a process that is killed leaves both files as they were, or only the new lock.
 * @throws UserError if a running process has the lock or is taking it
 */
function take(folder: string, path: string, own: string): void {
  while (!put(own, path)) {
    if (!isStale(folder, path, own)) continue; // it has just been released
    const next = `${path}.next`;
    take(folder, next, own);
    try {
      if (isStale(folder, path, own)) {
        renameSync(next, path);
        return;
      }
    } catch (cause) {
      rmSync(next, { force: true });
      throw cause;
    }
    rmSync(next);
  }
}

/** Removes the `.next` files of processes that were killed while they took a lock. */
function removeStaleNext(folder: string, path: string, own: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (!/^lock(\.next)+$/.test(name)) continue;
    const next = join(dirname(path), name);
    take(folder, next, own);
    rmSync(next);
  }
}

/** Takes a lock and writes `text` into it. @throws UserError if another process has it, or it cannot be written */
function lock(folder: string, path: string, text: string): void {
  const own = temporaryName(path);
  try {
    writeFileSync(own, text, { flag: 'wx' });
    take(folder, path, own);
    try {
      removeStaleNext(folder, path, own);
    } catch {
      // Left-over files are harmless.
    }
  } catch (cause) {
    throw unwritable(folder, cause);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Renews a lock if this process still holds it. Writing sets its time by the clock of the file system. */
function touch(path: string, text: string): void {
  const file = openSync(path, 'r+');
  try {
    if (readFileSync(file, 'utf8') === text) writeSync(file, text, 0);
  } finally {
    closeSync(file);
  }
}

/**
 * Works in a folder while no other process does. The folder is made if it is missing, and removed again if it stays empty.
 * A process that has lost its lock (on a laptop that slept for a long time, say) can no longer write files atomically in the folder.
 * @throws UserError if another process works in it, or it cannot be written; whatever `work` throws
 */
export async function withLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const made = await makeFolder(folder).catch((cause) => {
    throw unwritable(folder, cause, 'made');
  });
  try {
    const path = resolve(join(folder, 'lock'));
    const text = `${JSON.stringify(thisProcess())}\n`;
    lock(folder, path, text);
    const isMine = () => readLock(path)?.text === text;
    const guard = (file: string) => {
      if (!resolve(file).startsWith(join(dirname(path), sep)) || isMine()) return;
      throw new Error(`${folder}: another process may be using it: this process no longer holds ${path}`);
    };
    const release = () => {
      try {
        if (isMine()) rmSync(path);
      } catch {
        // It will be stale.
      }
    };
    const timer = setInterval(() => {
      try {
        touch(path, text);
      } catch {
        // The lock is gone; the next atomic write will fail.
      }
    }, TOUCH_MILLISECONDS);
    timer.unref();
    guards.add(guard);
    process.on('exit', release);
    try {
      return await work();
    } finally {
      process.off('exit', release);
      guards.delete(guard);
      clearInterval(timer);
      release();
    }
  } finally {
    removeEmpty(folder, made);
  }
}
