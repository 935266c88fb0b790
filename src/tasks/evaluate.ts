import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { describeCatalogue } from '../data/join.ts';
import type { LabelledGalaxy } from '../data/labels.ts';
import { OptionError } from '../errors.ts';
import { readCentralColours } from '../evaluate/centralPixels.ts';
import { voteScores } from '../evaluate/coverage.ts';
import { type Evaluation, evaluatePredictions } from '../evaluate/evaluation.ts';
import type { PairedComparison } from '../evaluate/paired.ts';
import type { TaskOptions } from '../events.ts';
import type { Model } from '../model/model.ts';
import { openCatalogue } from '../node/data/openCatalogue.ts';
import { labelOptions, refuseLabelOptions } from '../node/data/readSolutions.ts';
import { writeSubmission } from '../node/data/writeSubmission.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { pngOfSvg } from '../node/drawing/pixels.ts';
import { checkWritable } from '../node/files/atomic.ts';
import { nodeFiles } from '../node/files/files.ts';
import { nodePlatform } from '../node/platform.ts';
import { describeFrames } from '../picture/preprocessing.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { type GalaxyPrediction, predictGalaxies } from '../predict/predict.ts';
import { type ViewCurvePoint, viewCurve } from '../predict/viewCurve.ts';
import { chartFile } from '../report/chart.ts';
import { formatDetails } from '../report/evaluationText.ts';
import { viewCurveChart } from '../report/viewCurveChart.ts';
import { readTrainedIds } from '../run/folder.ts';
import { isSameTree, joinedFractions, type Tree } from '../tree/tree.ts';
import { asModelOptions, modelInputs, modelPath, openModelOf, predictorOptions } from './model.ts';
import { checkedOptions, evaluateSchema } from './options.ts';
import { checkFolder, checkNoInput, runFiles, tableFiles, writeJson } from './outputs.ts';
import { modelSubject, readRunSubject, runExamples, writeRunReport } from './runPage.ts';
import { openParts, partFiles } from './runPart.ts';

export type EvaluateOptions = z.input<typeof evaluateSchema> & TaskOptions;
type Settings = z.output<typeof evaluateSchema>;

interface Scored {
  /** The tree that the network predicts. */
  tree: Tree;
  /** The file of the network's weights. */
  weights: string;
  /** Pictures that could not be read. */
  leftOut: SkippedPicture[];
  /** Reasons to doubt the score: the network was trained on some of these galaxies, or its galaxies are unknown. */
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

/** A result as JSON: `evaluation.json`, or the command's output. */
export const evaluationDocument = <Result extends Scored>({ tree: _, cautions: __, ...document }: Result) =>
  document;

/** @throws OptionError if `out` cannot be written, or a file in it would overwrite an input or the page of a run */
async function checkOut({
  out,
  run,
  model,
  against,
  part,
  solutions,
  images,
  columns,
  views,
}: Settings): Promise<void> {
  if (out === undefined) return;
  const files = Object.values(views === 'curve' ? viewCurvePaths(out) : evaluationPaths(out));
  const inputs = {
    ...modelInputs({ run, model }),
    against: against && [against, ...runFiles(against)],
    solutions: solutions && tableFiles([solutions]),
    images,
    columns,
    part: part && (await partFiles([run!])),
  };
  checkNoInput('out', out, inputs, files);
  checkFolder('out', out);
  if (existsSync(join(out, 'config.json'))) {
    throw new OptionError(
      'out',
      `is a run; its report.html would be overwritten; try ${join(out, 'scores')}`,
      out,
    );
  }
  if (!existsSync(out)) return; // it is made when there are results
  for (const file of files) await checkWritable(file);
}

/** A network to be scored. */
interface Candidate {
  model: Model;
  /** Number of the scored galaxies that it was trained on; null if unknown. */
  trainedOn: number | null;
  /** A reason to doubt its score. */
  caution?: string;
}

async function candidateOf(
  path: string,
  model: Model,
  galaxies: readonly LabelledGalaxy[],
): Promise<Candidate> {
  const ids = await readTrainedIds(nodeFiles, path);
  if (ids === undefined) {
    const caution = `Caution: ${path} does not say which galaxies it was trained on`;
    return { model, trainedOn: null, caution };
  }
  const trainedOn = galaxies.filter(({ id }) => ids.has(id)).length;
  if (trainedOn === 0) return { model, trainedOn };
  const share = `${trainedOn} of these ${galaxies.length} galaxies`;
  const caution = `Caution: ${path} was trained on ${share}: its score says little about others`;
  return { model, trainedOn, caution };
}

/**
 * Scores a trained network on labelled galaxies, and compares it with another one if `against` names it. With `out`,
 * predictions, scores and a page are left in that folder. With `views: 'curve'`, the result is the RMSE by number of views.
 * @throws OptionError for a wrong option; UserError if a network, the table or the pictures cannot be read; TooManyBadImages
 * if more than `maxBad` of the pictures cannot be read
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
  const { run, model: file, against, centralPixels, views } = settings;
  const name = modelPath({ run, model: file });
  if (views === 'curve' && !centralPixels) {
    throw new OptionError('centralPixels', 'has no effect with `views` curve');
  }
  if (views === 'curve' && against !== undefined) {
    throw new OptionError('against', 'requires a number of `views`, got curve');
  }
  checkLabels(settings);
  await checkOut(settings);
  const model = await openModelOf({ run, model: file });
  const other = against === undefined ? undefined : await openModelOf(asModelOptions(against));
  if (other && !isSameTree(other.tree, model.tree)) {
    throw new OptionError('against', `predicts a different tree, ${other.tree.data.title}`, against);
  }
  if (other) {
    const [own, others] = [model, other].map(({ preprocessing }) => describeFrames(preprocessing));
    if (own !== others)
      throw new OptionError('against', `expected a network for ${own}, got one for ${others}`, against);
  }
  const { file: table, galaxies } = await openScored(model, settings, onEvent);
  const candidate = await candidateOf(name, model, galaxies);
  const rival = other && (await candidateOf(against!, other, galaxies));
  const cautions = [candidate, rival].flatMap((each) => each?.caution ?? []);
  if (settings.part === 'validation') {
    cautions.push(
      `Caution: the best epoch of ${name} was chosen on these galaxies, so its score is slightly too good`,
    );
  }
  for (const message of cautions) onEvent?.({ kind: 'note', message });

  const task = { onEvent, profile };
  return views === 'curve'
    ? await scoreCurve(settings, task, galaxies, cautions, model)
    : await score({ ...settings, views, table }, task, galaxies, cautions, candidate, rival);
}

/** @throws OptionError unless the galaxies to score are given in one way */
function checkLabels({ run, part, solutions, images, ...others }: Settings): void {
  const { hdu, bandFiles, pixelScale, stretch, ...labels } = others;
  const given = Object.entries({ solutions, images, hdu, bandFiles, pixelScale, stretch }).find(
    ([, value]) => value !== undefined,
  );
  if (part !== undefined && run === undefined)
    throw new OptionError('part', 'requires `run`: a model file does not list its galaxies', part);
  if (part !== undefined && given) throw new OptionError(given[0], 'has no effect with `part`', given[1]);
  if (part !== undefined) refuseLabelOptions(labels, 'has no effect with `part`');
  if (part === undefined && !(solutions !== undefined && images !== undefined)) {
    const missing = solutions === undefined ? 'solutions' : 'images';
    throw new OptionError(
      missing,
      'required, unless `part` is given: then the galaxies that the run held out are scored',
    );
  }
}

/**
 * The galaxies to score: those of the table, or those that the run held out.
 * @returns `file` is the table of their labels
 */
async function openScored(
  { tree, preprocessing: frames }: Model,
  { run, part, solutions, images, hdu, bandFiles, pixelScale, stretch, ...labels }: Settings,
  onEvent: TaskOptions['onEvent'],
): Promise<{ file: string; galaxies: readonly LabelledGalaxy[] }> {
  if (part !== undefined) {
    const [heldOut] = await openParts(run!, [part], onEvent);
    return { file: heldOut!.solutions.file, galaxies: heldOut!.galaxies };
  }
  const pictures = { images: [images!], frames, hdu, bandFiles, pixelScale, shown: stretch };
  const sources = { solutions: [solutions!], ...pictures, ...labelOptions(labels) };
  const catalogue = await openCatalogue(tree, sources, onEvent);
  if (catalogue.sources.some(({ weight }) => weight !== 1)) {
    throw new OptionError('solutions', 'weights apply only in training', solutions);
  }
  for (const message of describeCatalogue(catalogue)) onEvent?.({ kind: 'note', message });
  return { file: solutions!, galaxies: catalogue.galaxies };
}

/** @param rival the network of `against` */
async function score(
  settings: Settings & { views: number; table: string },
  task: TaskOptions,
  galaxies: readonly LabelledGalaxy[],
  cautions: string[],
  { model, trainedOn }: Candidate,
  rival: Candidate | undefined,
): Promise<EvaluateResult> {
  const { out, run, against, table: labels, views } = settings;
  const leftOut: SkippedPicture[] = [];
  const gather = async (
    network: Model,
    of: readonly LabelledGalaxy[],
    maxBad: number,
  ): Promise<GalaxyPrediction[]> => {
    const options = predictorOptions({ ...settings, maxBad }, task, leftOut);
    const predictions: GalaxyPrediction[] = [];
    for await (const prediction of predictGalaxies(nodePlatform, network, of, options))
      predictions.push(prediction);
    return predictions;
  };
  const predictions = await gather(model, galaxies, settings.maxBad);
  const paths = out === undefined ? undefined : evaluationPaths(out);
  // Written now, so that the predictions are not lost if a picture is deleted before it is read again.
  if (paths) await writeSubmission(model.tree, paths.predictions, predictions);
  const predicted = new Set(predictions.map(({ id }) => id));
  const scored = galaxies.filter(({ id }) => predicted.has(id));
  // All of these could be read before. A picture that fails now would be missing from one side only.
  const others = rival && (await gather(rival.model, scored, 0));
  const centralColours = settings.centralPixels
    ? await readCentralColours(
        nodePlatform,
        scored.map(({ image }) => image),
        model.preprocessing,
        task.onEvent,
      )
    : undefined;

  const table = joinedFractions(model.tree, predictions);
  const evaluation = evaluatePredictions(model.tree, joinedFractions(model.tree, scored), table, {
    against: others && joinedFractions(model.tree, others),
    centralColours,
    votes: voteScores(model, scored, predictions),
  });
  const { against: comparison, ...scores } = evaluation;
  const result: EvaluateResult = {
    ...scores,
    ...(comparison && {
      against: { ...comparison, weights: rival!.model.file, trainedOn: rival!.trainedOn },
    }),
    weights: model.file,
    trainedOn,
    leftOut,
    tree: model.tree,
    cautions,
  };
  if (out === undefined || paths === undefined) return result;
  const details = formatDetails(model.tree, evaluation, against);
  await nodeFiles.write(paths.text, [...cautions, details].join('\n'));
  await writeJson(paths.document, evaluationDocument(result));
  const each = views === 1 ? 'one view' : `${views} views`;
  await writeRunReport(out, {
    ...(run === undefined ? modelSubject(model) : await readRunSubject(run)),
    evaluation,
    about: `galaxies of ${labels}, ${each} each, by ${model.file}`,
    examples: await runExamples(model, scored, table),
  });
  return result;
}

async function scoreCurve(
  settings: Settings,
  task: TaskOptions,
  galaxies: readonly LabelledGalaxy[],
  cautions: string[],
  model: Model,
): Promise<ViewCurveResult> {
  const leftOut: SkippedPicture[] = [];
  const options = predictorOptions(settings, task, leftOut);
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
    await writeJson(paths.document, evaluationDocument(result));
    await nodeFiles.write(paths.svg, svg);
    await nodeFiles.write(paths.png, await pngOfSvg(svg));
  }
  return result;
}
