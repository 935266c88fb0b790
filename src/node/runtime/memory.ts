import { totalmem } from 'node:os';

/** The memory that this process may use, in bytes: the machine's, or less if a container limits it. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
