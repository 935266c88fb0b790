/** Profiles of ONNX Runtime's sessions, and counts of operations by provider and type. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Placement } from '../../platform.ts';

/** One operation in one run. */
export interface ProfileEvent {
  /** The node's name. */
  name: string;
  type: string;
  provider: string;
  microseconds: number;
  inputs: readonly (readonly number[])[];
  outputs: readonly (readonly number[])[];
}

/** An event in the profiler's file. */
interface RawEvent {
  cat: string;
  name: string;
  dur: number;
  args?: {
    provider?: string;
    op_name?: string;
    input_type_shape?: Record<string, number[]>[];
    output_type_shape?: Record<string, number[]>[];
  };
}

/** The profile of one session, in a temporary folder until it is read. */
export class Profile {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tuningfork-profile-'));
  private readonly remove = () => rmSync(this.folder, { recursive: true, force: true });

  constructor() {
    process.once('exit', this.remove); // if the session never runs
  }

  discard(): void {
    process.off('exit', this.remove);
    this.remove();
  }

  get sessionOptions() {
    return { enableProfiling: true, profileFilePrefix: join(this.folder, 'profile') };
  }

  /** The operations that ran until the session's profiling ended. Removes the file. */
  read(): ProfileEvent[] {
    const [file] = readdirSync(this.folder);
    const events: RawEvent[] = JSON.parse(readFileSync(join(this.folder, file!), 'utf8'));
    this.discard();
    const shapes = (all: readonly Record<string, number[]>[] = []) =>
      all.map((each) => Object.values(each)[0]!);
    return events.flatMap(({ cat, name, dur, args }): ProfileEvent[] =>
      cat === 'Node' && name.endsWith('_kernel_time') && args?.provider && args.op_name
        ? [
            {
              name,
              type: args.op_name,
              provider: args.provider.replace('ExecutionProvider', '').toLowerCase(),
              microseconds: dur,
              inputs: shapes(args.input_type_shape),
              outputs: shapes(args.output_type_shape),
            },
          ]
        : [],
    );
  }
}

/** Counts the operations of one run. */
export function placementOf(events: readonly ProfileEvent[]): Placement {
  const placement = new Map<string, Map<string, number>>();
  for (const { provider, type } of events) {
    const counts = placement.get(provider) ?? new Map<string, number>();
    placement.set(provider, counts.set(type, (counts.get(type) ?? 0) + 1));
  }
  return placement;
}

/** A placement in words, the most frequent operations first. */
export function describePlacement(placement: Placement): string {
  const parts = [...placement].map(([device, counts]) => {
    const all = [...counts].sort(([, a], [, b]) => b - a);
    const total = all.reduce((sum, [, count]) => sum + count, 0);
    return `${total} operations on ${device} (${all.map((each) => each.join(' ')).join(', ')})`;
  });
  return parts.join('; ') || 'no operations';
}
