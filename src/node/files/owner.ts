/** Identifies processes, to distinguish leftovers of killed ones from work in progress. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The namespace of process numbers: that of the system or of a container. Undefined except on Linux. */
const SPACE = (() => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
})();

const digest = (text: string, length: number) =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** Distinguishes machines with the same host name. Undefined except on Linux. */
const MACHINE = (() => {
  try {
    return digest(readFileSync('/etc/machine-id', 'utf8'), 12); // hashed: machine-id(5) asks to keep it private
  } catch {
    return undefined;
  }
})();

/** A process. Its number alone does not identify it: numbers are reused. */
export interface Owner {
  readonly process: number;
  readonly host: string;
  readonly machine?: string;
  readonly space?: string;
  /** Start time in clock ticks since boot. Undefined except on Linux. */
  readonly started?: string;
}

/** Start time and state of a process; undefined if unknown. */
function find(process: number): { started: string; isZombie: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'latin1');
    // Fields from the third on; the second, the name in parentheses, may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19]!, isZombie: fields[0] === 'Z' };
  } catch {
    return undefined; // no such process, one hidden from this user, or not Linux
  }
}

/** This process. */
export function thisProcess(): Owner {
  const { started } = find(process.pid) ?? {};
  return { process: process.pid, host: hostname(), machine: MACHINE, space: SPACE, started };
}

/** True if a process is running; undefined if it is on another machine or in another container. */
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

/** A mark of this process for file names. @example ownMark() // such as '3fa21c-4711' */
export const ownMark = (): string => `${HOST_MARK}-${process.pid}`;

/** True if a mark belongs to a process of this machine that has ended. */
export function isMarkOfDead(mark: string): boolean {
  const [, host, number] = /^([0-9a-f]{6})-(\d+)$/.exec(mark) ?? [];
  return host === HOST_MARK && !isAlive({ ...thisProcess(), process: Number(number), started: undefined });
}
