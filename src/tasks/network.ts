/** What the verbs share that run a trained network on pictures. */
import { statSync } from 'node:fs';
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import type { Model } from '../model/model.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { openModel, openRun } from './open.ts';
import { runFiles } from './outputs.ts';

/** The trained network that a verb's options name. */
export interface ModelOptions {
  /** A run's folder. */
  run?: string;
  /** A model file; a run's folder will do too. */
  model?: string;
}

/** The run or file that options name. @throws OptionError unless they name exactly one */
export function modelPath({ run, model }: ModelOptions): string {
  if (run !== undefined && model !== undefined) {
    throw new OptionError('model', 'expected either this or `run`', model);
  }
  const path = run ?? model;
  if (path === undefined) throw new OptionError('run', 'expected a run, or `model` with a model file');
  return path;
}

/** Opens the network that a verb's options name. @throws OptionError unless they name exactly one */
export const openModelOf = (options: ModelOptions): Promise<Model> =>
  options.model === undefined ? openRun(modelPath(options)) : openModel(modelPath(options));

/** A path of a run or a model file as options. */
export const asModelOptions = (path: string): ModelOptions =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ? { model: path } : { run: path };

/** The files that are read of a trained network, by option. */
export const modelInputs = ({ run, model }: ModelOptions) => ({
  run: run === undefined ? undefined : runFiles(run),
  model: model === undefined ? undefined : [model, ...runFiles(model)],
});

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
