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

const digest = (text: string, length: number) =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** What tells a machine from another of its name, as all are that are called localhost; undefined off Linux. */
const MACHINE = (() => {
  try {
    return digest(readFileSync('/etc/machine-id', 'utf8'), 12); // itself it is not for others to see
  } catch {
    return undefined;
  }
})();

/** A process, told from all others: numbers are given again, after a restart of the machine above all. */
export interface Owner {
  readonly process: number;
  readonly host: string;
  readonly machine?: string;
  readonly space?: string;
  /** When it was started, as Linux counts it; undefined elsewhere. */
  readonly started?: string;
}

/** When a process was started, and whether it only waits to be buried; undefined where the system does not tell. */
function find(process: number): { started: string; isZombie: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'latin1');
    // Fields from the third on: the second, the name in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19]!, isZombie: fields[0] === 'Z' };
  } catch {
    return undefined; // there is none, it is another user's and hidden, or this is not Linux
  }
}

/** This process. */
export function thisProcess(): Owner {
  const { started } = find(process.pid) ?? {};
  return { process: process.pid, host: hostname(), machine: MACHINE, space: SPACE, started };
}

/**
 * Whether a process lives; undefined where that cannot be known: on another machine, or in another container.
 * @example isAlive(thisProcess()) // true
 */
export function isAlive({ process: number, host, machine, space, started }: Owner): boolean | undefined {
  if (host !== hostname() || machine !== MACHINE || space !== SPACE) return undefined;
  const found = find(number);
  if (found !== undefined) return !found.isZombie && (started ?? found.started) === found.started;
  try {
    return process.kill(number, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // another user's
  }
}

const HOST_MARK = digest(`${hostname()} ${MACHINE} ${SPACE}`, 6);

/** A mark of this process for names of files. @example ownMark() // such as '3fa21c-4711' */
export const ownMark = (): string => `${HOST_MARK}-${process.pid}`;

/** Whether a mark is of a process of this machine that does not live any more. */
export function isMarkOfDead(mark: string): boolean {
  const [, host, number] = /^([0-9a-f]{6})-(\d+)$/.exec(mark) ?? [];
  return host === HOST_MARK && !isAlive({ ...thisProcess(), process: Number(number), started: undefined });
}
