/** Which process something on the disk belongs to, so that what a process that was killed has left can be told from work. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What counts the processes: the system, or a container on it, which may have the same host's name; undefined off Linux. */
const SPACE = (() => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
})();

/** A process, told from all others: numbers are given again, after a restart of the machine above all. */
export interface Owner {
  readonly process: number;
  readonly host: string;
  readonly space?: string;
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
  return { process: process.pid, host: hostname(), space: SPACE, started: startOf(process.pid) };
}

/**
 * Whether a process lives; undefined where that cannot be known: on another machine, or in another container.
 * @example isAlive(thisProcess()) // true
 */
export function isAlive({ process: number, host, space, started }: Owner): boolean | undefined {
  if (host !== hostname() || space !== SPACE) return undefined;
  if (started !== undefined && startOf(number) !== started) return false;
  try {
    return process.kill(number, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's
  }
}

const HOST_MARK = createHash('sha256').update(`${hostname()} ${SPACE}`).digest('hex').slice(0, 6);

/** A mark of this process for names of files. @example ownMark() // such as '3fa21c-4711' */
export const ownMark = (): string => `${HOST_MARK}-${process.pid}`;

/** Whether a mark is of a process of this machine that does not live any more. */
export function isMarkOfDead(mark: string): boolean {
  const [, host, number] = /^([0-9a-f]{6})-(\d+)$/.exec(mark) ?? [];
  return host === HOST_MARK && !isAlive({ ...thisProcess(), process: Number(number), started: undefined });
}
