/**
 * Trains every variant of a plan with every seed, measures each training on its validation galaxies, and puts the figures
 * side by side. All that is finished is kept: run again, it goes on where it was stopped.
 *
 * A seed decides the split as well, so that variants are compared seed by seed, on the same galaxies. Measured are the last
 * epoch's weights (averaged ones where they are kept): the best epoch would be chosen on the galaxies that are measured.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { evaluatePredictions } from '../evaluate/evaluation.ts';
import { writeFileAtomically } from '../files/atomic.node.ts';
import { openNetwork } from '../networks/open.node.ts';
import { openRun, runPaths } from '../networks/run.node.ts';
import { predict } from '../predict/predict.node.ts';
import {
  type ComparedRun,
  type Comparison,
  compareVariants,
  formatComparison,
  type VariantRuns,
} from '../report/comparison.ts';
import { comparisonPage } from '../report/comparisonPage.ts';
import { nodeDrawing } from '../report/drawing.node.ts';
import type { TrainingConfig } from '../train/config.ts';
import {
  listGalaxies,
  packCatalogue,
  packedFile,
  prepareData,
  type TrainingData,
} from '../train/data.node.ts';
import { checkFolder, readMetrics } from '../train/folder.node.ts';
import { type TrainingObserver, train } from '../train/train.node.ts';
import { meanSumError } from '../tree/sums.ts';
import { type ComparisonPlan, folderName } from './plan.ts';

/** Is told what happens. */
export interface ComparisonObserver extends TrainingObserver {
  /** A training begins, is gone on with, or was finished before. */
  training(variant: string, seed: number, number: number, count: number): void;
  /** A training was measured. */
  measured(variant: string, run: ComparedRun): void;
}

export interface CompareOptions {
  /** Stops after the step that is under way, with a checkpoint. */
  signal?: AbortSignal;
  observer: ComparisonObserver;
}

/** The files that a comparison leaves in its folder, beside the runs. */
export function comparisonPaths(folder: string) {
  return {
    json: join(folder, 'comparison.json'),
    text: join(folder, 'comparison.txt'),
    page: join(folder, 'comparison.html'),
    runs: join(folder, 'runs'),
  };
}

/** Where the pictures of a variant are decoded to, once for all that share its sources; undefined where they are not. */
function storeOf(config: TrainingConfig, folder: string): string | undefined {
  const { data, solutions, images, augmentation } = config;
  if (augmentation === 'august' || packedFile(config) !== undefined) return undefined; // August's needs the originals
  const digest = createHash('sha256')
    .update(JSON.stringify([data, solutions, images]))
    .digest('hex');
  return join(folder, `galaxies-${digest.slice(0, 8)}.store`);
}

/** The galaxies that a finished training was validated on. */
async function validationOf(config: TrainingConfig, folder: string): Promise<TrainingData['validation']> {
  const quiet = { note() {}, decoding() {} };
  const listing = await listGalaxies(config, quiet);
  const store = runPaths(folder).images;
  const { validation } = await prepareData({ ...config, batch: 1 }, listing, store, quiet);
  return validation;
}

/** Predicts the validation galaxies of a finished training, one neutral view each, and scores it. */
async function measure(config: TrainingConfig, folder: string): Promise<ComparedRun> {
  const validation = await validationOf(config, folder);
  const trained = await openRun(folder, 'last');
  const device = { name: config.device, threads: config.threads };
  const rows = new Map(validation.map(({ id }, row) => [id, row]));
  const predictions: number[] = new Array(validation.length * trained.network.outputs);
  for await (const { id, fractions } of predict(trained, validation, { device, workers: config.workers })) {
    const first = rows.get(Number(id))! * fractions.length;
    for (let i = 0; i < fractions.length; i++) predictions[first + i] = fractions[i];
  }
  const truth = validation.flatMap(({ fractions }) => Array.from(fractions));
  const scores = evaluatePredictions(truth, predictions);
  const metrics = await readMetrics(folder, config.epochs);
  return {
    seed: config.seed,
    galaxies: validation.length,
    rmse: scores.rmse,
    rmseMeanOfColumns: scores.rmseMeanOfColumns,
    rmseByQuestion: scores.rmseByQuestion,
    sumError: meanSumError(predictions),
    classOneAccuracy: scores.classOne.accuracy,
    seconds: metrics.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** One variant with one seed: trained and measured, as far as it is not; undefined where it was stopped. */
async function runOne(
  variant: TrainingConfig,
  { run, store }: { run: string; store: string | undefined },
  { signal, observer }: CompareOptions,
): Promise<ComparedRun | undefined> {
  const config = store === undefined ? variant : { ...variant, data: store, solutions: [], images: [] };
  const scores = join(run, 'scores.json');
  const resume = existsSync(runPaths(run).config);
  if (existsSync(scores)) {
    await checkFolder(run, config, true);
    return JSON.parse(await readFile(scores, 'utf8'));
  }
  if (store !== undefined && !existsSync(store)) {
    const { catalogue } = await listGalaxies(variant, observer);
    try {
      await packCatalogue(catalogue!, variant, store, observer, signal);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return undefined;
      throw error;
    }
  }
  if ((await train(config, run, { resume, signal, observer })).stopped) return undefined;
  const measured = await measure(config, run);
  await writeFileAtomically(scores, `${JSON.stringify(measured, null, 2)}\n`);
  return measured;
}

function describeMachine(): string {
  const [processor] = cpus();
  return `${availableParallelism()} cores of ${processor?.model.trim() ?? 'an unknown processor'}, Node ${process.version}`;
}

function summarize({ title, variants: [first] }: ComparisonPlan, done: readonly VariantRuns[]): Comparison {
  const [{ runs }] = done;
  const { epochs, batch, validation } = first.config;
  const seeds = runs.map(({ seed }) => seed).join(', ');
  return compareVariants(
    title,
    [
      `Each measured on ${runs[0].galaxies} galaxies kept for validation, a share of ${validation}, after the last of ${epochs} epochs; batch ${batch}.`,
      `Seeds ${seeds}: a seed decides the split, the start, the order and the views.`,
      `Trained on ${describeMachine()}.`,
    ],
    done,
  );
}

/** The variants' numbers of parameters. @throws UserError for what would otherwise fail hours later */
async function checkPlan({ seeds, variants }: ComparisonPlan): Promise<number[]> {
  const folders = variants.map(({ name }) => folderName(name));
  const twice = folders.findIndex((name, i) => name === '' || folders.indexOf(name) < i);
  if (twice >= 0) throw new UserError(`two variants are named '${variants[twice].name}', or as good as`);
  if (new Set(seeds).size < seeds.length) throw new UserError(`seeds: one comes twice: ${seeds.join(', ')}`);
  const unmeasured = variants.find(({ config }) => config.validation === 0);
  if (unmeasured) throw new UserError(`${unmeasured.name}: --validation 0: nothing is left to measure on`);
  const networks = await Promise.all(variants.map(({ config }) => openNetwork(config.network, config)));
  return networks.map(({ parameterCount }) => parameterCount);
}

/**
 * Runs a comparison and leaves it in `folder`: `comparison.json`, `.txt`, `.html`, renewed with each variant that is done,
 * and the runs.
 * @returns undefined where a signal stopped it
 * @throws UserError for whatever is wrong with settings and data; TrainingDiverged
 * @example
 * const comparison = await compare({ title: 'Dropout', seeds: [1, 2], variants }, 'comparisons/dropout', { observer });
 */
export async function compare(
  plan: ComparisonPlan,
  folder: string,
  options: CompareOptions,
): Promise<Comparison | undefined> {
  const parameters = await checkPlan(plan);
  const paths = comparisonPaths(folder);
  const count = plan.variants.length * plan.seeds.length;
  const stores = plan.variants.map(({ config }) => storeOf(config, folder));
  const done: VariantRuns[] = [];
  let comparison: Comparison | undefined;
  let number = 0;
  for (const [index, { name, settings, config }] of plan.variants.entries()) {
    const runs: ComparedRun[] = [];
    for (const seed of plan.seeds) {
      options.observer.training(name, seed, ++number, count);
      const run = join(paths.runs, folderName(name), `seed-${seed}`);
      const place = { run, store: stores[index] };
      const measured = await runOne({ ...config, seed }, place, options);
      if (measured === undefined) return undefined;
      options.observer.measured(name, measured);
      runs.push(measured);
    }
    done.push({ name, settings, parameters: parameters[index], runs });
    comparison = summarize(plan, done);
    await writeFileAtomically(paths.json, `${JSON.stringify(comparison, null, 2)}\n`);
    await writeFileAtomically(paths.text, `${formatComparison(comparison)}\n`);
    await writeFileAtomically(paths.page, comparisonPage(comparison, nodeDrawing()));
  }
  await Promise.all(stores.map((store) => store && rm(store, { force: true })));
  return comparison;
}
