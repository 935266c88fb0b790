import { join } from 'node:path';
import type { z } from 'zod';
import { outputFormat } from '../data/outputs.ts';
import { tableRows } from '../data/submission.ts';
import type { Solutions } from '../data/votes.ts';
import { OptionError, UserError } from '../errors.ts';
import { alignTables, joinTables, someIds } from '../evaluate/align.ts';
import { type EnsembleScores, scoreEnsemble } from '../evaluate/ensembleScores.ts';
import { type EnsembleModel, gatherModels, weightedMean } from '../evaluate/ensembleTables.ts';
import { rmseScores } from '../evaluate/rmse.ts';
import type { TaskOptions } from '../events.ts';
import { openTree } from '../node/data/openTree.ts';
import { readOwnTable, refuseLabelOptions } from '../node/data/readSolutions.ts';
import { writeSubmission } from '../node/data/writeSubmission.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { checkWritable } from '../node/files/atomic.ts';
import { nodeFiles } from '../node/files/files.ts';
import { nodePlatform } from '../node/platform.ts';
import { describeFrames, type FrameSettings } from '../picture/preprocessing.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { predictTable } from '../predict/predict.ts';
import { ensembleMarkdown, formatEnsemble } from '../report/ensemble.ts';
import { ensemblePage } from '../report/ensemblePage.ts';
import { projectOntoTree } from '../tree/conditional.ts';
import { isSameTree, type Tree } from '../tree/tree.ts';
import { openLabelled, type Pictures } from './labelledGalaxies.ts';
import {
  checkGivenOnce,
  type ModelOptions,
  modelPath,
  modelsNamed,
  openModelOf,
  predictorOptions,
} from './model.ts';
import { averageSchema, checkedOptions, predictionFields } from './options.ts';
import { checkFolder, checkNoInput, filesOfTable, runFiles, writeJson } from './outputs.ts';
import { partFiles } from './runPart.ts';

export type AverageOptions = z.input<typeof averageSchema> & TaskOptions;
type Settings = z.output<typeof averageSchema>;

export interface AverageResult {
  out: string;
  /** Galaxies written. */
  galaxies: number;
  /** How the weights were chosen. */
  way: Settings['weights'];
  weights: { model: string; weight: number }[];
  /** True if every row was projected onto the tree's sums. */
  projected: boolean;
  /** RMSE of the projected rows on all labelled galaxies. */
  projectedRmse?: number;
  /** The table that names the galaxies to write. */
  sample?: string;
  /** Scores of each model and each way to average; undefined with fewer than two labelled galaxies. */
  scores?: EnsembleScores;
  /** Labelled galaxies that have no prediction. */
  solutionsWithoutPrediction?: number;
  /** Pictures that could not be read. */
  leftOut: SkippedPicture[];
}

/** The keys of {@link EnsembleScores} by the option's value. */
const WEIGHTINGS = {
  equal: 'equal',
  'best-single': 'bestSingle',
  'best-together': 'bestTogether',
  greedy: 'greedy',
  fitted: 'fitted',
} as const satisfies Record<Settings['weights'], keyof EnsembleScores['weightings']>;

/** @throws OptionError for options that contradict each other or would be ignored */
async function check(given: AverageOptions, settings: Settings): Promise<void> {
  const {
    predictions,
    run: runs,
    model: files,
    part,
    images,
    solutions,
    choosing,
    sample,
    out,
    report,
    weights,
    seed,
  } = settings;
  const paths = [...runs, ...files];
  if (predictions.length + paths.length === 0) {
    throw new OptionError('predictions', 'expected one or more, unless `run` or `model` is given');
  }
  if (part !== undefined) {
    if (runs.length === 0 || files.length > 0) {
      throw new OptionError(
        'part',
        'requires `run`, without `model`: a model file does not list its galaxies',
        part,
      );
    }
    const { hdu, bandFiles, pixelScale, stretch } = settings;
    const ignored = Object.entries({
      images,
      solutions,
      choosing,
      sample,
      hdu,
      bandFiles,
      pixelScale,
      stretch,
    }).find(([, path]) => path !== undefined);
    if (ignored) throw new OptionError(ignored[0], 'has no effect with `part`', ignored[1]);
    refuseLabelOptions(settings, 'has no effect with `part`');
  } else if (paths.length > 0 && images === undefined) {
    throw new OptionError(runs.length > 0 ? 'run' : 'model', 'requires `images`');
  }
  const hasLabels = solutions !== undefined || part !== undefined;
  const idle = (['images', ...Object.keys(predictionFields)] as const).find((key) => key in given);
  if (paths.length === 0 && idle) {
    throw new OptionError(idle, 'requires `run` or `model`: nothing is predicted without it');
  }
  if (!hasLabels && weights !== 'equal') {
    throw new OptionError('weights', 'requires `solutions` or `part`', weights);
  }
  if (!hasLabels && seed !== undefined) {
    throw new OptionError('seed', 'requires `solutions` or `part`: it splits the labelled galaxies');
  }
  if (report !== undefined && !hasLabels)
    throw new OptionError('report', 'requires `solutions` or `part`', report);
  if (solutions === undefined && part === undefined)
    refuseLabelOptions(settings, 'requires `solutions`: a table of labels');
  if (choosing !== undefined && solutions === undefined) {
    throw new OptionError('choosing', 'requires `solutions`: the galaxies to score on', choosing);
  }
  if (choosing !== undefined && seed !== undefined) {
    throw new OptionError('seed', 'has no effect with `choosing`', seed);
  }
  checkGivenOnce([...predictions, ...paths]);
  const lines = predictions.find((path) => path.toLowerCase().endsWith('.jsonl'));
  if (lines !== undefined) {
    throw new OptionError('predictions', 'is not read: predict into .csv or .parquet, or give `run`', lines);
  }
  const inputs = {
    predictions: predictions.flatMap(filesOfTable),
    run: runs.flatMap(runFiles),
    model: files,
    images,
    solutions: solutions && filesOfTable(solutions),
    choosing: choosing && filesOfTable(choosing),
    sample: sample && filesOfTable(sample),
    columns: settings.columns,
    part: part && (await partFiles(runs)),
  };
  checkNoInput('out', out, inputs);
  outputFormat(out);
  if (report === undefined) return;
  checkNoInput('report', report, inputs, Object.values(reportPaths(report)));
  checkFolder('report', report);
}

const reportPaths = (folder: string) => ({
  document: join(folder, 'ensemble.json'),
  text: join(folder, 'ensemble.txt'),
  markdown: join(folder, 'ensemble.md'),
  page: join(folder, 'ensemble.html'),
});

async function writeReport(folder: string, scores: EnsembleScores): Promise<void> {
  const paths = reportPaths(folder);
  await writeJson(paths.document, scores);
  await nodeFiles.write(paths.text, formatEnsemble(scores));
  await nodeFiles.write(paths.markdown, ensembleMarkdown(scores));
  await nodeFiles.write(paths.page, ensemblePage(scores, nodeDrawing()));
}

/**
 * Trained networks as models. A model's table is predicted when it is first read.
 * @throws UserError if none of the pictures is of a labelled galaxy, before anything is predicted
 */
function predictedModels(
  sources: readonly ModelOptions[],
  { place: images, byId }: Pictures,
  settings: Settings,
  task: TaskOptions,
  solutions: Solutions | undefined,
  leftOut: SkippedPicture[],
): EnsembleModel[] {
  const note = (message: string) => task.onEvent?.({ kind: 'note', message });
  if (solutions !== undefined && !solutions.ids.some((id) => byId.has(id))) {
    throw new UserError(
      `${images} contains no picture of the ${solutions.ids.length} galaxies in ${solutions.file}`,
    );
  }

  /** The pictures of the wanted galaxies. Default: all. */
  const choose = (wanted: Solutions | undefined) => {
    const ids = wanted?.ids ?? [...byId.keys()];
    const missing = ids.filter((id) => !byId.has(id));
    if (missing.length > 0) {
      throw new UserError(
        `${images} lacks the pictures of ${missing.length} of the ${ids.length} galaxies in ${wanted?.file}: ${someIds(missing)}`,
      );
    }
    return ids.map((id) => ({ id, image: byId.get(id)! }));
  };
  const options = predictorOptions(settings, task, leftOut);
  const predict = async (source: ModelOptions, wanted: Solutions | undefined): Promise<Solutions> => {
    const name = modelPath(source);
    const galaxies = choose(wanted);
    const others = byId.size - galaxies.length;
    if (others > 0) note(`${name}: skipping ${others} pictures of galaxies that are not in ${wanted?.file}`);
    return await predictTable(nodePlatform, name, await openModelOf(source), galaxies, options);
  };
  return sources.map((source) => {
    let table: Solutions | undefined; // kept: it is read again to be weighted
    return {
      name: modelPath(source),
      read: async (wanted) => {
        table ??= await predict(source, wanted);
        return table;
      },
    };
  });
}

/**
 * The tree that all networks predict, and the frames that they take; without networks, the tree that is named, or Galaxy Zoo 2. The
 * networks are opened one after the other, as several large ones may not fit into memory.
 * @throws UserError if a network cannot be opened, or two differ in tree or frames
 */
async function commonModel(
  sources: readonly ModelOptions[],
  named: string | undefined,
): Promise<{ tree: Tree; frames?: FrameSettings }> {
  if (named !== undefined && sources.length > 0)
    throw new OptionError('tree', 'has no effect with `run` or `model`, which have their own', named);
  if (sources.length === 0) return { tree: await openTree(undefined, named) };
  let common: { tree: Tree; frames: FrameSettings; path: string } | undefined;
  for (const source of sources) {
    const { tree, preprocessing } = await openModelOf(source);
    const path = modelPath(source);
    common ??= { tree, path, frames: preprocessing };
    const [expected, got] = [common.frames, preprocessing].map(describeFrames);
    if (got !== expected) {
      const problem = `${path} takes different pictures from ${common.path}: ${got}`;
      throw new UserError(problem, { code: 'option' });
    }
    if (!isSameTree(tree, common.tree)) {
      throw new UserError(`${path} predicts another tree than ${common.path}: ${tree.data.title}`, {
        code: 'option',
      });
    }
  }
  return common!;
}

/**
 * Averages the predictions of several models and writes a submission. With `solutions`, the models are scored, alone and
 * together.
 * @throws OptionError for a wrong option; UserError if a table, network or picture folder cannot be read; TooManyBadImages
 * if more than `maxBad` of the pictures cannot be read
 * @example
 * const { galaxies } = await average({ predictions: ['a.csv', 'b.csv'], out: 'average.csv' });
 * const { scores } = await average({ predictions: ['a.csv', 'b.csv'], solutions: 'true.csv', weights: 'fitted', out: 'fitted.csv' });
 */
export async function average({ onEvent, profile, ...given }: AverageOptions): Promise<AverageResult> {
  const settings = checkedOptions(averageSchema, given);
  await check(given, settings);
  const { predictions, out, weights: way, seed = 1, project } = settings;
  const sources = modelsNamed(settings);
  const { tree, frames } = await commonModel(sources, settings.tree);
  const note = (message: string) => onEvent?.({ kind: 'note', message });
  const { solutions: scored, choosing, pictures } = await openLabelled(tree, settings, frames, onEvent);
  if (choosing && settings.seed !== undefined) {
    const problem = `has no effect: models are chosen on the galaxies in ${choosing.file}`;
    throw new OptionError('seed', problem, settings.seed);
  }
  const solutions = scored && joinTables(tree, scored, choosing);
  const sample = settings.sample
    ? await readOwnTable(tree, settings.sample, { kaggle: true, complete: true })
    : undefined;
  await checkWritable(out);
  const leftOut: SkippedPicture[] = [];
  // Tables first: an error in one is reported before hours of predicting.
  const models: EnsembleModel[] = [
    ...predictions.map((path) => ({ name: path, read: () => readOwnTable(tree, path, { complete: true }) })),
    ...(pictures
      ? predictedModels(sources, pictures, settings, { onEvent, profile }, solutions, leftOut)
      : []),
  ];
  const names = models.map(({ name }) => name);
  const { galaxies, mean, labelled } = await gatherModels(tree, models, {
    sample,
    solutions,
    onModel: (_, number, count) =>
      onEvent?.({ kind: 'progress', doing: 'reading', done: number, total: count }),
  });
  if (labelled !== undefined) {
    const without = labelled.withoutPrediction;
    note(
      `${labelled.ids.length} of the ${galaxies.ids.length} galaxies have a solution in ${solutions!.file}${choosing ? ` or ${choosing.file}` : ''}` +
        (without > 0 ? ` (${without} solutions without prediction)` : ''),
    );
  }
  // Scores need two halves of the labelled galaxies. Equal weights need no scores.
  const isTooFew = labelled?.ids.length === 1 && way === 'equal' && settings.report === undefined;
  if (isTooFew) note('no scores: they require two labelled galaxies or more');
  const chooseOn = choosing ? { ids: new Set(choosing.ids) } : { seed };
  const scores = labelled && !isTooFew ? scoreEnsemble(tree, names, labelled, chooseOn) : undefined;
  if (scores && settings.report !== undefined) await writeReport(settings.report, scores);
  const chosen = scores?.weightings[WEIGHTINGS[way]];
  const weights = chosen?.weights ?? names.map(() => 1 / names.length);
  const fractions = way === 'equal' ? mean : await weightedMean(tree, models, weights, galaxies);
  if (chosen !== undefined && chosen.gain < 0) {
    const loss = (-chosen.gain).toFixed(5);
    note(`${way} weights: worse than equal ones on the held-out galaxies, by ${loss}`);
  }

  const predicted = tableRows(tree, { ids: galaxies.ids, fractions });
  if (project) {
    for (const row of predicted) row.fractions.set(projectOntoTree(tree, row.fractions));
  }
  let projectedRmse: number | undefined;
  if (project && labelled) {
    const truth = { file: solutions!.file, ids: [...labelled.ids], fractions: labelled.truth };
    const aligned = alignTables(tree, truth, { ...galaxies, fractions }, { partial: true });
    projectedRmse = rmseScores(tree, aligned.truth, aligned.predictions).rmse;
  }
  const wanted = settings.part && new Set(scored?.ids);
  const count = await writeSubmission(
    tree,
    out,
    wanted ? predicted.filter(({ id }) => wanted.has(id)) : predicted,
  );
  return {
    out,
    galaxies: count,
    way,
    weights: names.map((model, i) => ({ model, weight: weights[i]! })),
    projected: project,
    projectedRmse,
    sample: sample?.file,
    scores,
    solutionsWithoutPrediction: labelled?.withoutPrediction,
    leftOut,
  };
}
