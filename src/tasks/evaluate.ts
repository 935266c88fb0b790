import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { describeSource, type Galaxy } from '../data/join.ts';
import type { Prediction } from '../data/submission.ts';
import { OptionError } from '../errors.ts';
import { readCentralColours } from '../evaluate/centralPixels.ts';
import { type Evaluation, evaluatePredictions } from '../evaluate/evaluation.ts';
import type { PairedComparison } from '../evaluate/paired.ts';
import type { TaskOptions } from '../events.ts';
import type { Model } from '../model/model.ts';
import { openCatalogue } from '../node/data/openCatalogue.ts';
import { writeSubmission } from '../node/data/writeSubmission.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { pngOfSvg } from '../node/drawing/pixels.ts';
import { checkWritable, writeFileAtomically } from '../node/files/atomic.ts';
import { nodePlatform } from '../node/platform.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { predictGalaxies } from '../predict/predict.ts';
import { type ViewCurvePoint, viewCurve } from '../predict/viewCurve.ts';
import { chartFile } from '../report/chart.ts';
import { formatDetails } from '../report/evaluationText.ts';
import { viewCurveChart } from '../report/viewCurveChart.ts';
import { modelSubject, readRunSubject, runExamples, writeRunReport } from '../run/page.node.ts';
import { joinedFractions, type Tree } from '../tree/tree.ts';
import { asModelOptions, collecting, modelInputs, modelPath, openModelOf, withDevice } from './network.ts';
import { readTrainedIds } from './open.ts';
import { checkedOptions, evaluateSchema } from './options.ts';
import { checkFolder, checkNoInput, runFiles, tableFiles } from './outputs.ts';

export type EvaluateOptions = z.input<typeof evaluateSchema> & TaskOptions;
type Settings = z.output<typeof evaluateSchema>;

/** What a score is of. */
interface Scored {
  tree: Tree;
  /** The file of the network's weights. */
  weights: string;
  /** Pictures that could not be read. */
  leftOut: SkippedPicture[];
  /** Reasons to doubt the score: the network was trained on some of these galaxies, or that is unknown. */
  cautions: string[];
}

export interface EvaluateResult extends Omit<Evaluation, 'against'>, Scored {
  /** Galaxies that the network was trained on; null if unknown. */
  trainedOn: number | null;
  against?: PairedComparison & { weights: string; trainedOn: number | null };
}

export interface ViewCurveResult extends Scored {
  galaxies: number;
  curve: ViewCurvePoint[];
}

/** The files of `evaluate` in its folder, besides charts. */
const evaluationPaths = (folder: string) => ({
  predictions: join(folder, 'predictions.csv'),
  text: join(folder, 'evaluation.txt'),
  document: join(folder, 'evaluation.json'),
  page: join(folder, 'report.html'),
});

const viewCurvePaths = (folder: string) => ({
  document: join(folder, 'view-curve.json'),
  svg: join(folder, 'view-curve.svg'),
  png: join(folder, 'view-curve.png'),
});

/** A result as `evaluation.json` and `--json` have it. */
export const evaluationDocument = <Result extends Scored>({ tree: _, cautions: __, ...document }: Result) =>
  document;

/** @throws OptionError if files cannot be left in `out`, or would overwrite an input or the page of a run */
async function checkOut({ out, run, model, against, solutions, images, views }: Settings): Promise<void> {
  if (out === undefined) return;
  const files = Object.values(views === 'curve' ? viewCurvePaths(out) : evaluationPaths(out));
  const inputs = {
    ...modelInputs({ run, model }),
    against: against && [against, ...runFiles(against)],
    solutions: tableFiles([solutions]),
    images,
  };
  checkNoInput('out', out, inputs, files);
  checkFolder('out', out);
  if (existsSync(join(out, 'config.json'))) {
    throw new OptionError(
      'out',
      `is a run, whose report.html would be lost; try ${join(out, 'scores')}`,
      out,
    );
  }
  if (!existsSync(out)) return; // nothing is in the way, and it is not made yet
  for (const file of files) await checkWritable(file);
}

/** Number of galaxies that a run was trained on; null if the run does not say. */
async function countTrainedOn(run: string, galaxies: readonly Galaxy[]): Promise<number | null> {
  const trained = await readTrainedIds(run);
  return trained === undefined ? null : galaxies.filter(({ id }) => trained.has(id)).length;
}

function caution(run: string, trainedOn: number | null, all: number): string[] {
  if (trainedOn === 0) return [];
  if (trainedOn === null) return [`Caution: ${run} does not say which galaxies it was trained on`];
  return [
    `Caution: ${run} was trained on ${trainedOn} of these ${all} galaxies: its score says little about others`,
  ];
}

/**
 * Scores a trained network on labelled galaxies, perhaps against another one. With `out`, predictions, scores and a page
 * are left in that folder. `views: 'curve'` gives the score by number of views instead.
 * @throws UserError; TooManyBadImages if more than `maxBad` of the pictures cannot be read
 * @example
 * const scored = { run: 'runs/first', solutions: 'votes.csv', images: 'cutouts' };
 * const { rmse, rmseInterval } = await evaluate(scored); // such as 0.1059, { low: 0.1021, high: 0.1098, level: 0.95 }
 * const { curve } = await evaluate({ ...scored, views: 'curve' });
 * curve[0]; // { views: 1, … }
 */
export async function evaluate(options: EvaluateOptions & { views: 'curve' }): Promise<ViewCurveResult>;
export async function evaluate(options: EvaluateOptions & { views?: number }): Promise<EvaluateResult>;
export async function evaluate(options: EvaluateOptions): Promise<EvaluateResult | ViewCurveResult>;
export async function evaluate({ onEvent, profile, ...given }: EvaluateOptions) {
  const settings = checkedOptions(evaluateSchema, given);
  const { run, model: file, against, solutions, images, centralPixels, views } = settings;
  const name = modelPath({ run, model: file });
  if (views === 'curve' && !centralPixels) {
    throw new OptionError('centralPixels', 'the curve of `views` does not measure them');
  }
  if (views === 'curve' && against !== undefined) {
    throw new OptionError('against', 'requires a number of `views`, got curve');
  }
  await checkOut(settings);
  const model = await openModelOf({ run, model: file });
  const other = against === undefined ? undefined : await openModelOf(asModelOptions(against));
  if (other && !isDeepStrictEqual(other.tree.data, model.tree.data)) {
    throw new OptionError('against', `predicts another tree, ${other.tree.data.title}`, against);
  }
  const { galaxies, sources } = await openCatalogue(model.tree, { solutions: [solutions], images: [images] });
  if (sources.some(({ weight }) => weight !== 1)) {
    throw new OptionError('solutions', 'a weight counts in training only; here all count alike', solutions);
  }
  for (const source of sources) onEvent?.({ kind: 'note', message: describeSource(source) });
  const trainedOn = await countTrainedOn(name, galaxies);
  const otherTrainedOn = against === undefined ? null : await countTrainedOn(against, galaxies);
  const cautions = [
    ...caution(name, trainedOn, galaxies.length),
    ...(against === undefined ? [] : caution(against, otherTrainedOn, galaxies.length)),
  ];
  for (const message of cautions) onEvent?.({ kind: 'note', message });

  const task = { onEvent, profile };
  return views === 'curve'
    ? await scoreCurve(settings, task, model, galaxies, cautions)
    : await score({ ...settings, views }, task, {
        model,
        trainedOn,
        other,
        otherTrainedOn,
        galaxies,
        cautions,
      });
}

interface Opened {
  model: Model;
  trainedOn: number | null;
  other: Model | undefined;
  otherTrainedOn: number | null;
  galaxies: readonly Galaxy[];
  cautions: string[];
}

/** The settings of the predictor. */
const predicting = ({ views, batch, maxBad, device, threads, workers, force }: Settings) => ({
  ...(views === 'curve' ? {} : { views }),
  ...withDevice({ batch, maxBad, device, threads, workers, force }),
});

async function score(
  settings: Settings & { views: number },
  task: TaskOptions,
  opened: Opened,
): Promise<EvaluateResult> {
  const { model, trainedOn, other, otherTrainedOn, galaxies, cautions } = opened;
  const { out, run, against, solutions, views } = settings;
  const leftOut: SkippedPicture[] = [];
  const gather = async (network: Model, of: readonly Galaxy[], maxBad: number): Promise<Prediction[]> => {
    const options = { ...predicting(settings), maxBad, ...collecting(task, leftOut) };
    const predictions: Prediction[] = [];
    for await (const prediction of predictGalaxies(nodePlatform, network, of, options))
      predictions.push(prediction);
    return predictions;
  };
  const predictions = await gather(model, galaxies, settings.maxBad);
  const paths = out === undefined ? undefined : evaluationPaths(out);
  // At once: a picture that is deleted before it is read again does not cost the predictions.
  if (paths) await writeSubmission(model.tree, paths.predictions, predictions);
  const predicted = new Set(predictions.map(({ id }) => id));
  const scored = galaxies.filter(({ id }) => predicted.has(id));
  // A picture that could be read once can be read again: one that fails now would be missing from one side only.
  const others = other && (await gather(other, scored, 0));
  const centralColours = settings.centralPixels
    ? await readCentralColours(
        nodePlatform,
        scored.map(({ image }) => image),
        task.onEvent,
      )
    : undefined;

  const table = joinedFractions(model.tree, predictions);
  const evaluation = evaluatePredictions(model.tree, joinedFractions(model.tree, scored), table, {
    against: others && joinedFractions(model.tree, others),
    centralColours,
  });
  const { against: comparison, ...scores } = evaluation;
  const result: EvaluateResult = {
    ...scores,
    ...(comparison && {
      against: { ...comparison, weights: other!.file, trainedOn: otherTrainedOn },
    }),
    weights: model.file,
    trainedOn,
    leftOut,
    tree: model.tree,
    cautions,
  };
  if (out === undefined || paths === undefined) return result;
  await writeFileAtomically(
    paths.text,
    [...cautions, formatDetails(model.tree, evaluation, against)].join('\n'),
  );
  await writeFileAtomically(paths.document, `${JSON.stringify(evaluationDocument(result), null, 2)}\n`);
  const each = views === 1 ? 'one view' : `${views} views`;
  await writeRunReport(out, {
    ...(run === undefined ? modelSubject(model) : await readRunSubject(run)),
    evaluation,
    about: `galaxies of ${solutions}, ${each} each, by ${model.file}`,
    examples: await runExamples(model.tree, scored, table),
  });
  return result;
}

async function scoreCurve(
  settings: Settings,
  task: TaskOptions,
  model: Model,
  galaxies: readonly Galaxy[],
  cautions: string[],
): Promise<ViewCurveResult> {
  const leftOut: SkippedPicture[] = [];
  const options = { ...predicting(settings), ...collecting(task, leftOut) };
  const curve = await viewCurve(nodePlatform, model, galaxies, undefined, options);
  const result = {
    galaxies: galaxies.length - leftOut.length,
    curve,
    weights: model.file,
    leftOut,
    tree: model.tree,
    cautions,
  };
  if (settings.out !== undefined) {
    const paths = viewCurvePaths(settings.out);
    const svg = chartFile(viewCurveChart(curve, result.galaxies, nodeDrawing()));
    await writeFileAtomically(paths.document, `${JSON.stringify(evaluationDocument(result), null, 2)}\n`);
    await writeFileAtomically(paths.svg, svg);
    await writeFileAtomically(paths.png, await pngOfSvg(svg));
  }
  return result;
}
