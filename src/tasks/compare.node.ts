/**
 * Trains every variant of a plan with every seed, measures each training on its validation galaxies, and puts the figures
 * side by side. All that is finished is kept: run again, it goes on where it was stopped.
 *
 * A seed decides the split as well, so that variants are compared seed by seed, on the same galaxies. Measured are the last
 * epoch's weights (averaged ones where they are kept): the best epoch would be chosen on the galaxies that are measured.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { parseWeightedTable } from '../data/weightedTable.ts';
import { UserError } from '../errors.ts';
import { evaluatePredictions } from '../evaluate/evaluation.ts';
import { placementOf, type TaskEvent, type TaskOptions } from '../events.ts';
import { parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { openNetwork } from '../model/openNetwork.node.ts';
import { openTree } from '../node/data/openTree.ts';
import { listGalaxies, packedFile, prepareData } from '../node/data/trainingData.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { withLock } from '../node/files/lock.ts';
import { readText } from '../node/files/read.ts';
import { nodePlatform } from '../node/platform.ts';
import { predictTable } from '../predict/table.ts';
import {
  type ComparedRun,
  type Comparison,
  compareVariants,
  comparisonMarkdown,
  formatComparison,
  type VariantRuns,
} from '../report/comparison.ts';
import { comparisonPage } from '../report/comparisonPage.ts';
import { checkSameTraining, readMetrics } from '../run/folder.ts';
import { checkTrainingMemory } from '../run/memory.ts';
import { openRun, readRunConfig } from '../run/openRun.ts';
import { runPaths } from '../run/paths.ts';
import { checkSettings, initialState } from '../run/plan.node.ts';
import { train } from '../run/train.node.ts';
import type { TrainingConfig } from '../train/config.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { joinedFractions } from '../tree/tree.ts';
import { type ComparisonPlan, folderName, type Variant } from './plan.ts';

export interface CompareOptions extends TaskOptions {
  /** Stops after the step that is under way, with a checkpoint. */
  signal?: AbortSignal;
}

/** The files that a comparison leaves in its folder, beside the runs. */
export function comparisonPaths(folder: string) {
  return {
    json: join(folder, 'comparison.json'),
    text: join(folder, 'comparison.txt'),
    markdown: join(folder, 'comparison.md'),
    page: join(folder, 'comparison.html'),
    runs: join(folder, 'runs'),
  };
}

/** The run of a variant and a seed, in the comparison's folder. */
const runFolder = (folder: string, variant: string, seed: number) =>
  join(comparisonPaths(folder).runs, folderName(variant), `seed-${seed}`);

/** What a run was measured to be. */
const scoresOf = (run: string) => join(run, 'scores.json');

const scoresSchema: z.ZodType<ComparedRun> = z.object({
  seed: z.int(),
  galaxies: z.int(),
  rmse: z.number(),
  rmseMeanOfColumns: z.number(),
  rmseByQuestion: z.array(z.number().nullable()).length(GALAXY_ZOO_2.questions.length),
  sumError: z.number(),
  classOneAccuracy: z.number(),
  seconds: z.number(),
});

/** @throws UserError that names the file and what in it is no score */
const readScores = async (file: string): Promise<ComparedRun> =>
  checked(scoresSchema, parseJson(await readText(file, LONGEST_SETTINGS), file), file);

/** Where the pictures of a variant are decoded to, once for all that share its tables and weights; undefined where they are. */
function storeOf(config: TrainingConfig, folder: string): string | undefined {
  if (packedFile(config) !== undefined) return undefined;
  const { data, solutions, images } = config;
  const digest = createHash('sha256')
    .update(JSON.stringify([data, solutions, images]))
    .digest('hex');
  return join(folder, `galaxies-${digest.slice(0, 8)}.store`);
}

/** A training of the plan. */
interface PlannedRun {
  /** For messages. */
  name: string;
  config: TrainingConfig;
  folder: string;
  store: string | undefined;
}

/** Predicts the validation galaxies of a finished training, one neutral view each, and scores it. */
async function measure({ config, folder, store }: PlannedRun, options: CompareOptions): Promise<ComparedRun> {
  const trained = await openRun(nodePlatform.files, folder, 'last');
  const listing = await listGalaxies(trained.tree, config, {}, store);
  const { validation } = await prepareData({ ...config, batch: 1 }, listing, store ?? '', {});
  const onPlacement = placementOf(options, 'measuring');
  const device = { name: config.device, threads: config.threads, onPlacement };
  // The training, which takes more memory, has been checked.
  const { fractions: predictions } = await predictTable(nodePlatform, folder, trained, validation, {
    device,
    workers: config.workers,
    maxBad: 0,
    force: true,
  });
  const scores = evaluatePredictions(GALAXY_ZOO_2, joinedFractions(GALAXY_ZOO_2, validation), predictions);
  const metrics = await readMetrics(nodePlatform.files, folder, config.epochs);
  return {
    seed: config.seed,
    galaxies: validation.length,
    rmse: scores.rmse,
    rmseMeanOfColumns: scores.rmseMeanOfColumns,
    rmseByQuestion: scores.rmseByQuestion,
    sumError: scores.sums.meanError,
    classOneAccuracy: scores.classOne.accuracy,
    seconds: metrics.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Refuses to go on with a run of other settings, or of another network under the same name. */
async function checkSameRun(
  { name, config, folder }: Omit<PlannedRun, 'store'>,
  { description, tree }: GalaxyNetwork,
): Promise<void> {
  const place = `${name}: ${folder} holds another training; choose another --out`;
  await checkSameTraining(nodePlatform.files, folder, config, place);
  const saved = await readRunConfig(nodePlatform.files, folder);
  if (!isDeepStrictEqual([saved.network, saved.tree.data], [description, tree.data]))
    throw new UserError(`${place}: ${config.network} has changed`);
}

/** Trains and measures, as far as it is not done; undefined where it was stopped. */
async function runOne(run: PlannedRun, options: CompareOptions): Promise<ComparedRun | undefined> {
  const { config, folder, store } = run;
  const scores = scoresOf(folder);
  const resume = existsSync(runPaths(folder).config);
  if (existsSync(scores)) return readScores(scores);
  if (options.signal?.aborted) return undefined;
  const { stopped } = await train(nodePlatform, config, folder, { ...options, resume, store });
  if (stopped) return undefined;
  const measured = await measure(run, options);
  await writeFileAtomically(scores, `${JSON.stringify(measured, null, 2)}\n`);
  return measured;
}

function describeMachine(): string {
  const [processor] = cpus();
  return `${availableParallelism()} cores of ${processor?.model.trim() ?? 'an unknown processor'}, Node ${process.version}`;
}

/** What all variants have in common, for people. */
function describePlan({ seeds, variants }: ComparisonPlan, galaxies: number): string[] {
  const shared = (name: string, setting: (config: TrainingConfig) => unknown) => {
    const [value, ...others] = new Set(variants.map(({ config }) => String(setting(config) ?? '')));
    return others.length === 0 && value !== '' ? [`${name} ${value}`] : [];
  };
  const settings = [
    ...shared('epochs', ({ epochs }) => epochs),
    ...shared('batch', ({ batch }) => batch),
    ...shared('learning rate', ({ learningRate }) => learningRate),
    ...shared('kernels', ({ kernels }) => kernels),
    ...shared('channels', ({ channels }) => channels),
    ...shared('dropout', ({ dropout }) => dropout),
  ];
  return [
    `Each measured on ${galaxies} galaxies kept for validation, one view each, after the last epoch.`,
    `All: ${settings.join('; ')}.`,
    `Seeds ${seeds.join(', ')}: a seed decides the split, the start, the order and the views.`,
    `Trained on ${describeMachine()}.`,
  ];
}

/** What must be the same for scores to be compared. */
function judgedBy({ data, solutions, images, validation }: TrainingConfig): string {
  const tables = solutions.map((text) => parseWeightedTable(text, existsSync).path);
  return JSON.stringify([data, tables, images, validation]);
}

/**
 * The network of a variant that can be trained.
 * @param first the variant that it is compared with
 * @param onEvent gets its training's memory, unless that is not known yet
 * @throws UserError that names the variant
 */
async function checkVariant(
  { name, config }: Variant,
  first: Variant,
  onEvent: TaskOptions['onEvent'],
): Promise<GalaxyNetwork> {
  try {
    if (config.validation === 0) throw new UserError('--validation 0: nothing is left to measure on');
    if (judgedBy(config) !== judgedBy(first.config)) {
      throw new UserError('--data, --solutions, --images and --validation have to be those of all');
    }
    const network = await openNetwork(config.network, { ...config, tree: await openTree(config.data) });
    checkSettings(config, network);
    const { batch } = config;
    // A batch that is found from the galaxies is weighed when it is known.
    if (batch !== 'auto' && onEvent)
      checkTrainingMemory(nodePlatform, network, { ...config, batch }, onEvent);
    if (config.init !== undefined) await initialState(nodePlatform.files, config, network);
    return network;
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`variant '${name}': ${error.message}`);
    throw error;
  }
}

/** The variants' numbers of parameters; the memory that the largest takes is told. @throws UserError for what would otherwise fail hours later */
async function checkPlan(
  { seeds, variants }: ComparisonPlan,
  folder: string,
  { onEvent }: CompareOptions,
): Promise<number[]> {
  let most: Extract<TaskEvent, { kind: 'memory' }> | undefined;
  const gather = (event: TaskEvent) => {
    if (event.kind === 'memory' && event.bytes > (most?.bytes ?? 0)) most = event;
  };
  const folders = variants.map(({ name }) => folderName(name));
  const twice = folders.findIndex((name, i) => name === '' || folders.indexOf(name) < i);
  if (twice >= 0) throw new UserError(`two variants are named '${variants[twice]!.name}', or as good as`);
  if (new Set(seeds).size < seeds.length) throw new UserError(`seeds: one comes twice: ${seeds.join(', ')}`);
  const parameters: number[] = [];
  for (const variant of variants) {
    const { name, config } = variant;
    const runs = seeds.map((seed) => ({
      name,
      config: { ...config, seed },
      folder: runFolder(folder, name, seed),
    }));
    const isMeasured = runs.every((run) => existsSync(scoresOf(run.folder)));
    const network = await checkVariant(variant, variants[0]!, isMeasured ? undefined : gather);
    for (const run of runs) if (existsSync(runPaths(run.folder).config)) await checkSameRun(run, network);
    parameters.push(network.parameterCount);
  }
  if (most !== undefined) onEvent?.(most);
  return parameters;
}

/** @throws UserError where runs of one seed were not validated on the same galaxies: the tables have changed between them */
async function checkSameGalaxies(first: string, folder: string): Promise<void> {
  const [before, now] = await Promise.all([first, folder].map((run) => readText(runPaths(run).validation)));
  if (before === now) return;
  throw new UserError(`${folder}: was validated on other galaxies than ${first}; choose another --out`);
}

/**
 * Runs a comparison and leaves it in `folder`: `comparison.json`, `.txt`, `.md`, `.html`, renewed with each variant that is done,
 * and the runs.
 * @returns undefined where a signal stopped it
 * @throws UserError for whatever is wrong with settings and data, and where another process works in the folder; TrainingDiverged
 * @example
 * const variants = [
 *   { name: 'without', settings: '', config },
 *   { name: 'dropout', settings: '--dropout 0.2', config: { ...config, dropout: 0.2 } },
 * ];
 * const comparison = await compare({ title: 'Dropout', seeds: [1], variants }, 'comparisons/dropout');
 */
export async function compare(
  plan: ComparisonPlan,
  folder: string,
  options: CompareOptions,
): Promise<Comparison | undefined> {
  const parameters = await checkPlan(plan, folder, options);
  return withLock(folder, () => compareInto(folder, plan, parameters, options));
}

/** The comparison, in a folder that no other process works in; `parameters` are the variants' numbers of them. */
async function compareInto(
  folder: string,
  plan: ComparisonPlan,
  parameters: readonly number[],
  options: CompareOptions,
): Promise<Comparison | undefined> {
  const paths = comparisonPaths(folder);
  const count = plan.variants.length * plan.seeds.length;
  const stores = plan.variants.map(({ config }) => storeOf(config, folder));
  const done: VariantRuns[] = [];
  let comparison: Comparison | undefined;
  let number = 0;
  for (const [index, { name, settings, config }] of plan.variants.entries()) {
    const runs: ComparedRun[] = [];
    for (const seed of plan.seeds) {
      options.onEvent?.({ kind: 'training', variant: name, seed, number: ++number, count });
      const own = runFolder(folder, name, seed);
      const run = { name, config: { ...config, seed }, folder: own, store: stores[index] };
      const measured = await runOne(run, options);
      if (measured === undefined) return undefined;
      await checkSameGalaxies(runFolder(folder, plan.variants[0]!.name, seed), own);
      options.onEvent?.({ kind: 'measured', variant: name, run: measured });
      runs.push(measured);
    }
    done.push({ name, settings, parameters: parameters[index]!, runs });
    comparison = compareVariants(plan.title, describePlan(plan, runs[0]!.galaxies), done);
    await writeFileAtomically(paths.json, `${JSON.stringify(comparison, null, 2)}\n`);
    await writeFileAtomically(paths.text, `${formatComparison(GALAXY_ZOO_2, comparison)}\n`);
    await writeFileAtomically(paths.markdown, comparisonMarkdown(GALAXY_ZOO_2, comparison));
    await writeFileAtomically(paths.page, comparisonPage(GALAXY_ZOO_2, comparison, nodeDrawing()));
  }
  await Promise.all(stores.map((store) => store && rm(store, { force: true })));
  return comparison;
}
