/**
 * The tables of the report's observations at full size, recomputed from kept predictions: `npm run bench -- observations [flags]`.
 *
 *     --data DIR    the folder of training_solutions_rev1.csv, the true votes
 *     --keep DIR    first keep the predictions of the runs in DIR; comparisons/report-full/README.md has the commands that make them
 *
 * It rewrites the tables in docs/observations.md, and their chart. comparisons/report-full/ keeps, for each run, the predictions for the
 * validation and test galaxies in one view (`seed-N.csv.gz`) and, if they were made, in 16 (`seed-N.views-16.csv.gz`), with four decimals,
 * and the metrics of each epoch (`seed-N.jsonl`). `training.csv.gz`, `validation.csv.gz` and `test.csv.gz` list the galaxies.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ID_COLUMN } from '../src/data/idColumn.ts';
import { tableRows } from '../src/data/submission.ts';
import type { Solutions } from '../src/data/votes.ts';
import { UserError } from '../src/errors.ts';
import { alignTables, someIds } from '../src/evaluate/align.ts';
import { type EnsembleScores, scoreEnsemble } from '../src/evaluate/ensembleScores.ts';
import { gatherModels } from '../src/evaluate/ensembleTables.ts';
import { evaluatePredictions } from '../src/evaluate/evaluation.ts';
import { type GalaxyErrors, galaxySquaredErrors, rmseScores } from '../src/evaluate/rmse.ts';
import { parseJson } from '../src/files/json.ts';
import { readIds, readOwnTable, readSolutions } from '../src/node/data/readSolutions.ts';
import { nodeDrawing } from '../src/node/drawing/document.ts';
import { chartFile } from '../src/report/chart.ts';
import {
  comparedRun,
  compareVariants,
  comparisonTables,
  type VariantRuns,
} from '../src/report/comparison.ts';
import { modelsChart } from '../src/report/ensemblePage.ts';
import { decimals, left, right, tableMarkdown, tableOf } from '../src/report/table.ts';
import { runPaths } from '../src/run/paths.ts';
import { folderName } from '../src/tasks/comparisonPlan.ts';
import { newModel } from '../src/tasks/trainingPlan.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { replaceTables } from './document.ts';
import { readPlan } from './plan.ts';

// npm runs commands in the package's folder.
const KEPT = 'comparisons/report-full';
const CHART = 'docs/observations.svg';
const VIEWS = 16;
/** Tables 2 and 3 of the report, by rank and by number of models. */
const REPORT = {
  singles: [0.07972, 0.08003, 0.08026, 0.08037, 0.08097, 0.08102, 0.08111, 0.08114, 0.08116, 0.08168],
  means: [0.07972, 0.07816, 0.07775, 0.07754, 0.07736, 0.07726, 0.07726, 0.07716, 0.07722, 0.07719],
};
const MOST_MODELS = 10;
const MOST_OF_A_VARIANT = 2;

/** A run whose predictions are kept. */
interface KeptRun {
  readonly variant: string;
  readonly seed: number;
  /** Without its ending. */
  readonly file: string;
}

/** The parts of the split, which all runs share; a list of IDs is kept of each. */
const PARTS = ['training', 'validation', 'test'] as const;
const listOf = (part: (typeof PARTS)[number]) => join(KEPT, `${part}.csv.gz`);

const tableOfRun = ({ file }: KeptRun, views: 1 | typeof VIEWS) =>
  `${file}${views === 1 ? '' : `.views-${views}`}.csv.gz`;

function planned() {
  const plan = readPlan(`${KEPT}.json`);
  const runs = plan.variants.map((variant) => ({
    ...variant,
    runs: variant.seeds.map((seed) => ({
      variant: variant.name,
      seed,
      file: join(KEPT, folderName(variant.name), `seed-${seed}`),
    })),
  }));
  return { title: plan.title, variants: runs };
}

/** The predictions of a table with four decimals. */
const shortened = (csv: string) =>
  csv.replace(/(?<=,)\d\.\d+(?:e-\d+)?/g, (value) => String(Number(Number(value).toFixed(4))));

/** The tables of a run's predictions for its validation and test galaxies. @param run its folder */
const predictionsOf = (run: string): Record<1 | typeof VIEWS, string[]> => ({
  1: [join(run, 'predictions.csv')],
  [VIEWS]: ['validation', 'test'].map((part) => join(run, `${part}-${VIEWS}`, 'predictions.csv')),
});

/** Joins tables that have the same first line. */
function joinedTables(files: readonly string[]): string {
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  return texts.map((text, i) => (i === 0 ? text : text.slice(text.indexOf('\n') + 1))).join('');
}

/** Keeps what a comparison has left of its runs. @returns the number of tables of predictions */
async function keep(folder: string): Promise<number> {
  let count = 0;
  const runs = planned().variants.flatMap((variant) => variant.runs);
  const folderOf = ({ file }: KeptRun) => join(folder, 'runs', file.slice(KEPT.length + 1));
  for (const part of PARTS) {
    const ids = await readIds(runPaths(folderOf(runs[0]!))[part], {});
    const list = [ID_COLUMN, ...ids, ''].join('\n');
    const file = listOf(part);
    if (existsSync(file) && gunzipSync(readFileSync(file)).toString() !== list)
      throw new UserError(`${folder} has other ${part} galaxies than ${file}`);
    writeFileSync(file, gzipSync(list, { level: 9 }));
  }
  for (const run of runs) {
    const source = folderOf(run);
    for (const views of [1, VIEWS] as const) {
      const files = predictionsOf(source)[views];
      if (!files.every((file) => existsSync(file))) continue;
      mkdirSync(dirname(run.file), { recursive: true });
      writeFileSync(tableOfRun(run, views), gzipSync(shortened(joinedTables(files)), { level: 9 }));
      copyFileSync(runPaths(source).metrics, `${run.file}.jsonl`);
      count++;
    }
  }
  return count;
}

/** The number of training galaxies, and the true fractions of the validation and test galaxies. */
async function heldOut(data: string) {
  const [training, validation, test] = await Promise.all(PARTS.map((part) => readIds(listOf(part), {})));
  const votes = await readSolutions(GALAXY_ZOO_2, join(data, 'training_solutions_rev1.csv'));
  const rows = new Map(tableRows(GALAXY_ZOO_2, votes).map((row) => [row.id, row.fractions]));
  const tableOfPart = (ids: readonly string[]): Solutions => {
    const missing = ids.filter((id) => !rows.has(id));
    if (missing.length > 0)
      throw new UserError(`${votes.file}: lacks ${missing.length} of the galaxies: ${someIds(missing)}`);
    return { file: votes.file, ids, fractions: Float64Array.from(ids.flatMap((id) => [...rows.get(id)!])) };
  };
  return {
    training: training!.length,
    validation: tableOfPart(validation!),
    test: tableOfPart(test!),
    all: tableOfPart([...validation!, ...test!]),
  };
}

type HeldOut = Awaited<ReturnType<typeof heldOut>>;

const readRun = (run: KeptRun, views: 1 | typeof VIEWS) => readOwnTable(GALAXY_ZOO_2, tableOfRun(run, views));

/** RMSE of a run on some galaxies. */
function rmseOn(truth: Solutions, predictions: Solutions): number {
  const aligned = alignTables(GALAXY_ZOO_2, truth, predictions, { partial: true });
  return rmseScores(GALAXY_ZOO_2, aligned.truth, aligned.predictions).rmse;
}

interface ScoredRun extends KeptRun {
  /** RMSE in one view. */
  readonly validation: number;
  readonly test: number;
}

async function scored(run: KeptRun, truth: HeldOut) {
  const table = await readRun(run, 1);
  const { predictions } = alignTables(GALAXY_ZOO_2, truth.test, table, { partial: true });
  const scores = evaluatePredictions(GALAXY_ZOO_2, truth.test.fractions, predictions);
  const lines = readFileSync(`${run.file}.jsonl`, 'utf8').trimEnd().split('\n');
  const epochs = lines.map((line) => parseJson(line, run.file) as { seconds: number });
  return {
    compared: comparedRun(run.seed, truth.test.ids.length, scores, epochs),
    errors: galaxySquaredErrors(GALAXY_ZOO_2, truth.test.fractions, predictions),
    scored: { ...run, validation: rmseOn(truth.validation, table), test: scores.rmse } satisfies ScoredRun,
  };
}

/** The best runs by validation in one view, at most two of a variant. */
function bestRuns(runs: readonly ScoredRun[]): ScoredRun[] {
  const chosen: ScoredRun[] = [];
  for (const run of runs.toSorted((a, b) => a.validation - b.validation)) {
    const own = chosen.filter(({ variant }) => variant === run.variant).length;
    if (own < MOST_OF_A_VARIANT && existsSync(tableOfRun(run, VIEWS))) chosen.push(run);
  }
  return chosen.slice(0, MOST_MODELS);
}

const nameOf = ({ variant, seed }: KeptRun) => `${variant}, seed ${seed}`;

/** The scores of the best runs and of their means, as the report's Tables 2 and 3. */
async function ensembleOf(runs: readonly ScoredRun[], truth: HeldOut): Promise<EnsembleScores> {
  const models = runs.map((run) => ({ name: nameOf(run), read: () => readRun(run, VIEWS) }));
  const { labelled } = await gatherModels(GALAXY_ZOO_2, models, { solutions: truth.all });
  const names = models.map(({ name }) => name);
  return scoreEnsemble(GALAXY_ZOO_2, names, labelled!, { ids: new Set(truth.validation.ids) });
}

function ensembleMarkdown(runs: readonly ScoredRun[], scores: EnsembleScores): string[] {
  const single = scores.models.map((model, i) => ({ ...model, oneView: runs[i]!.test }));
  const ranked = single.toSorted((a, b) => a.choosing - b.choosing).map((each, i) => ({ ...each, i }));
  const together = scores.bestTogether.map((best, i) => ({ best, greedy: scores.greedilyTogether[i]!, i }));
  return [
    tableMarkdown(
      tableOf(
        `The best ${runs.length} runs by validation, at most two of a variant (the report's Table 2)`,
        ranked,
        [
          right('rank', ({ i }) => String(i + 1)),
          left('model', ({ name }) => name),
          right(`validation, ${VIEWS} views`, ({ choosing }) => decimals(choosing, 5)),
          right(`test, ${VIEWS} views`, ({ heldOut }) => decimals(heldOut, 5)),
          right('test, one view', ({ oneView }) => decimals(oneView, 5)),
          right("the report's model of this rank", ({ i }) => decimals(REPORT.singles[i]!, 5)),
        ],
      ),
    ),
    tableMarkdown(
      tableOf(
        `Means of 1 to ${runs.length} of these models, ${VIEWS} views (the report's Table 3)`,
        together,
        [
          right('models', ({ best }) => String(best.models)),
          left('best first: adds', ({ best }) => best.added),
          right('test', ({ best }) => decimals(best.heldOut, 5)),
          left('greedily: adds', ({ greedy }) => greedy.added),
          right('test', ({ greedy }) => decimals(greedy.heldOut, 5)),
          right('the report', ({ i }) => decimals(REPORT.means[i]!, 5)),
        ],
      ),
    ),
  ];
}

/** Table 3 as a chart. Each curve shows the change from its first model: the report's scores are lower throughout. */
function meansChart({ bestTogether, greedilyTogether }: EnsembleScores): string {
  const changes = (scores: readonly number[]) => scores.map((score) => score - scores[0]!);
  const own = (steps: EnsembleScores['bestTogether']) => changes(steps.map(({ heldOut }) => heldOut));
  const chart = modelsChart(
    {
      'here, best first': own(bestTogether),
      'here, greedily': own(greedilyTogether),
      'the report': changes(REPORT.means),
    },
    {
      title: 'Means of models, compared with the best model',
      caption: '',
      label: 'change of RMSE',
      description: 'change of RMSE by number of models, here and in the report',
    },
    nodeDrawing(),
  );
  return chartFile(chart);
}

/**
 * The tables of docs/observations.md, from the kept predictions, and their chart. Those of several models need ten.
 * @param data the folder of the true votes
 */
export async function observationTables(data: string): Promise<{ markdown: string; chart?: string }> {
  const { title, variants } = planned();
  const truth = await heldOut(data);
  const kept: VariantRuns[] = [];
  const errors: GalaxyErrors[][] = [];
  const runs: ScoredRun[] = [];
  let plannedRuns = 0;
  for (const variant of variants) {
    plannedRuns += variant.runs.length;
    const own = variant.runs.filter((run) => existsSync(tableOfRun(run, 1)));
    if (own.length === 0) continue;
    const results = await Promise.all(own.map((run) => scored(run, truth)));
    const { network } = await newModel(variant.config);
    kept.push({
      name: variant.name,
      settings: variant.settings,
      parameters: network.parameterCount,
      runs: results.map(({ compared }) => compared),
    });
    errors.push(results.map((result) => result.errors));
    runs.push(...results.map((result) => result.scored));
  }
  const { scores, byQuestion } = comparisonTables(GALAXY_ZOO_2, compareVariants(title, [], kept, errors));
  const sizes = [truth.training, truth.validation.ids.length, truth.test.ids.length];
  const tables = [
    `${runs.length} of the ${plannedRuns} runs of the plan are done: ${sizes[0]} galaxies to train on, ${sizes[1]} to validate, ${sizes[2]} to test.\n`,
    ...[scores, byQuestion].map(tableMarkdown),
  ];
  const best = bestRuns(runs);
  if (best.length < MOST_MODELS) return { markdown: tables.join('\n') };
  const ensemble = await ensembleOf(best, truth);
  return {
    markdown: [...tables, ...ensembleMarkdown(best, ensemble)].join('\n'),
    chart: meansChart(ensemble),
  };
}

/** The command. @param args after its name */
export async function observations(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { data: { type: 'string' }, keep: { type: 'string' } } });
  if (values.data === undefined) throw new UserError('observations requires --data');
  if (values.keep !== undefined) process.stdout.write(`kept ${await keep(values.keep)} tables in ${KEPT}\n`);
  const { markdown, chart } = await observationTables(values.data);
  replaceTables('observations', 'docs/observations.md', markdown);
  if (chart !== undefined) writeFileSync(CHART, chart);
  process.stdout.write(markdown);
}
