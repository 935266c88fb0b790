/**
 * The tables and the chart of docs/accuracy.md: `npm run bench -- accuracy [flags]`.
 *
 *     --keep DIR                    first keep the scores of the comparisons in DIR
 *     --data DIR                    the folder of training_solutions_rev1.csv; with --features
 *     --features FILE[,FILE…]       first fit linear probes on these features, side by side; may be repeated
 *
 * comparisons/accuracy/README.md has the commands that make the scores.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type FeatureTable, featuresOf } from '../src/data/featureTable.ts';
import { drawGalaxies, splitGalaxies } from '../src/data/split.ts';
import { tableRows } from '../src/data/submission.ts';
import { UserError } from '../src/errors.ts';
import { rmseScores } from '../src/evaluate/rmse.ts';
import { readFeatures } from '../src/node/data/readFeatures.ts';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { nodeDrawing } from '../src/node/drawing/document.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { chartFile } from '../src/report/chart.ts';
import {
  type Comparison,
  comparisonTables,
  type Summary,
  summarize,
  summaryText,
} from '../src/report/comparison.ts';
import { drawCurves } from '../src/report/drawing.ts';
import { duration, inGroups, left, right, tableMarkdown, tableOf } from '../src/report/table.ts';
import { fitProbe } from '../src/train/probe.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { replaceTables } from './document.ts';
import { readPlan } from './plan.ts';

// npm runs commands in the package's folder.
const PLANS = 'comparisons';
const KEPT = join(PLANS, 'accuracy');
const CURVES = 'learning-curves';
const CHOICES = ['choices-1000', 'choices-all'];
const PROBES = join(KEPT, 'probes.json');
const CHART = 'docs/accuracy.svg';

/** A linear probe's score. */
interface ProbeRun {
  /** The networks, and the views that their features are means of. */
  readonly features: string;
  readonly labels: number;
  readonly seed: number;
  readonly rmse: number;
  readonly seconds: number;
}

/** The score of a way to train with a number of labels. */
interface Point {
  readonly way: string;
  readonly labels: number;
  readonly rmse: Summary;
  readonly seconds: Summary;
}

const keptJson = <Value>(file: string): Value | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Value) : undefined;
const comparisonFile = (name: string) => join(KEPT, `${name}.json`);
const keptComparison = (name: string) => keptJson<Comparison>(comparisonFile(name));
const keptProbes = () => keptJson<ProbeRun[]>(PROBES) ?? [];

/** Reads the name of a variant of the learning curves. @throws UserError for another name */
function curvePlace(name: string): Pick<Point, 'way' | 'labels'> {
  const [, way, labels] = /^(.+), ([\d,]+)$/.exec(name) ?? [];
  if (labels === undefined) throw new UserError(`${CURVES}: expected 'WAY, LABELS', got '${name}'`);
  return { way: way!, labels: Number(labels.replaceAll(',', '')) };
}

/** The learning curves as planned: the settings of the split, and numbers of labels with the seeds that draw them. */
function plannedCurves() {
  const { variants } = readPlan(join(PLANS, `${CURVES}.json`));
  const [first] = variants;
  const places = variants.map(({ name, seeds }) => ({ ...curvePlace(name), seeds }));
  const { validation, splitSeed } = first!.config;
  return { validation, splitSeed: splitSeed!, sizes: places.filter(({ way }) => way === places[0]!.way) };
}

type Sizes = ReturnType<typeof plannedCurves>['sizes'];

/** Keeps the scores of the comparisons in a folder. @returns their names */
function keep(folder: string): string[] {
  mkdirSync(KEPT, { recursive: true });
  return [CURVES, ...CHOICES].filter((name) => {
    const file = join(folder, name, 'comparison.json');
    if (!existsSync(file)) return false;
    copyFileSync(file, comparisonFile(name));
    return true;
  });
}

/** The features of galaxies in one or more tables, `[ids, width]`. @param width that of all tables together */
function sideBySide(tables: readonly FeatureTable[], width: number, ids: readonly string[]): Float32Array {
  const features = new Float32Array(ids.length * width);
  let column = 0;
  for (const table of tables) {
    const own = featuresOf(table, ids);
    for (let row = 0; row < ids.length; row++)
      features.set(own.subarray(row * table.width, (row + 1) * table.width), row * width + column);
    column += table.width;
  }
  return features;
}

/** Fits probes on the features of one or more networks, side by side. @param files tables of features with the same galaxies */
async function probeRuns(data: string, files: readonly string[]): Promise<ProbeRun[]> {
  const tree = GALAXY_ZOO_2;
  const tables = await Promise.all(files.map(readFeatures));
  const width = tables.reduce((sum, table) => sum + table.width, 0);
  const votes = await readSolutions(tree, join(data, 'training_solutions_rev1.csv'));
  const { sizes, splitSeed, ...shares } = plannedCurves();
  const { training, validation } = splitGalaxies(tree, tableRows(tree, votes), shares, splitSeed);
  const views = [...new Set(tables.map(({ about }) => about.views))].join(' and ');
  const networks = tables.map(({ about }) => basename(about.network, '.onnx')).join(' + ');
  const runs: ProbeRun[] = [];
  for (const { labels, seeds } of sizes) {
    for (const seed of seeds) {
      const rows = [...drawGalaxies(training, labels, seed), ...validation];
      const features = sideBySide(
        tables,
        width,
        rows.map(({ id }) => id),
      );
      const fractions = Float32Array.from(rows.flatMap((galaxy) => [...galaxy.fractions]));
      const weights = new Float32Array(labels).fill(1);
      const started = performance.now();
      const { predicted } = await fitProbe(
        nodePlatform,
        { tree, features, width, votes: fractions, fractions, weights },
        { seed, device: { name: 'cpu', threads: 0 } },
      );
      const seconds = (performance.now() - started) / 1000;
      const from = labels * tree.columns.length;
      const { rmse } = rmseScores(tree, fractions.subarray(from), predicted.subarray(from));
      runs.push({ features: `${networks}, ${views} views`, labels, seed, rmse, seconds });
      process.stdout.write(`${networks}, ${labels} labels, seed ${seed}: ${rmse.toFixed(5)}\n`);
    }
  }
  return runs;
}

/** Keeps new probes in place of those on the same features. */
function keepProbes(runs: readonly ProbeRun[]): void {
  const others = keptProbes().filter((old) => !runs.some(({ features }) => features === old.features));
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(PROBES, `${JSON.stringify([...others, ...runs], undefined, 2)}\n`);
}

/** The learning curves, in the order of the plan; then those of the probes. */
function learningCurves(sizes: Sizes): Point[] {
  const trained = (keptComparison(CURVES)?.variants ?? []).map(
    ({ name, rmse, seconds }): Point => ({
      ...curvePlace(name),
      rmse,
      seconds,
    }),
  );
  const probes = keptProbes();
  const fitted = [...new Set(probes.map(({ features }) => features))].flatMap((features) =>
    sizes.map(({ labels }): Point => {
      const runs = probes.filter((run) => run.features === features && run.labels === labels);
      const over = (value: (run: ProbeRun) => number) => summarize(runs.map(value));
      const rmse = over((run) => run.rmse);
      return { way: `probe: ${features}`, labels, rmse, seconds: over((run) => run.seconds) };
    }),
  );
  return [...trained, ...fitted];
}

/** A row for each way, with a column for each number of labels. */
function curvesTable(
  title: string,
  sizes: Sizes,
  points: readonly Point[],
  text: (point: Point) => string,
): string {
  const ways = [...new Set(points.map(({ way }) => way))];
  const columns = sizes.map(({ labels }) =>
    right<string>(inGroups(labels), (way) => {
      const point = points.find((each) => each.way === way && each.labels === labels);
      return point === undefined ? '–' : text(point);
    }),
  );
  return tableMarkdown(tableOf(title, ways, [left('way to train', (way) => way), ...columns]));
}

function curvesChart(sizes: Sizes, points: readonly Point[]): string {
  const chart = drawCurves(
    points.map(({ way, labels, rmse }) => ({ curve: way, x: labels, value: rmse.mean })),
    {
      description: 'RMSE on the validation galaxies by number of labels, for each way to train',
      x: { type: 'log' },
      ticks: sizes.map(({ labels }) => labels),
      tickFormat: inGroups,
      xLabel: 'labelled galaxies',
      valueLabel: 'RMSE',
    },
    nodeDrawing(),
  );
  return chartFile({ name: 'accuracy', title: 'RMSE by number of labels', caption: '', ...chart });
}

/** The tables of docs/accuracy.md, from the kept scores, and the chart. */
export function accuracyTables(): { markdown: string; chart: string } {
  const { sizes } = plannedCurves();
  const points = learningCurves(sizes);
  const choices = CHOICES.flatMap((name) => keptComparison(name) ?? []).flatMap((comparison) => {
    const { scores } = comparisonTables(GALAXY_ZOO_2, comparison);
    return [`**${comparison.title}**\n`, tableMarkdown(scores)];
  });
  const markdown = [
    curvesTable(
      'RMSE on the validation galaxies, mean ± standard deviation over seeds',
      sizes,
      points,
      ({ rmse }) => summaryText(rmse, 4),
    ),
    curvesTable('Training time', sizes, points, ({ seconds }) => duration(seconds.mean)),
    ...choices,
  ].join('\n');
  return { markdown, chart: curvesChart(sizes, points) };
}

/** The command. @param args after its name */
export async function accuracy(args: string[]): Promise<void> {
  const options = {
    keep: { type: 'string' },
    data: { type: 'string' },
    features: { type: 'string', multiple: true },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.keep !== undefined)
    process.stdout.write(`kept ${keep(values.keep).join(', ') || 'nothing'} in ${KEPT}\n`);
  for (const files of values.features ?? []) {
    if (values.data === undefined) throw new UserError('--features requires --data');
    keepProbes(await probeRuns(values.data, files.split(',')));
  }
  const { markdown, chart } = accuracyTables();
  replaceTables('accuracy', 'docs/accuracy.md', markdown);
  writeFileSync(CHART, chart);
  process.stdout.write(markdown);
}
