/** What the verbs share that run a trained network on pictures. */
import type { TaskOptions } from '../events.ts';
import type { Model } from '../model/model.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { openRun } from './open.ts';

/** Opens the network that a verb's options name. */
export const openModelOf = ({ run }: { run: string }): Promise<Model> => openRun(run);

/** Settings with their device as one value. */
export const withDevice = <Settings extends { device: string; threads: number }>({
  device,
  threads,
  ...settings
}: Settings) => ({ ...settings, device: { name: device, threads } });

/** A listener that also collects skipped pictures in `leftOut`. */
export const collecting = ({ onEvent, ...task }: TaskOptions, leftOut: SkippedPicture[]): TaskOptions => ({
  ...task,
  onEvent: (event) => {
    if (event.kind === 'skipped') leftOut.push({ name: event.name, reason: event.reason });
    onEvent?.(event);
  },
});
