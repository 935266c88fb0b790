/** Trains linear probes on tables of features. */
import { existsSync } from 'node:fs';
import { type FeatureTable, featuresOf } from '../data/featureTable.ts';
import { describeCatalogue, joinCatalogue } from '../data/join.ts';
import type { LabelledGalaxy } from '../data/labels.ts';
import { describeReading } from '../data/tableReading.ts';
import { splitData } from '../data/trainingSplit.ts';
import { parseWeightedTable } from '../data/weightedTable.ts';
import { OptionError, UserError } from '../errors.ts';
import type { StoppableOptions, TaskOptions, TrainingData } from '../events.ts';
import type { Predicted } from '../model/inference.ts';
import type { Model } from '../model/model.ts';
import { openCatalogue } from '../node/data/openCatalogue.ts';
import { openTree } from '../node/data/openTree.ts';
import { readFeatures } from '../node/data/readFeatures.ts';
import { labelOptions, readSolutions } from '../node/data/readSolutions.ts';
import { openSplit } from '../node/data/trainingData.ts';
import { nodePlatform } from '../node/platform.ts';
import { checkFree } from '../run/folder.ts';
import { RunRecorder } from '../run/recorder.ts';
import type { GivenSettings, ResolvedConfig, TrainingConfig } from '../train/config.ts';
import { checkCounts, fillCounts, fillRows, needsCounts, scoresOf } from '../train/labels.ts';
import { afterEpoch, afterStep, firstPosition } from '../train/position.ts';
import { fitProbe, type Probe, probeNetwork } from '../train/probe.ts';
import { frameSettings } from '../train/start.ts';
import type { Tree } from '../tree/tree.ts';
import { openFeatureModel } from './model.ts';
import { runPage } from './runPage.ts';
import type { TrainResult } from './train.ts';

const { files } = nodePlatform;

/** The name of the network that stands for a probe. */
export const PROBE = 'probe';

/** The settings that apply to a probe. */
const SETTINGS: readonly string[] = [
  ...['network', 'features', 'model', 'solutions', 'images', 'tree', 'head', 'loss', 'regularisation'],
  ...['labels', 'fractions', 'idColumn', 'columns', 'countsFromFractions', 'hdu', 'bandFiles', 'pixelScale'],
  ...[
    'seed',
    'splitSeed',
    'validation',
    'test',
    'calibration',
    'holdOut',
    'limit',
    'device',
    'threads',
    'force',
  ],
];

/** @throws OptionError for a setting that has no effect on a probe, or one that is missing @returns the table of features */
function checkGiven(given: GivenSettings): string {
  const { features, solutions = [], images = [], head, loss } = given;
  const known = [...SETTINGS, 'out', 'resume'];
  const other = Object.entries(given).find(([key, value]) => value !== undefined && !known.includes(key));
  if (other) throw new OptionError(other[0], 'has no effect with `network` probe');
  if (features === undefined) throw new OptionError('features', 'required with `network` probe');
  if (solutions.length === 0) throw new OptionError('solutions', 'required with `network` probe');
  const { hdu, bandFiles, pixelScale } = given;
  const unused = Object.entries({ hdu, bandFiles, pixelScale }).find(([, value]) => value !== undefined);
  if (images.length === 0 && unused) throw new OptionError(unused[0], 'has no effect without `images`');
  if (head !== undefined && head !== 'softmax')
    throw new OptionError('head', 'a probe has the head softmax', head);
  if (loss !== undefined && loss !== 'multinomial') {
    const problem = 'a probe minimises the cross-entropy of fractions, or with `loss` multinomial of counts';
    throw new OptionError('loss', problem, loss);
  }
  return features;
}

/** Galaxies with labels and features; with pictures if the settings have them. */
async function labelledRows(
  tree: Tree,
  { file, ids }: FeatureTable,
  { preprocessing: frames }: Model,
  settings: TrainingConfig,
  onEvent: TaskOptions['onEvent'],
): Promise<readonly LabelledGalaxy[]> {
  const note = (message: string) => onEvent?.({ kind: 'note', message });
  const pictures = new Set(ids);
  if (settings.images.length > 0) {
    const catalogue = await openCatalogue(tree, { ...settings, frames }, onEvent);
    for (const message of describeCatalogue(catalogue)) note(message);
    const { galaxies } = catalogue;
    const found = galaxies.filter(({ id }) => pictures.has(id));
    if (found.length === 0)
      throw new UserError(`${file}: has no features of the ${galaxies.length} galaxies`);
    note(`${file}: features of ${found.length} of these ${galaxies.length} galaxies`);
    return found;
  }
  // Without pictures, a galaxy's row stands for its picture.
  const images = ids.map((id) => ({ id, image: { kind: 'file', name: id, path: file } as const }));
  const labelled = [];
  for (const { path, weight } of settings.solutions.map((each) => parseWeightedTable(each, existsSync))) {
    const solutions = await readSolutions(tree, path, { ...labelOptions(settings), pictures });
    if (solutions.reading) note(describeReading(path, solutions.reading));
    labelled.push({ solutions, images, folder: file, weight });
  }
  const tables = labelled.map(({ solutions }) => solutions.file).join(', ');
  if (!labelled.some(({ solutions }) => solutions.ids.some((id) => pictures.has(id)))) {
    const samples = `IDs such as ${labelled[0]!.solutions.ids[0]} and ${ids[0]}`;
    throw new UserError(`${file}: has no features of the galaxies in ${tables}: ${samples}`);
  }
  const { galaxies } = joinCatalogue(labelled);
  note(`${tables} with ${file}: ${galaxies.length} galaxies with labels and features`);
  return galaxies;
}

/** The lines that report a probe's regularisation. */
function describeChoice({ regularisation, scores }: Probe, isGiven: boolean): string {
  if (isGiven) return `regularisation ${regularisation}, as given`;
  const tried = scores.map((each) => `${each.regularisation}: ${each.rmse.toFixed(5)}`).join(', ');
  return `regularisation ${regularisation}, chosen by cross-validation on the training galaxies; RMSE by regularisation: ${tried}`;
}

/** A probe, and the galaxies of its features in the order of the parts. */
interface FittedProbe {
  probe: Probe;
  rows: readonly LabelledGalaxy[];
}

async function fitParts(
  tree: Tree,
  table: FeatureTable,
  { training, validation, test, calibration }: TrainingData,
  settings: TrainingConfig,
  task: StoppableOptions,
): Promise<FittedProbe> {
  const rows = [...training, ...validation, ...test, ...calibration];
  const features = featuresOf(
    table,
    rows.map(({ id }) => id),
  );
  const empty = () => new Float32Array(rows.length * tree.columns.length);
  const hasCounts = needsCounts(settings.loss);
  const votes = fillCounts(tree, rows, empty(), hasCounts ? undefined : ({ fractions }) => fractions);
  const weights = Float32Array.from(training, ({ weight }) => weight);
  const { device: name, threads } = settings;
  const data = { tree, features, width: table.width, votes, fractions: fillRows(rows, empty()), weights };
  const probe = await fitProbe(nodePlatform, data, { ...settings, device: { name, threads }, ...task });
  return { probe, rows };
}

/** The settings that a run of a probe saves. */
function savedSettings(
  settings: TrainingConfig,
  model: Model,
  chosen: Pick<ResolvedConfig, 'model' | 'regularisation' | 'batch'>,
): ResolvedConfig {
  const own = Object.fromEntries(
    Object.entries(settings).filter(([key]) => SETTINGS.includes(key)),
  ) as ResolvedConfig;
  return {
    ...own,
    ...frameSettings(model),
    head: 'softmax',
    epochs: 1,
    threads: settings.threads || nodePlatform.cores,
    ...chosen,
  };
}

/**
 * Trains a linear probe into a run: the network that computed the features, up to their layer, with a new last layer.
 * @param given the settings without defaults
 * @throws UserError for wrong options or data; OptionError if the features are of another network
 */
export async function trainProbe(
  folder: string,
  settings: TrainingConfig,
  given: GivenSettings,
  { onEvent, signal }: StoppableOptions,
): Promise<TrainResult> {
  const file = checkGiven(given);
  await checkFree(files, folder);
  const table = await readFeatures(file);
  const { model, network: part } = await openFeatureModel(table, { model: settings.model });
  const tree = await openTree(undefined, settings.tree, model.tree);
  const galaxies = await labelledRows(tree, table, model, settings, onEvent);
  checkCounts(settings.loss, galaxies);
  const split = await openSplit({ ...settings, batch: 0 }, galaxies); // all galaxies are one batch
  const data = await splitData(tree, galaxies, split, onEvent);
  const { training, validation } = data;

  const started = performance.now();
  const fitted = await fitParts(tree, table, data, settings, { onEvent, signal }).catch((error) => {
    if (!signal?.aborted || error !== signal.reason) throw error;
  });
  if (!fitted) return { run: folder, stopped: true, resumable: false, epochs: 0, seconds: 0 };
  const { probe, rows } = fitted;
  const seconds = (performance.now() - started) / 1000;
  const { regularisation, scores, predicted } = probe;
  onEvent?.({ kind: 'note', message: describeChoice(probe, settings.regularisation !== undefined) });
  const { network, state } = probeNetwork(model, part, tree, probe);
  const predictedOf = (galaxies: readonly LabelledGalaxy[]): Predicted => {
    const [start, end] = [0, galaxies.length].map((i) => (rows.indexOf(galaxies[0]!) + i) * network.outputs);
    return { fractions: predicted.subarray(start, end) };
  };
  const scored = (galaxies: readonly LabelledGalaxy[]) =>
    scoresOf(tree, predictedOf(galaxies), galaxies, settings.loss);
  const own = scored(training);
  const validated = validation.length > 0 ? scored(validation) : undefined;

  const path = settings.model ?? table.about.network;
  const config = savedSettings(settings, model, {
    model: path,
    regularisation,
    batch: training.length,
  });
  const shapes = new Map(network.parameters.map(({ name, shape }) => [name, shape]));
  const run = { folder, config, network, preprocessing: model.preprocessing, shapes };
  const recorder = new RunRecorder(files, run, runPage(run, settings.images.length > 0), onEvent);
  const values = Object.fromEntries(state);
  const first = firstPosition(data.digest);
  await recorder.record({ kind: 'start', data, state: values, position: first });
  const seen = { galaxies: training.length, loss: own.loss, squaredError: 0 };
  const position = afterEpoch(afterStep(first, seen, network.outputs), validated?.rmse);
  const metrics = {
    epoch: 1,
    learningRate: 1, // the step that L-BFGS tries first
    ...own,
    validationRmse: validated?.rmse ?? null,
    validationLoss: validated?.loss ?? null,
    imagesPerSecond: training.length / seconds,
    seconds,
  };
  const best = validated && { state, ...validated, isAverage: false };
  await recorder.record({ kind: 'checkpoint', state: values, position, metrics, best });
  const predict = async (_: unknown, part: 'validation' | 'calibration') => predictedOf(data[part]);
  await recorder.record({ kind: 'done', stopped: false, position, predict: validated && predict });
  return {
    ...{ run: folder, stopped: false, resumable: false, epochs: 1, seconds, best: position.best },
    ...{ last: metrics, probe: { regularisation, scores } },
  };
}
