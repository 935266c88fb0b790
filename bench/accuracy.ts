/**
 * The tables and the chart of docs/accuracy.md: `npm run bench -- accuracy [flags]`.
 *
 *     --keep DIR                    first keep the scores of the comparisons in DIR
 *     --data DIR                    the folder of training_solutions_rev1.csv; with --features
 *     --features FILE[,FILE…]       first fit linear probes on these features, side by side; may be repeated
 *
 * comparisons/accuracy/README.md has the commands that make the scores.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { axisX, dot, lineY } from '@observablehq/plot';
import { drawGalaxies, splitGalaxies } from '../src/data/split.ts';
import { tableRows } from '../src/data/submission.ts';
import { UserError } from '../src/errors.ts';
import { rmseScores } from '../src/evaluate/rmse.ts';
import { readFeatures } from '../src/node/data/readFeatures.ts';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { nodeDrawing } from '../src/node/drawing/document.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { chartFile } from '../src/report/chart.ts';
import { type Comparison, comparisonTables, type Summary, summarize } from '../src/report/comparison.ts';
import { AXIS, CURVE_SIZE, colourScale, curveAxis, drawChart } from '../src/report/drawing.ts';
import { seriesOf } from '../src/report/palette.ts';
import { decimals, duration, inGroups, left, right, tableMarkdown, tableOf } from '../src/report/table.ts';
import { fitProbe } from '../src/train/probe.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { replaceTables } from './document.ts';

// npm runs commands in the package's folder.
const KEPT = 'comparisons/accuracy';
const CURVES = 'learning-curves';
const CHOICES = ['choices-1000', 'choices-all'];
const PROBES = join(KEPT, 'probes.json');
const CHART = 'docs/accuracy.svg';

/** Numbers of labels, and the seeds that draw them: those of the plan of the learning curves. */
const LABELS: readonly (readonly [labels: number, seeds: readonly number[]])[] = [
  [100, [1, 2, 3]],
  [300, [1, 2, 3]],
  [1000, [1, 2, 3]],
  [3000, [1]],
  [6700, [1]],
];
const [VALIDATION, SPLIT_SEED] = [0.1, 1];

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

const readJson = <Value>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as Value;
const writeJson = (file: string, value: unknown) =>
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);

const keptComparison = (name: string): Comparison | undefined => {
  const file = join(KEPT, `${name}.json`);
  return existsSync(file) ? readJson(file) : undefined;
};

/** Keeps the scores of the comparisons in a folder. @returns their names */
function keep(folder: string): string[] {
  mkdirSync(KEPT, { recursive: true });
  return [CURVES, ...CHOICES].filter((name) => {
    const file = join(folder, name, 'comparison.json');
    if (existsSync(file)) writeJson(join(KEPT, `${name}.json`), readJson(file));
    return existsSync(file);
  });
}

/** Fits probes on the features of one or more networks, side by side. @param files tables of features with the same galaxies */
async function probeRuns(data: string, files: readonly string[]): Promise<ProbeRun[]> {
  const tree = GALAXY_ZOO_2;
  const tables = await Promise.all(files.map(readFeatures));
  const rowsOf = tables.map(({ ids }) => new Map(ids.map((id, row) => [id, row])));
  const width = tables.reduce((sum, table) => sum + table.width, 0);
  const votes = await readSolutions(tree, join(data, 'training_solutions_rev1.csv'));
  const galaxies = tableRows(tree, votes);
  const { training, validation } = splitGalaxies(tree, galaxies, { validation: VALIDATION }, SPLIT_SEED);
  const views = [...new Set(tables.map(({ about }) => about.views))].join(' and ');
  const networks = tables.map(({ about }) => basename(about.network, '.onnx')).join(' + ');
  const runs: ProbeRun[] = [];
  for (const [labels, seeds] of LABELS) {
    for (const seed of seeds) {
      const trained = drawGalaxies(training, labels, seed);
      const rows = [...trained, ...validation];
      const features = new Float32Array(rows.length * width);
      rows.forEach(({ id }, i) => {
        let at = i * width;
        tables.forEach((table, t) => {
          const row = rowsOf[t]!.get(id);
          if (row === undefined) throw new UserError(`${table.file}: has no features of ${id}`);
          features.set(table.values.subarray(row * table.width, (row + 1) * table.width), at);
          at += table.width;
        });
      });
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
  const before = existsSync(PROBES) ? readJson<ProbeRun[]>(PROBES) : [];
  const others = before.filter((old) => !runs.some(({ features }) => features === old.features));
  mkdirSync(KEPT, { recursive: true });
  writeJson(PROBES, [...others, ...runs]);
}

/** The learning curves, in the order of the plan; then those of the probes. */
function learningCurves(): Point[] {
  const trained = (keptComparison(CURVES)?.variants ?? []).map(({ name, rmse, seconds }): Point => {
    const [, way, labels] = /^(.+), ([\d,]+)$/.exec(name) ?? [];
    if (labels === undefined) throw new UserError(`${CURVES}.json: expected 'WAY, LABELS', got '${name}'`);
    return { way: way!, labels: Number(labels.replaceAll(',', '')), rmse, seconds };
  });
  const probes = existsSync(PROBES) ? readJson<ProbeRun[]>(PROBES) : [];
  const fitted = [...new Set(probes.map(({ features }) => features))].flatMap((features) =>
    LABELS.map(([labels]): Point => {
      const runs = probes.filter((run) => run.features === features && run.labels === labels);
      const over = (value: (run: ProbeRun) => number) => summarize(runs.map(value));
      const rmse = over((run) => run.rmse);
      return { way: `probe: ${features}`, labels, rmse, seconds: over((run) => run.seconds) };
    }),
  );
  return [...trained, ...fitted];
}

const scoreText = ({ mean, deviation }: Summary) =>
  `${decimals(mean, 4)}${deviation === null ? '' : ` ± ${decimals(deviation, 4)}`}`;

/** A row for each way, with a column for each number of labels. */
function curvesTable(title: string, points: readonly Point[], text: (point: Point) => string): string {
  const ways = [...new Set(points.map(({ way }) => way))];
  const columns = LABELS.map(([labels]) =>
    right<string>(inGroups(labels), (way) => {
      const point = points.find((each) => each.way === way && each.labels === labels);
      return point === undefined ? '–' : text(point);
    }),
  );
  return tableMarkdown(tableOf(title, ways, [left('way to train', (way) => way), ...columns]));
}

function curvesChart(points: readonly Point[]): string {
  const series = seriesOf([...new Set(points.map(({ way }) => way))]);
  const data = points.map(({ way, labels, rmse }) => ({ way, labels, rmse: rmse.mean }));
  const place = { x: 'labels', y: 'rmse' };
  const svg = drawChart(
    {
      ...CURVE_SIZE,
      description: 'RMSE on the validation galaxies by number of labels, for each way to train',
      color: colourScale(series),
      x: { type: 'log' },
      y: { nice: true, zero: false },
      marks: [
        axisX(
          LABELS.map(([labels]) => labels),
          { ...AXIS, label: 'labelled galaxies', tickFormat: inGroups },
        ),
        ...curveAxis('RMSE'),
        lineY(data, { ...place, stroke: 'way', strokeWidth: 2 }),
        dot(data, { ...place, fill: 'way', r: 3.5 }),
      ],
    },
    nodeDrawing(),
  );
  return chartFile({ name: 'accuracy', title: 'RMSE by number of labels', caption: '', legend: series, svg });
}

/** The tables of docs/accuracy.md, from the kept scores, and the chart. */
export function accuracyTables(): { markdown: string; chart: string } {
  const points = learningCurves();
  const choices = CHOICES.flatMap((name) => keptComparison(name) ?? []).flatMap((comparison) => {
    const { scores } = comparisonTables(GALAXY_ZOO_2, comparison);
    return [`**${comparison.title}**\n`, tableMarkdown(scores)];
  });
  const markdown = [
    curvesTable('RMSE on the validation galaxies, mean ± standard deviation over seeds', points, ({ rmse }) =>
      scoreText(rmse),
    ),
    curvesTable('Duration of a training', points, ({ seconds }) => duration(seconds.mean)),
    ...choices,
  ].join('\n');
  return { markdown, chart: curvesChart(points) };
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
