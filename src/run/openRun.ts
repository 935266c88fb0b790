/** Opens the model of a run, or of a model file. */
import { UserError } from '../errors.ts';
import { isObject, parseJson } from '../files/json.ts';
import { readSafetensors } from '../files/read.ts';
import { countIn } from '../files/safetensors.ts';
import { type Model, modelOf, PROGRAM, type Provenance } from '../model/model.ts';
import { checkWeights } from '../model/weights.ts';
import type { Files } from '../platform.ts';
import { readRunConfig, runNetwork, runPreprocessing } from './config.ts';
import { runPaths } from './paths.ts';
import { readTrainingPictures } from './trainingPictures.ts';
import { readUncertainty } from './uncertainty.ts';

/** Settings of the machine and its files: a model's provenance leaves them out. */
const LOCAL = [
  'hdu',
  'bandFiles',
  'pixelScale',
  'data',
  'solutions',
  'images',
  'init',
  'model',
  'features',
  'holdOut',
  'device',
  'threads',
  'workers',
  'maxBad',
];

/** The position in the metadata of the last checkpoint; the best one has none. */
function positionIn({ position = '{}' }: Record<string, string>, file: string): Record<string, unknown> {
  const parsed = parseJson(position, `${file}: position`);
  return isObject(parsed) ? parsed : {};
}

/**
 * Opens the model of a run.
 * @param checkpoint `best`: the weights with the best validation score. `last`: those of the last epoch, averaged if averages are
 * kept. Default: `best` if the run was validated, else `last`
 * @throws UserError if the folder is not a run, or its weights are missing or do not fit
 * @example
 * const { weights, tree } = await openRun(files, 'runs/first');
 */
export async function openRun(files: Files, folder: string, checkpoint?: 'best' | 'last'): Promise<Model> {
  const paths = runPaths(folder);
  const config = await readRunConfig(files, folder);
  const network = runNetwork(config);
  const file = paths[checkpoint ?? ((await files.exists(paths.best)) ? 'best' : 'last')];
  const { tensors, metadata } = await readSafetensors(files, file);
  const position = positionIn(metadata, file);
  if (checkpoint === undefined && file === paths.last && position.best !== undefined) {
    throw new UserError(`${paths.best}: is missing; it had the run's best weights`, { code: 'file' });
  }
  const epoch = Number(metadata.epoch ?? position.epoch);
  const rmse = Number(metadata.validationRmse);
  const provenance: Provenance = {
    program: PROGRAM,
    training: Object.fromEntries(Object.entries(config.training).filter(([key]) => !LOCAL.includes(key))),
    steps: countIn(metadata, 'step', file),
    ...(Number.isSafeInteger(epoch) && epoch >= 0 && { epoch }),
    ...(rmse >= 0 && { validationRmse: rmse }),
  };
  // Fitted to the best weights.
  const { temperature, conformal } =
    file === paths.best ? await readUncertainty(files, folder, network.tree) : {};
  const preprocessing = runPreprocessing(config, network);
  const weights = checkWeights(network, tensors, file);
  const trainingPictures = await readTrainingPictures(files, folder, preprocessing);
  return {
    network: { ...network.description, ...(temperature !== undefined && { temperature }) },
    weights,
    tree: network.tree,
    preprocessing,
    provenance,
    ...(conformal && { conformal }),
    ...(trainingPictures && { trainingPictures }),
    file,
  };
}

/**
 * Opens a model file, or the model of a run's folder.
 * @throws UserError if there is no model, or it is broken
 * @example const { tree } = await openModel(files, 'runs/first');
 */
export async function openModel(files: Files, path: string): Promise<Model> {
  const isRun = await files.exists(runPaths(path).config);
  return isRun ? openRun(files, path) : modelOf(await readSafetensors(files, path), path);
}
