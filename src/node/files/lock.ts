/** Folders into which one process at a time works. */
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

const NAME = 'lock';

/** A lock is touched so often, */
const TOUCH_MILLISECONDS = 30_000;

/** and one of a process that cannot be asked, on another machine, counts as dead when it was not for so long. */
const DEAD_MILLISECONDS = 300_000;

const ownerSchema = z.object({
  process: z.int().min(1),
  host: z.string(),
  machine: z.string().optional(),
  space: z.string().optional(),
  started: z.string().optional(),
});

/** What a lock says, and of whom; undefined where there is none. */
function readLock(path: string): { text: string; owner?: Owner; touched: number } | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const touched = statSync(path).mtimeMs;
    try {
      return { text, touched, owner: ownerSchema.parse(JSON.parse(text)) };
    } catch {
      return { text, touched }; // nobody's name is in it
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes `path` the same file as `own`, unless there is one. */
function put(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  }
  try {
    copyFileSync(own, path, constants.COPYFILE_EXCL); // on a disk that has no links
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Whether a dead process has left a lock; false where there is none any more.
 * @param own a file that was written just now
 * @throws UserError where the lock is another process's
 */
function isLeft(folder: string, path: string, own: string): boolean {
  const found = readLock(path);
  if (found === undefined) return false;
  const { owner, touched } = found;
  // By the clock of the disk, which may be another machine's.
  const isRecent = statSync(own).mtimeMs - touched < DEAD_MILLISECONDS;
  if (!((owner && isAlive(owner)) ?? isRecent)) return true;
  const whose = owner === undefined ? '' : ` (process ${owner.process} on ${owner.host})`;
  throw new UserError(
    `${folder}: another process is at work in it${whose}; if that is not so, remove ${path}`,
  );
}

/**
 * Makes `path` the same file as `own`, unless a living process has it.
 *
 * Only who has `path.next` may replace a lock that is left, and that is taken the same way, as it can be left too. So the lock
 * that was seen to be left by who has `path.next` stays until he puts his own over it: nobody else may replace it, and who left
 * it cannot give it back. In one step `path.next` becomes the lock: a process that is killed leaves either both as they were
 * or nothing but the lock.
 * @throws UserError where another process has it, or is about to
 */
function take(folder: string, path: string, own: string): void {
  while (!put(own, path)) {
    if (!isLeft(folder, path, own)) continue; // it was given back just now
    const next = `${path}.next`;
    take(folder, next, own);
    try {
      if (isLeft(folder, path, own)) {
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

/** Takes away what killed processes have left of a try to take a lock; what a living one has there stays. */
function clearTries(folder: string, path: string, own: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (!/^lock(\.next)+$/.test(name)) continue;
    const next = join(dirname(path), name);
    take(folder, next, own);
    rmSync(next);
  }
}

/**
 * Makes a lock that says `text`.
 * @throws UserError where another process has it, or it cannot be written
 */
function lock(folder: string, path: string, text: string): void {
  const own = temporaryName(path);
  try {
    writeFileSync(own, text, { flag: 'wx' });
    take(folder, path, own);
    try {
      clearTries(folder, path, own);
    } catch {
      // They are in nobody's way.
    }
  } catch (cause) {
    throw unwritable(folder, cause);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Writes a lock again, unless it is another's by now: its time is that of the disk then, by which others judge it. */
function touch(path: string, text: string): void {
  const file = openSync(path, 'r+');
  try {
    if (readFileSync(file, 'utf8') === text) writeSync(file, text, 0);
  } finally {
    closeSync(file);
  }
}

/**
 * Works in a folder, which is made if need be, while no other process does. Folders that were made for it, and nothing was
 * put into, are taken away again. Where the lock is lost, as after a long sleep of this machine on another's disk, no file
 * that is written atomically gets its name in the folder any more.
 * @throws UserError where another process works in it, or it cannot be written; what `work` throws
 * @example await withLock('runs/first', () => train(config, 'runs/first'));
 */
export async function withLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const made = await makeFolder(folder).catch((cause) => {
    throw unwritable(folder, cause, 'made');
  });
  try {
    const path = resolve(join(folder, NAME));
    const text = `${JSON.stringify(thisProcess())}\n`;
    lock(folder, path, text);
    const isMine = () => readLock(path)?.text === text;
    const guard = (file: string) => {
      if (!resolve(file).startsWith(join(dirname(path), sep)) || isMine()) return;
      throw new Error(`${folder}: another process may be at work in it: ${path} is not this one's any more`);
    };
    const release = () => {
      try {
        if (isMine()) rmSync(path);
      } catch {
        // One that stays is that of a dead process.
      }
    };
    const timer = setInterval(() => {
      try {
        touch(path, text);
      } catch {
        // It is not there any more, which the next file that is written will find.
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
