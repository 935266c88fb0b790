/** Folders into which one process at a time works. */
import {
  constants,
  copyFileSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { makeFolder, removeEmpty, temporaryName } from './atomic.node.ts';
import { isAlive, type Owner, thisProcess } from './owner.node.ts';
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

/** Removes a lock if it still says the same: it may be another's by now, which is put back. */
function remove(path: string, text: string): void {
  const aside = temporaryName(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // it was given back just now
    throw error;
  }
  try {
    if (readFileSync(aside, 'utf8') !== text) put(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Takes a folder's lock, or one that a dead process has left.
 * @returns what it says
 * @throws UserError where another process has it
 */
function take(folder: string, path: string): string {
  const own = temporaryName(path);
  const text = `${JSON.stringify(thisProcess())}\n`;
  try {
    writeFileSync(own, text, { flag: 'wx' });
    while (!put(own, path)) {
      const found = readLock(path);
      if (found === undefined) continue; // it was given back just now
      const { owner, touched } = found;
      // By the clock of the disk, which may be another machine's.
      const isRecent = statSync(own).mtimeMs - touched < DEAD_MILLISECONDS;
      if ((owner && isAlive(owner)) ?? isRecent) {
        const whose = owner === undefined ? '' : ` (process ${owner.process} on ${owner.host})`;
        throw new UserError(
          `${folder}: another process is at work in it${whose}; if that is not so, remove ${path}`,
        );
      }
      remove(path, found.text);
    }
    return text;
  } catch (cause) {
    throw cause instanceof UserError ? cause : unwritable(folder, cause);
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Works in a folder, which is made if need be, while no other process does. Folders that were made for it, and nothing was
 * put into, are taken away again.
 * @throws UserError where another process works in it, or it cannot be written; what `work` throws
 * @example await withLock('runs/first', () => train(config, 'runs/first'));
 */
export async function withLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const made = await makeFolder(folder).catch((cause) => {
    throw unwritable(folder, cause, 'made');
  });
  try {
    const path = resolve(join(folder, NAME));
    const text = take(folder, path);
    const release = () => {
      try {
        remove(path, text);
      } catch {
        // One that stays is that of a dead process.
      }
    };
    const touch = setInterval(() => {
      const now = new Date();
      try {
        utimesSync(path, now, now);
      } catch {
        // The folder is not there any more, which the work will find.
      }
    }, TOUCH_MILLISECONDS);
    touch.unref();
    process.on('exit', release);
    try {
      return await work();
    } finally {
      process.off('exit', release);
      clearInterval(touch);
      release();
    }
  } finally {
    removeEmpty(folder, made);
  }
}
