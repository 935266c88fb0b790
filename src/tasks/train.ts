import type { z } from 'zod';
import type { TaskOptions } from '../events.ts';
import { checked } from '../files/schema.ts';
import { nodePlatform } from '../node/platform.ts';
import { readRunConfig } from '../run/openRun.ts';
import { type TrainingOutcome, train as trainRun } from '../run/train.node.ts';
import { trainingSchema } from '../train/config.ts';
import { checkedOptions, type trainSchema } from './options.ts';
import { checkFolder, checkNoInput, dataFiles, runFiles, tableFiles } from './outputs.ts';

export type TrainOptions = z.input<typeof trainSchema> &
  TaskOptions & {
    /** Stops the training after the current step, with a checkpoint. */
    signal?: AbortSignal;
  };

export interface TrainResult extends TrainingOutcome {
  /** The run's folder. */
  run: string;
}

/**
 * Trains a network and leaves a run in the folder `out`: settings, metrics, checkpoints, a page. With `resume`, continues
 * the run that is there; settings that are not given are the run's.
 * @throws UserError; TooManyBadImages if more than `maxBad` of the pictures cannot be read; TrainingDiverged
 * @example
 * const { best } = await train({ data: 'galaxy-zoo', network: 'baseline-small', epochs: 1, batch: 8, out: 'runs/small' });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { out, resume = false, onEvent, profile, signal, ...given } = options;
  const config = resume
    ? checked(
        trainingSchema,
        { ...(await readRunConfig(nodePlatform.files, out)).training, ...given },
        `${out}: config.json`,
      )
    : checkedOptions(trainingSchema, given);
  const { data, solutions, images, init } = config;
  const inputs = { data: dataFiles(data), solutions: tableFiles(solutions), images, init };
  checkNoInput('out', out, inputs, runFiles(out));
  checkFolder('out', out);
  return { run: out, ...(await trainRun(nodePlatform, config, out, { resume, onEvent, profile, signal })) };
}
