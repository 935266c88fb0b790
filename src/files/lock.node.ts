/** Folders into which one process at a time works. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { makeFolder } from './atomic.node.ts';
import { isAlive, type Owner, thisProcess } from './owner.node.ts';
import { reasonOf } from './systemError.ts';

const NAME = 'lock';

/** Long after a process that reads a lock has acted on it. */
const SETTLED_MILLISECONDS = 200;

const ownerSchema = z.object({
  process: z.int().min(1),
  host: z.string(),
  started: z.string().optional(),
});

/** Locks of this process: taken away where it ends in the midst of its work. */
const held = new Set<string>();
process.on('exit', () => {
  for (const path of held) rmSync(path, { force: true });
});

/** Whose a lock is; undefined where there is none, or nobody's name is in it. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  for (const isLastTry of [false, true]) {
    try {
      return ownerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      if (!isLastTry) await setTimeout(SETTLED_MILLISECONDS); // it may be made just now, and not be filled yet
    }
  }
  return undefined;
}

/** Makes a lock; false where there is one. @throws UserError where the folder cannot be written */
function make(folder: string, path: string): boolean {
  try {
    writeFileSync(path, `${JSON.stringify(thisProcess())}\n`, { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new UserError(`${folder}: cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/** Takes a folder's lock, or one that a dead process has left. @throws UserError where another has it */
async function take(folder: string, path: string): Promise<void> {
  if (make(folder, path)) return;
  let owner = await ownerOf(path);
  if (owner === undefined || !isAlive(owner)) {
    rmSync(path, { force: true });
    const isMade = make(folder, path);
    // Another process may have found the same dead one's and removed what was just made: the last has it.
    await setTimeout(SETTLED_MILLISECONDS);
    owner = await ownerOf(path);
    if (isMade && isDeepStrictEqual(owner, thisProcess())) return;
  }
  const whose = owner === undefined ? '' : ` (process ${owner.process} on ${owner.host})`;
  throw new UserError(
    `${folder}: another process is at work in it${whose}; if that is not so, remove ${path}`,
  );
}

/** Removes folders that are empty, from `folder` up to `first`, which is above it. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  for (let path = resolve(folder); path.startsWith(first); path = dirname(path)) await rmdir(path);
}

/**
 * Works in a folder, which is made if need be, while no other process does. Folders that were made for it, and nothing was
 * put into, are taken away again.
 * @throws UserError where another process works in it, or it cannot be written; what `work` throws
 * @example await withLock('runs/first', () => train(config, 'runs/first'));
 */
export async function withLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const made = await makeFolder(folder).catch((cause) => {
    throw new UserError(`${folder}: cannot be made: ${reasonOf(cause)}`, { cause });
  });
  const path = join(folder, NAME);
  try {
    await take(folder, path);
    held.add(path);
    try {
      return await work();
    } finally {
      held.delete(path);
      rmSync(path, { force: true });
    }
  } finally {
    if (made !== undefined) await removeEmpty(folder, made).catch(() => {}); // one that is not empty stays
  }
}
