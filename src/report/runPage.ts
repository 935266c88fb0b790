/** The page and the charts of a run, finished or still training. */
import type { Evaluation } from '../evaluate/evaluation.ts';
import { galaxyRmse } from '../evaluate/rmse.ts';
import type { EpochMetrics } from '../events.ts';
import type { Tree } from '../tree/tree.ts';
import { type Chart, chartFile } from './chart.ts';
import { type NetworkDiagram, networkDiagram } from './diagram.ts';
import { type Examples, type GalaxyExample, routeAnswers, routeEntropy } from './examples.ts';
import { historyCharts } from './historyCharts.ts';
import { type Block, type GalaxyCard, page, type Section } from './page.ts';
import { calibrationChart, confusionChart } from './questionCharts.ts';
import { questionSection } from './questionTable.ts';
import { coverageChart, references, scoreCharts, standingChart } from './scoreCharts.ts';
import type { Drawing } from './svg.ts';
import { decimals, duration, inGroups, left, right, type Table, tableOf } from './table.ts';

/** Content of a run's page; absent parts are left out. */
export interface RunReport {
  readonly title: string;
  readonly tree: Tree;
  /** Time of writing, ISO 8601: `2026-11-23T01:28:00Z`. */
  readonly writtenAt: string;
  /** True while training runs: the page reloads itself. */
  readonly isTraining?: boolean;
  /** Planned epochs: the length of the history's axis. */
  readonly epochs?: number;
  readonly history?: readonly EpochMetrics[];
  readonly evaluation?: Evaluation;
  /** The scored galaxies: `galaxies kept for validation`. */
  readonly about?: string;
  readonly examples?: Examples<GalaxyExample>;
  /** By name. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly network?: NetworkDiagram & { readonly parameters?: number };
}

const RELOAD_SECONDS = 60;

/** Smallest readable scale of a network's diagram. */
const DIAGRAM_SCALE = 0.8;

/** Draws all charts of a run, in the order of the page. */
export function runCharts(
  { tree, history = [], epochs, evaluation }: RunReport,
  drawing: Drawing,
): Record<'history' | 'standing' | 'scores' | 'coverage' | 'confusions' | 'calibration', Chart[]> {
  const calibrationOf = ({ calibration }: Evaluation) =>
    tree.questions.flatMap((question) => calibrationChart(tree, question, calibration, drawing) ?? []);
  return {
    history: historyCharts(history, epochs, drawing),
    standing: evaluation ? [standingChart(evaluation, drawing)] : [],
    scores: evaluation ? scoreCharts(tree, evaluation, drawing) : [],
    coverage: [evaluation && coverageChart(tree, evaluation, drawing)].filter((each) => each != null),
    confusions: evaluation ? evaluation.questions.map((each) => confusionChart(tree, each, drawing)) : [],
    calibration: evaluation ? calibrationOf(evaluation) : [],
  };
}

const score = (value: number) => decimals(value, 5);
const figure = (chart: Chart): Block => ({ kind: 'figure', ...chart });
const text = (words: string): Block => ({ kind: 'text', text: words });

/** @example moment('2026-11-23T01:28:30Z') // '2026-11-23 01:28 UTC' */
function moment(written: string): string {
  const time = new Date(written);
  if (Number.isNaN(time.getTime())) throw new RangeError(`expected a time in ISO 8601, got ${written}`);
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function statusText({ writtenAt, isTraining, history = [], epochs, evaluation }: RunReport): string {
  const done = history.at(-1)?.epoch ?? 0;
  const of = epochs === undefined ? '' : ` of ${epochs}`;
  const when = `Written ${moment(writtenAt)}.`;
  if (isTraining) {
    const soFar = done === 0 ? 'the first epoch is not done yet' : `${done}${of} epochs are done`;
    return `The training is running: ${soFar}. ${when} This page reloads every minute.`;
  }
  const time = duration(history.reduce((sum, { seconds }) => sum + seconds, 0));
  const trained = done === 0 ? '' : `${done}${of} epochs trained in ${time}. `;
  return `${trained}${when}${evaluation === undefined ? ' Not scored yet.' : ''}`;
}

function scoreTable(tree: Tree, evaluation: Evaluation): Table {
  const { rmse, rmseInterval, rmseMeanOfColumns } = evaluation;
  const rows = [
    {
      name: 'this run, pooled',
      rmse,
      note: rmseInterval
        ? `95 % interval ${score(rmseInterval.low)} – ${score(rmseInterval.high)}`
        : "all galaxies and answers together: Kaggle's score",
    },
    {
      name: 'this run, mean of columns',
      rmse: rmseMeanOfColumns,
      note: `mean of the ${tree.columns.length} answers' RMSEs; not the score`,
    },
    ...references(evaluation),
  ];
  return tableOf('RMSE, lower is better', rows, [
    left('Score of', ({ name }) => name),
    right('RMSE', (row) => score(row.rmse)),
    left('Note', ({ note }) => note),
  ]);
}

function card(tree: Tree, { id, image, truth, prediction }: GalaxyExample): GalaxyCard {
  const rmse = decimals(galaxyRmse(truth, prediction), 4);
  return {
    title: id,
    image,
    text: `RMSE ${rmse}, entropy ${decimals(routeEntropy(tree, prediction), 2)}`,
    answers: routeAnswers(tree, truth, prediction),
  };
}

function exampleBlocks({ tree, examples }: RunReport): Block[] {
  if (examples === undefined) return [];
  const kinds = [
    [
      'worst',
      'Worst',
      `Highest RMSE over the ${tree.columns.length} answers. Bold: the leading routes through the tree, of the votes and of the prediction.`,
    ],
    ['uncertain', 'Most uncertain', 'Highest entropy of the predicted route through the tree, in nats.'],
    ['best', 'Best', 'Lowest RMSE.'],
  ] as const;
  return kinds
    .filter(([kind]) => examples[kind].length > 0)
    .map(([kind, heading, words]) => ({
      kind: 'galaxies',
      heading,
      text: words,
      galaxies: examples[kind].map((each) => card(tree, each)),
    }));
}

function settingText(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return value.join(', ') || '–';
  return JSON.stringify(value) ?? '–';
}

const settingsBlock = (settings: Readonly<Record<string, unknown>>): Block => ({
  kind: 'table',
  table: tableOf('Settings', Object.entries(settings), [
    left('Name', ([name]) => name),
    left('Value', ([, value]) => settingText(value)),
  ]),
});

function networkBlock(network: NonNullable<RunReport['network']>): Block {
  const { title, parameters } = network;
  const count = parameters === undefined ? '' : `: ${inGroups(parameters)} trainable parameters`;
  const svg = networkDiagram(network);
  const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
  return { kind: 'figure', svg, caption: `${title}${count}`, minimumWidth: width * DIAGRAM_SCALE };
}

const CONFUSION_TEXT =
  'Rows: leading answer of the votes; columns: leading answer of the prediction; colour: share of the row. Each matrix counts the galaxies that reached its question.';
const CALIBRATION_TEXT =
  'Each dot is a bin of predictions: the mean prediction against the mean of the votes for the same galaxies. On the dashed line, predictions are right on average; below it, they are too high.';

/**
 * A run as one self-contained HTML page.
 * @param drawing the DOM to draw charts in: `{ document }` in a browser, `nodeDrawing()` in Node
 * @param charts of the run, if they have been drawn already
 * @throws RangeError for a time that is not ISO 8601 or a picture that is not a data: URI
 */
export function runPage(report: RunReport, drawing: Drawing, charts = runCharts(report, drawing)): string {
  const { tree, evaluation, about = 'labelled galaxies', settings, network } = report;
  const small = (words: string, figures: readonly Chart[]): Block[] =>
    figures.length === 0 ? [] : [text(words), { kind: 'figures', figures }];
  const scores = (scored: Evaluation): Block[] => [
    text(`${inGroups(scored.galaxies)} ${about}.`),
    { kind: 'table', table: scoreTable(tree, scored) },
    ...charts.standing.map(figure),
  ];
  const sections: Section[] = [
    { blocks: [text(statusText(report))] },
    { heading: 'Scores', blocks: evaluation === undefined ? [] : scores(evaluation) },
    { heading: 'Training', blocks: charts.history.map(figure) },
    ...((evaluation ?? report.examples) ? [questionSection(tree)] : []),
    { heading: 'By question and answer', blocks: charts.scores.map(figure) },
    { heading: 'Intervals', blocks: charts.coverage.map(figure) },
    { heading: 'Leading answers', blocks: small(CONFUSION_TEXT, charts.confusions) },
    { heading: 'Calibration', blocks: small(CALIBRATION_TEXT, charts.calibration) },
    { heading: 'Galaxies', blocks: exampleBlocks(report) },
    { heading: 'Network', blocks: network === undefined ? [] : [networkBlock(network)] },
    { heading: 'Settings', blocks: settings === undefined ? [] : [settingsBlock(settings)] },
  ];
  return page({
    title: report.title,
    sections: sections.filter(({ blocks }) => blocks.length > 0),
    ...(report.isTraining ? { reloadSeconds: RELOAD_SECONDS } : {}),
  });
}

/** The files of a run's report: `report.html` and, unless `pageOnly`, `charts/*.svg`, with the network's diagram last. */
export function reportFiles(
  report: RunReport,
  drawing: Drawing,
  { pageOnly = false } = {},
): { path: string; text: string }[] {
  const charts = runCharts(report, drawing);
  const html = { path: 'report.html', text: runPage(report, drawing, charts) };
  if (pageOnly) return [html];
  const svgs = Object.values(charts)
    .flat()
    .map((chart: Chart) => ({ path: `charts/${chart.name}.svg`, text: chartFile(chart) }));
  const diagram = report.network && { path: 'charts/network.svg', text: networkDiagram(report.network) };
  return [html, ...svgs, ...(diagram ? [diagram] : [])];
}
