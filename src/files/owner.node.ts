/** Which process something on the disk belongs to, so that what a process that was killed has left can be told from work. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told from all others: numbers are given again, after a restart of the machine above all. */
export interface Owner {
  readonly process: number;
  readonly host: string;
  /** When it was started, as Linux counts it; undefined elsewhere. */
  readonly started?: string;
}

/** When a process was started; undefined where there is none, where it only waits to be buried, and off Linux. */
function startOf(process: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'latin1');
    // Fields from the third on: the second, the name in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** This process. */
export function thisProcess(): Owner {
  return { process: process.pid, host: hostname(), started: startOf(process.pid) };
}

/**
 * Whether a process lives. Of one on another machine that cannot be known: it counts as alive.
 * @example isAlive(thisProcess()) // true
 */
export function isAlive({ process: number, host, started }: Owner): boolean {
  if (host !== hostname()) return true;
  if (started !== undefined && startOf(number) !== started) return false;
  try {
    return process.kill(number, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's
  }
}

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);

/** A mark of this process for names of files. @example ownMark() // such as '3fa21c-4711' */
export const ownMark = (): string => `${HOST}-${process.pid}`;

/** Whether a mark is of a process of this machine that does not live any more. */
export function isMarkOfDead(mark: string): boolean {
  const [, host, number] = /^([0-9a-f]{6})-(\d+)$/.exec(mark) ?? [];
  return host === HOST && !isAlive({ process: Number(number), host: hostname() });
}
