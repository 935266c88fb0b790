/**
 * Trains every variant of a plan with every seed, scores each run on held-out galaxies and compares the scores.
 *
 * Without a split seed, the seed also determines the split: all variants are scored on the same galaxies for each seed. If there
 * are test galaxies, they score the weights of the best epoch. Otherwise the validation galaxies score the weights of the last
 * epoch (their moving averages, if the run keeps them), because the best epoch was chosen on these galaxies.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { tableRows } from '../data/submission.ts';
import { parseWeightedTable } from '../data/weightedTable.ts';
import { OptionError, UserError } from '../errors.ts';
import { alignTables } from '../evaluate/align.ts';
import { evaluatePredictions } from '../evaluate/evaluation.ts';
import { type GalaxyErrors, galaxySquaredErrors } from '../evaluate/rmse.ts';
import { placementOf, type StoppableOptions, type TaskEvent, type TaskOptions } from '../events.ts';
import { parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { labelOptions, readOwnTable } from '../node/data/readSolutions.ts';
import { listGalaxies, packedFile, prepareData } from '../node/data/trainingData.ts';
import { writeSubmission } from '../node/data/writeSubmission.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { nodePlatform } from '../node/platform.ts';
import { predictTable } from '../predict/predict.ts';
import {
  type ComparedRun,
  type Comparison,
  comparedRun,
  comparedRunSchema,
  compareVariants,
  comparisonMarkdown,
  formatComparison,
  type VariantRuns,
} from '../report/comparison.ts';
import { comparisonPage } from '../report/comparisonPage.ts';
import { changedSettings, readRunConfig, runSettings } from '../run/config.ts';
import { readMetrics } from '../run/folder.ts';
import { checkTrainingMemory } from '../run/memory.ts';
import { runPaths } from '../run/paths.ts';
import { checkSettings } from '../train/checkSettings.ts';
import type { TrainingConfig } from '../train/config.ts';
import { isSameTree, joinedFractions, type Tree } from '../tree/tree.ts';
import { type ComparisonPlan, folderName, type PlanOptions, planOf, type Variant } from './comparisonPlan.ts';
import { fineTuned } from './fineTuning.ts';
import { openRun } from './model.ts';
import { checkFolder, checkNoInput, sourceInputs, writeJson } from './outputs.ts';
import type { RunPart } from './runPart.ts';
import { trainInto } from './train.ts';
import { initialState, newModel } from './trainingPlan.ts';

const { files } = nodePlatform;

export interface CompareOptions extends StoppableOptions, PlanOptions {
  /** A folder for comparison.json, .txt, .md and .html, and the runs. */
  out: string;
}

export interface CompareResult {
  /** Undefined if the signal stopped it. */
  comparison: Comparison | undefined;
  tree: Tree;
  /** The files of the comparison. */
  paths: ReturnType<typeof comparisonPaths>;
}

/** The files of a comparison in its folder, and the folder of its runs. */
export function comparisonPaths(folder: string) {
  return {
    json: join(folder, 'comparison.json'),
    text: join(folder, 'comparison.txt'),
    markdown: join(folder, 'comparison.md'),
    page: join(folder, 'comparison.html'),
    runs: join(folder, 'runs'),
  };
}

/** The file of a run's scores. */
const scoresOf = (run: string) => join(run, 'scores.json');

/** The file of a run's predictions for the galaxies that it held out. */
const predictionsOf = (run: string) => join(run, 'predictions.csv');

/** The galaxies on which a run is scored. */
const judgedPart = ({ test }: TrainingConfig): RunPart => (test > 0 ? 'test' : 'validation');

/** The file of a variant's decoded pictures, shared by variants with the same tables; undefined if `data` is packed. */
function storeOf(config: TrainingConfig, folder: string): string | undefined {
  if (packedFile(config) !== undefined) return undefined;
  const { data, solutions, images, stretch, bands, field, hdu, bandFiles, pixelScale } = config;
  const others = { ...labelOptions(config), stretch, bands, field, hdu, bandFiles, pixelScale };
  const given = Object.entries(others).filter(([, value]) => value !== undefined && value !== false);
  const digest = createHash('sha256')
    .update(JSON.stringify([data, solutions, images, ...given]))
    .digest('hex');
  return join(folder, `galaxies-${digest.slice(0, 8)}.store`);
}

/** A training run of the plan. */
interface PlannedRun {
  /** The variant's. */
  name: string;
  config: TrainingConfig;
  folder: string;
  /** The file of decoded pictures. */
  store: string | undefined;
}

const plannedRun = (out: string, { name, config }: Variant, seed: number): PlannedRun => ({
  name,
  config: { ...config, seed },
  folder: join(comparisonPaths(out).runs, folderName(name), `seed-${seed}`),
  store: storeOf(config, out),
});

/** Predicts the held-out galaxies of a finished run, one neutral view each, and scores the run. */
async function measure(
  { config, folder, store }: PlannedRun,
  options: StoppableOptions,
): Promise<ComparedRun> {
  const trained = await openRun(folder, config.test > 0 ? undefined : 'last');
  const { tree } = trained;
  // A finished comparison has removed it. A run of an earlier version is scored again.
  const isKept = store !== undefined && existsSync(store);
  const listing = await listGalaxies(tree, config, {}, isKept ? store : undefined);
  const split = await prepareData({ ...config, batch: 1 }, listing, store ?? '', {});
  const onPlacement = placementOf(options, 'measuring');
  // `force`: training takes more memory, which has been checked.
  const table = await predictTable(nodePlatform, folder, trained, [...split.validation, ...split.test], {
    device: { name: config.device, threads: config.threads, onPlacement },
    workers: config.workers,
    maxBad: 0,
    force: true,
  });
  await writeSubmission(tree, predictionsOf(folder), tableRows(tree, table));
  const judged = split[judgedPart(config)];
  const truth = { file: folder, ids: judged.map(({ id }) => id), fractions: joinedFractions(tree, judged) };
  const { predictions } = alignTables(tree, truth, table, { partial: true });
  const scores = evaluatePredictions(tree, truth.fractions, predictions);
  const metrics = await readMetrics(files, folder, config.epochs);
  return comparedRun(config.seed, judged.length, scores, metrics);
}

/** The errors of a measured run on the galaxies that it is scored on. */
async function galaxyErrors({ config, folder }: PlannedRun, tree: Tree): Promise<GalaxyErrors> {
  const truth = await readOwnTable(tree, runPaths(folder)[judgedPart(config)]);
  const table = await readOwnTable(tree, predictionsOf(folder));
  const { predictions } = alignTables(tree, truth, table, { partial: true });
  return galaxySquaredErrors(tree, truth.fractions, predictions);
}

/** @throws UserError if the folder has a run with other settings, or another network of the same name */
async function checkSameRun(
  { name, config, folder }: PlannedRun,
  { description, tree }: GalaxyNetwork,
): Promise<void> {
  const refuse = (reason: string) => {
    const problem = `${name}: ${folder} contains another training run; choose another folder: ${reason}`;
    return new UserError(problem, { code: 'option' });
  };
  const saved = await readRunConfig(files, folder);
  const changes = changedSettings(runSettings(saved), config);
  if (changes) throw refuse(`it was started with ${changes.before}, not ${changes.now}`);
  if (!isDeepStrictEqual(saved.network, description) || !isSameTree(saved.tree, tree))
    throw refuse(`${config.network} has changed`);
}

const isMeasured = ({ folder }: PlannedRun) =>
  [scoresOf(folder), predictionsOf(folder)].every((file) => existsSync(file));

/**
 * The scores of a training run. Reads them if they exist; otherwise starts or continues the training, and scores it.
 * @returns undefined if the signal stopped it
 */
async function runOne(
  run: PlannedRun,
  { questions }: Tree,
  options: StoppableOptions,
): Promise<ComparedRun | undefined> {
  const { config, folder, store } = run;
  const scores = scoresOf(folder);
  // Runs of earlier versions have scores without predictions.
  if (isMeasured(run)) {
    const saved = parseJson(await readText(files, scores, LONGEST_SETTINGS), scores);
    return checked(comparedRunSchema(questions.length), saved, scores);
  }
  if (options.signal?.aborted) return undefined;
  const resumed = existsSync(runPaths(folder).config) ? await readRunConfig(files, folder) : undefined;
  const { stopped } = await trainInto(folder, config, { ...options, resumed, store });
  if (stopped) return undefined;
  const measured = await measure(run, options);
  await writeJson(scores, measured);
  return measured;
}

function describeMachine(): string {
  const [processor] = cpus();
  const cores = availableParallelism();
  return `${cores} ${cores === 1 ? 'core' : 'cores'} of ${processor?.model.trim() ?? 'an unknown processor'}, Node ${process.version}`;
}

/** The settings that all variants share, in words. */
function describePlan({ variants }: ComparisonPlan, galaxies: number): string[] {
  const shared = (name: string, setting: (config: TrainingConfig) => unknown) => {
    const [value, ...others] = new Set(variants.map(({ config }) => String(setting(config) ?? '')));
    return others.length === 0 && value !== '' ? [`${name} ${value}`] : [];
  };
  const settings = [
    ...shared('network', ({ network }) => network),
    ...shared('epochs', ({ epochs }) => epochs),
    ...shared('batch', ({ batch }) => batch),
    ...shared('learning rate', ({ learningRate }) => learningRate),
    ...shared('kernels', ({ kernels }) => kernels),
    ...shared('channels', ({ channels }) => channels),
    ...shared('dropout', ({ dropout }) => dropout),
  ];
  const { test, validation, splitSeed } = variants[0]!.config; // of all
  const [part, epoch] =
    test > 0
      ? ['test', validation > 0 ? 'with the weights of the best epoch' : 'after the last epoch']
      : ['validation', 'after the last epoch'];
  const split = splitSeed === undefined ? 'the split, ' : '';
  const seeds = [...new Set(variants.flatMap((variant) => variant.seeds))].sort((a, b) => a - b);
  return [
    `Each run is scored on ${galaxies} ${part} galaxies, one view each, ${epoch}.`,
    ...(settings.length === 0 ? [] : [`All: ${settings.join('; ')}.`]),
    `Seeds ${seeds.join(', ')}: the seed determines ${split}the initial weights, the order and the views.`,
    ...(splitSeed === undefined ? [] : [`All runs have the split of split seed ${splitSeed}.`]),
    `Trained on ${describeMachine()}.`,
  ];
}

/** The settings that must be equal for scores to be comparable. */
function judgedBy(config: TrainingConfig): string {
  const { data, solutions, images, tree, holdOut, validation, test, splitSeed } = config;
  // With `holdOut`, the held-out galaxies do not depend on what else is trained on.
  const tables = solutions.map((text) => parseWeightedTable(text, existsSync).path);
  const sources = holdOut === undefined ? [data, tables, images] : [holdOut];
  return JSON.stringify([sources, labelOptions(config), tree, validation, test, splitSeed]);
}

/** Does some work for a variant. @throws the errors of the work; UserErrors name the variant */
async function forVariant<Result>({ name }: Variant, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) {
      throw new UserError(`variant '${name}': ${error.message}`, { code: error.code, cause: error });
    }
    throw error;
  }
}

/**
 * Checks that a variant can be trained. @returns its network
 * @param first the variant that it is compared with
 * @param onEvent receives the estimated memory of training; without it, the memory is not checked
 * @throws UserError if it cannot
 */
async function checkVariant(
  { config }: Variant,
  first: Variant,
  onEvent: TaskOptions['onEvent'],
): Promise<GalaxyNetwork> {
  if (config.validation === 0 && config.test === 0)
    throw new OptionError(
      'validation',
      'expected more than 0, or `test` above 0: variants are scored on held-out galaxies',
      0,
    );
  if (judgedBy(config) !== judgedBy(first.config)) {
    const problem =
      'data, solutions, images, tree, validation, test and splitSeed must be the same for all variants; with holdOut, data, solutions and images may differ';
    throw new UserError(problem, { code: 'option' });
  }
  const { network, preprocessing } = await newModel(config);
  checkSettings(config, network, preprocessing);
  const { batch } = config;
  // An automatic batch is not known yet; its memory is checked before training starts.
  if (batch !== 'auto' && onEvent) checkTrainingMemory(nodePlatform, network, { ...config, batch }, onEvent);
  if (config.init !== undefined) await initialState(config, network);
  return network;
}

/** A plan whose variants have the settings of the models that they start from. @throws UserError that names the variant */
async function completePlan(plan: ComparisonPlan, options: TaskOptions): Promise<ComparisonPlan> {
  const variants: Variant[] = [];
  for (const variant of plan.variants) {
    const complete = () => fineTuned(variant.config, variant.given, options);
    const { config } = await forVariant(variant, complete);
    variants.push({ ...variant, config });
  }
  return { ...plan, variants };
}

/** Checks all variants first, as a later one could fail only after hours; reports the memory of the largest. @returns their networks */
async function checkPlan(
  { variants }: ComparisonPlan,
  folder: string,
  { onEvent }: StoppableOptions,
): Promise<GalaxyNetwork[]> {
  let most: Extract<TaskEvent, { kind: 'memory' }> | undefined;
  const gather = (event: TaskEvent) => {
    if (event.kind === 'memory' && event.bytes > (most?.bytes ?? 0)) most = event;
  };
  const networks: GalaxyNetwork[] = [];
  for (const variant of variants) {
    const runs = variant.seeds.map((seed) => plannedRun(folder, variant, seed));
    const onMemory = runs.every(isMeasured) ? undefined : gather;
    const network = await forVariant(variant, () => checkVariant(variant, variants[0]!, onMemory));
    for (const run of runs) if (existsSync(runPaths(run.folder).config)) await checkSameRun(run, network);
    networks.push(network);
    if (!isSameTree(network.tree, networks[0]!.tree)) {
      const problem = `variant '${variant.name}': its tree is not that of '${variants[0]!.name}'`;
      throw new UserError(problem, { code: 'option' });
    }
  }
  if (most !== undefined) onEvent?.(most);
  return networks;
}

/** @throws OptionError if two runs are scored on different galaxies because the tables changed in between */
async function checkSameGalaxies(first: string, folder: string, part: RunPart): Promise<void> {
  const [before, now] = await Promise.all([first, folder].map((run) => readText(files, runPaths(run)[part])));
  if (before === now) return;
  const problem = `${folder} was scored on different galaxies from ${first}; choose another folder`;
  throw new OptionError('out', problem);
}

/**
 * Trains variants with several seeds and compares their scores. Leaves `comparison.json`, `.txt`, `.md` and `.html`, renewed
 * after each variant, and the runs in the folder `out`. Called again, it continues where it was stopped.
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
  const plan = await completePlan(planOf(given), { onEvent });
  const { config } = plan.variants[0]!; // its sources are those of all
  const paths = comparisonPaths(out);
  checkNoInput('out', out, sourceInputs(config), Object.values(paths));
  checkFolder('out', out);
  const running = { onEvent, profile, signal };
  const networks = await checkPlan(plan, out, running);
  const { tree } = networks[0]!;
  const parameters = networks.map(({ parameterCount }) => parameterCount);
  const comparison = await files.lock(out, () => compareInto(out, tree, plan, parameters, running));
  return { comparison, tree, paths };
}

/** @param parameters trainable parameters of each variant */
async function compareInto(
  folder: string,
  tree: Tree,
  plan: ComparisonPlan,
  parameters: readonly number[],
  options: StoppableOptions,
): Promise<Comparison | undefined> {
  const paths = comparisonPaths(folder);
  const count = plan.variants.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const [first] = plan.variants;
  const isOneSplit = first!.config.splitSeed !== undefined;
  const done: VariantRuns[] = [];
  const errors: GalaxyErrors[][] = [];
  let comparison: Comparison | undefined;
  let number = 0;
  for (const [index, variant] of plan.variants.entries()) {
    const { name, settings } = variant;
    const runs: ComparedRun[] = [];
    const own: GalaxyErrors[] = [];
    for (const seed of variant.seeds) {
      options.onEvent?.({ kind: 'training', variant: name, seed, number: ++number, count });
      const run = plannedRun(folder, variant, seed);
      const measured = await runOne(run, tree, options);
      if (measured === undefined) return undefined;
      const reference = plannedRun(folder, first!, isOneSplit ? first!.seeds[0]! : seed);
      await checkSameGalaxies(reference.folder, run.folder, judgedPart(run.config));
      options.onEvent?.({ kind: 'measured', variant: name, run: measured });
      runs.push(measured);
      if (isOneSplit) own.push(await galaxyErrors(run, tree));
    }
    done.push({ name, settings, parameters: parameters[index]!, runs });
    errors.push(own);
    const about = describePlan(plan, runs[0]!.galaxies);
    comparison = compareVariants(plan.title, about, done, isOneSplit ? errors : undefined);
    await writeJson(paths.json, comparison);
    await files.write(paths.text, `${formatComparison(tree, comparison)}\n`);
    await files.write(paths.markdown, comparisonMarkdown(tree, comparison));
    await files.write(paths.page, comparisonPage(tree, comparison, nodeDrawing()));
  }
  const stores = plan.variants.map(({ config }) => storeOf(config, folder));
  await Promise.all(stores.map((store) => store && files.remove(store)));
  return comparison;
}
