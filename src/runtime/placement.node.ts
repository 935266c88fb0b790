/** What ran where: a run as ONNX Runtime's profiler tells it, counted by execution provider and type of operation. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How many operations of each type ran on each device, by device and by type. */
export type Placement = ReadonlyMap<string, ReadonlyMap<string, number>>;

interface ProfileEvent {
  cat: string;
  name: string;
  args?: { provider?: string; op_name?: string };
}

/** The profile of one session, in a temporary folder until it is read. */
export class Profile {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tuningfork-profile-'));
  private readonly remove = () => rmSync(this.folder, { recursive: true, force: true });

  constructor() {
    process.once('exit', this.remove); // where it does not come to a run
  }

  /** How the session must be made. */
  get sessionOptions() {
    return { enableProfiling: true, profileFilePrefix: join(this.folder, 'profile') };
  }

  /** Counts what has run until the session's profile was ended, and takes the file away. */
  read(): Placement {
    const [file] = readdirSync(this.folder);
    const events: ProfileEvent[] = JSON.parse(readFileSync(join(this.folder, file), 'utf8'));
    process.off('exit', this.remove);
    this.remove();
    const placement = new Map<string, Map<string, number>>();
    for (const { cat, name, args } of events) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time') || !args?.provider || !args.op_name) continue;
      const device = args.provider.replace('ExecutionProvider', '').toLowerCase();
      const counts = placement.get(device) ?? new Map<string, number>();
      placement.set(device, counts.set(args.op_name, (counts.get(args.op_name) ?? 0) + 1));
    }
    return placement;
  }
}

/**
 * A placement in words, the most frequent operations first.
 * @example describePlacement(placement) // '483 operations on webgpu (Mul 327, Add 156)'
 */
export function describePlacement(placement: Placement): string {
  const parts = [...placement].map(([device, counts]) => {
    const all = [...counts].sort(([, a], [, b]) => b - a);
    const total = all.reduce((sum, [, count]) => sum + count, 0);
    return `${total} operations on ${device} (${all.map((each) => each.join(' ')).join(', ')})`;
  });
  return parts.join('; ') || 'no operations';
}
