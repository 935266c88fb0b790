/**
 * Trains every variant of a plan with every seed, scores each training on its validation galaxies and compares the scores.
 * Finished trainings are kept: called again, it continues where it was stopped.
 *
 * A seed also decides the split, so that variants are compared seed by seed on the same galaxies. The weights of the last
 * epoch (averages, if they are kept) are scored: the best epoch would be chosen on the galaxies that are scored.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { parseWeightedTable } from '../data/weightedTable.ts';
import { OptionError, UserError } from '../errors.ts';
import { evaluatePredictions } from '../evaluate/evaluation.ts';
import { placementOf, type TaskEvent, type TaskOptions } from '../events.ts';
import { parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { openNetwork } from '../model/openNetwork.ts';
import { openTree } from '../node/data/openTree.ts';
import { listGalaxies, packedFile, prepareData } from '../node/data/trainingData.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { withLock } from '../node/files/lock.ts';
import { nodePlatform } from '../node/platform.ts';
import { predictTable } from '../predict/predict.ts';
import {
  type ComparedRun,
  type Comparison,
  compareVariants,
  comparisonMarkdown,
  formatComparison,
  type VariantRuns,
} from '../report/comparison.ts';
import { comparisonPage } from '../report/comparisonPage.ts';
import { changedSettings, readMetrics } from '../run/folder.ts';
import { checkTrainingMemory } from '../run/memory.ts';
import { openRun, readRunConfig } from '../run/openRun.ts';
import { runPaths } from '../run/paths.ts';
import { checkSettings, initialState } from '../run/plan.node.ts';
import { train } from '../run/train.node.ts';
import type { TrainingConfig } from '../train/config.ts';
import { joinedFractions, type Tree } from '../tree/tree.ts';
import { checkFolder, checkNoInput, dataFiles, tableFiles } from './outputs.ts';
import { type ComparisonPlan, folderName, type PlanOptions, planOf, type Variant } from './plan.ts';

export interface CompareOptions extends TaskOptions, PlanOptions {
  /** A folder for comparison.json, .txt, .md and .html, and the runs. */
  out: string;
  /** Stops after the current step, with a checkpoint. */
  signal?: AbortSignal;
}

export interface CompareResult {
  /** Undefined if the signal stopped it. */
  comparison: Comparison | undefined;
  tree: Tree;
  /** The files of the comparison. */
  paths: ReturnType<typeof comparisonPaths>;
}

/** What a training of the plan takes besides its settings. */
type Running = TaskOptions & Pick<CompareOptions, 'signal'>;

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

/** The file of a run's scores. */
const scoresOf = (run: string) => join(run, 'scores.json');

const scoresSchema = (questions: number): z.ZodType<ComparedRun> =>
  z.object({
    seed: z.int(),
    galaxies: z.int(),
    rmse: z.number(),
    rmseMeanOfColumns: z.number(),
    rmseByQuestion: z.array(z.number().nullable()).length(questions),
    sumError: z.number(),
    classOneAccuracy: z.number(),
    seconds: z.number(),
  });

/** @throws UserError that names the file and the fault */
async function readScores(run: string): Promise<ComparedRun> {
  const file = scoresOf(run);
  const { tree } = await readRunConfig(nodePlatform.files, run);
  const text = await readText(nodePlatform.files, file, LONGEST_SETTINGS);
  return checked(scoresSchema(tree.questions.length), parseJson(text, file), file);
}

/** The store of a variant's pictures, shared by all variants with its tables and weights; undefined if `data` is packed. */
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
async function measure({ config, folder, store }: PlannedRun, options: Running): Promise<ComparedRun> {
  const trained = await openRun(nodePlatform.files, folder, 'last');
  const { tree } = trained;
  const listing = await listGalaxies(tree, config, {}, store);
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
  const scores = evaluatePredictions(tree, joinedFractions(tree, validation), predictions);
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

/** @throws UserError if the folder has a run with other settings, or another network of the same name */
async function checkSameRun(
  { name, config, folder }: Omit<PlannedRun, 'store'>,
  { description, tree }: GalaxyNetwork,
): Promise<void> {
  const place = `${name}: ${folder} holds another training; choose another folder`;
  const changes = await changedSettings(nodePlatform.files, folder, config);
  if (changes) throw new UserError(`${place}: it was started with ${changes.before}, not ${changes.now}`);
  const saved = await readRunConfig(nodePlatform.files, folder);
  if (!isDeepStrictEqual([saved.network, saved.tree.data], [description, tree.data]))
    throw new UserError(`${place}: ${config.network} has changed`);
}

/** Trains and measures, unless that is done; undefined if the signal stopped it. */
async function runOne(run: PlannedRun, options: Running): Promise<ComparedRun | undefined> {
  const { config, folder, store } = run;
  const scores = scoresOf(folder);
  const resume = existsSync(runPaths(folder).config);
  if (existsSync(scores)) return readScores(folder);
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

/** The settings that all variants share, for people. */
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

/** The settings that must be equal for scores to be comparable. */
function judgedBy({ data, solutions, images, validation }: TrainingConfig): string {
  const tables = solutions.map((text) => parseWeightedTable(text, existsSync).path);
  return JSON.stringify([data, tables, images, validation]);
}

/**
 * The network of a variant, if it can be trained.
 * @param first the variant that it is compared with
 * @param onEvent gets the memory of its training, once that is known
 * @throws UserError that names the variant
 */
async function checkVariant(
  { name, config }: Variant,
  first: Variant,
  onEvent: TaskOptions['onEvent'],
): Promise<GalaxyNetwork> {
  try {
    if (config.validation === 0) throw new OptionError('validation', 'nothing is left to measure on', 0);
    if (judgedBy(config) !== judgedBy(first.config)) {
      throw new UserError('data, solutions, images and validation must be the same for all variants');
    }
    const network = await openNetwork(nodePlatform.files, config.network, {
      ...config,
      tree: await openTree(config.data),
    });
    checkSettings(config, network);
    const { batch } = config;
    // The memory of an automatic batch is checked once it is known.
    if (batch !== 'auto' && onEvent)
      checkTrainingMemory(nodePlatform, network, { ...config, batch }, onEvent);
    if (config.init !== undefined) await initialState(nodePlatform.files, config, network);
    return network;
  } catch (error) {
    if (error instanceof UserError) {
      throw new UserError(`variant '${name}': ${error.message}`, { code: error.code, cause: error });
    }
    throw error;
  }
}

/** Checks what would fail hours later, and reports the memory of the largest variant. @returns the numbers of trainable parameters */
async function checkPlan(
  { seeds, variants }: ComparisonPlan,
  folder: string,
  { onEvent }: Running,
): Promise<number[]> {
  let most: Extract<TaskEvent, { kind: 'memory' }> | undefined;
  const gather = (event: TaskEvent) => {
    if (event.kind === 'memory' && event.bytes > (most?.bytes ?? 0)) most = event;
  };
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

/** @throws OptionError if runs of one seed were validated on different galaxies: the tables have changed between them */
async function checkSameGalaxies(first: string, folder: string): Promise<void> {
  const [before, now] = await Promise.all(
    [first, folder].map((run) => readText(nodePlatform.files, runPaths(run).validation)),
  );
  if (before === now) return;
  throw new OptionError(
    'out',
    `${folder} was validated on other galaxies than ${first}; choose another folder`,
  );
}

/**
 * Trains variants with several seeds and compares their scores. The folder `out` gets `comparison.json`, `.txt`, `.md` and
 * `.html`, renewed after each variant, and the runs; called again, the comparison continues where it was stopped.
 * @throws UserError for wrong settings or data, and if another process works in the folder; TrainingDiverged
 * @example
 * const { comparison } = await compare({
 *   title: 'Dropout',
 *   seeds: [1],
 *   settings: { data: 'galaxy-zoo', network: 'baseline-small', epochs: 1, batch: 8, validation: 0.25 },
 *   variants: [{ name: 'without' }, { name: 'with', settings: { dropout: 0.2 } }],
 *   out: 'comparisons/dropout',
 * });
 */
export async function compare({
  onEvent,
  profile,
  signal,
  out,
  ...given
}: CompareOptions): Promise<CompareResult> {
  const plan = planOf(given);
  const { data, solutions, images } = plan.variants[0]!.config; // of all
  const inputs = { data: dataFiles(data), solutions: tableFiles(solutions), images };
  const paths = comparisonPaths(out);
  checkNoInput('out', out, inputs, Object.values(paths));
  checkFolder('out', out);
  const tree = await openTree(data);
  const running = { onEvent, profile, signal };
  const parameters = await checkPlan(plan, out, running);
  const comparison = await withLock(out, () => compareInto(out, tree, plan, parameters, running));
  return { comparison, tree, paths };
}

/** @param parameters trainable parameters of each variant */
async function compareInto(
  folder: string,
  tree: Tree,
  plan: ComparisonPlan,
  parameters: readonly number[],
  options: Running,
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
    await writeFileAtomically(paths.text, `${formatComparison(tree, comparison)}\n`);
    await writeFileAtomically(paths.markdown, comparisonMarkdown(tree, comparison));
    await writeFileAtomically(paths.page, comparisonPage(tree, comparison, nodeDrawing()));
  }
  await Promise.all(stores.map((store) => store && rm(store, { force: true })));
  return comparison;
}
