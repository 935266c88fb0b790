/** Opens runs and models on this machine's disk. */
import type { EpochMetrics } from '../events.ts';
import type { Model } from '../model/model.ts';
import { nodePlatform } from '../node/platform.ts';
import * as folder from '../run/folder.ts';
import * as run from '../run/openRun.ts';

const { files } = nodePlatform;

/**
 * Opens the model of a run.
 * @param checkpoint the best by validation, or the last with its averaged weights if it has any. Default: the best if the
 * run was validated
 * @throws UserError if the folder is not a run, or its weights are missing or do not fit
 * @example
 * const { weights, tree } = await openRun('runs/first');
 */
export const openRun = (path: string, checkpoint?: 'best' | 'last'): Promise<Model> =>
  run.openRun(files, path, checkpoint);

/**
 * Opens a model file, or the model of a run's folder.
 * @throws UserError if there is no model, or it is broken
 * @example const { tree } = await openModel('runs/first');
 */
export const openModel = (path: string): Promise<Model> => run.openModel(files, path);

/**
 * The metrics of a run's first `epochs` epochs, in order.
 * @throws UserError that names file and line of the first fault
 * @example
 * const [first] = await readMetrics('runs/first', 24);
 * first.validationRmse; // 0.14 or so
 */
export const readMetrics = (path: string, epochs: number): Promise<EpochMetrics[]> =>
  folder.readMetrics(files, path, epochs);

/** The IDs of the galaxies that a run was trained on; undefined if the run does not say. */
export const readTrainedIds = (path: string): Promise<Set<string> | undefined> =>
  folder.readTrainedIds(files, path);
