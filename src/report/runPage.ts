/** The page of a run: what is known of it so far. */

import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Chart } from './chart.ts';
import { networkDiagram } from './diagram.ts';
import type { Drawing } from './drawing.ts';
import { galaxyRmse, routeAnswers, routeEntropy } from './examples.ts';
import { historyCharts } from './historyCharts.ts';
import { type Block, type GalaxyCard, page, type Section } from './page.ts';
import { calibrationChart, confusionChart } from './questionCharts.ts';
import type { GalaxyExample, RunReport } from './runReport.ts';
import { scoreCharts, standingChart } from './scoreCharts.ts';
import { type Table, tableOf } from './table.ts';

/** While a training runs, its page looks for news after so many seconds. */
const RELOAD_SECONDS = 60;

/** How small a network's diagram may be drawn, that its letters of 14 pixels can be read. */
const DIAGRAM_SCALE = 0.8;

/** The charts that a run has, in the order of its page. */
export interface RunCharts {
  history: Chart[];
  standing: Chart[];
  scores: Chart[];
  confusions: Chart[];
  calibration: Chart[];
}

/**
 * Draws all charts of a run.
 * @example Object.values(runCharts(report, nodeDrawing())).flat().map(chartFile)
 */
export function runCharts(report: RunReport, drawing: Drawing): RunCharts {
  const { history = [], scores, references = [], confusions = [], calibration = {} } = report;
  return {
    history: historyCharts(history, report.epochs, drawing),
    standing:
      scores === undefined || references.length === 0 ? [] : [standingChart(scores, references, drawing)],
    scores: scores === undefined ? [] : scoreCharts(scores, drawing),
    confusions: confusions.map((each) => confusionChart(each, drawing)),
    calibration: GALAXY_ZOO_2.questions.flatMap(
      ({ number }) => calibrationChart(number, calibration, drawing) ?? [],
    ),
  };
}

const score = (value: number) => value.toFixed(5);
const figure = (chart: Chart): Block => ({ kind: 'figure', ...chart });
const text = (words: string): Block => ({ kind: 'text', text: words });

/** A moment for people, `2026-11-23 01:28 UTC`. */
function moment(written: string): string {
  const time = new Date(written);
  if (Number.isNaN(time.getTime())) throw new RangeError(`expected a time in ISO 8601, got ${written}`);
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function statusBlocks({ writtenAt, isTraining = false, history = [], epochs, ...parts }: RunReport): Block[] {
  const done = history.length === 0 ? 0 : history[history.length - 1]!.epoch;
  const of = epochs === undefined ? '' : ` of ${epochs}`;
  const when = `Written ${moment(writtenAt)}.`;
  if (isTraining) {
    const sofar = done === 0 ? 'its first epoch is not done yet' : `${done}${of} epochs are done`;
    return [text(`The training runs: ${sofar}. ${when} The page looks for news each minute.`)];
  }
  const trained = done === 0 ? '' : `${done}${of} epochs trained. `;
  const scored = parts.scores === undefined ? ' No scores but those of the history were measured yet.' : '';
  return [text(`${trained}${when}${scored}`)];
}

function scoreTable({ scores, references = [] }: RunReport): Table {
  const rows = scores && [
    {
      name: 'this run, pooled',
      rmse: score(scores.rmse),
      note: scores.interval
        ? `95 % interval ${score(scores.interval.low)} – ${score(scores.interval.high)}`
        : "all galaxies and answers together: Kaggle's score",
    },
    {
      name: 'this run, mean of columns',
      rmse: score(scores.rmseMeanOfColumns),
      note: "mean of the 37 answers' RMSEs; not the score",
    },
  ];
  const others = references.map(({ name, rmse, note = '' }) => ({ name, rmse: score(rmse), note }));
  return tableOf(
    'RMSE, less is better',
    [
      { label: 'Score of', align: 'left', cell: ({ name }) => name },
      { label: 'RMSE', align: 'right', cell: ({ rmse }) => rmse },
      { label: 'Note', align: 'left', cell: ({ note }) => note },
    ],
    [...(rows ?? []), ...others],
  );
}

function card({ id, image, truth, prediction }: GalaxyExample): GalaxyCard {
  const entropy = routeEntropy(prediction);
  return {
    title: String(id),
    image,
    lines: [`RMSE ${galaxyRmse(truth, prediction).toFixed(4)}, entropy ${entropy.toFixed(2)}`],
    answers: routeAnswers(truth, prediction),
  };
}

const EXAMPLES = {
  worst: [
    'Worst',
    'Greatest RMSE over the 37 answers. In bold: the leading way through the tree, of the votes and of the prediction.',
  ],
  uncertain: ['Most uncertain', 'Greatest entropy of the predicted way through the tree, in nats.'],
  best: ['Best', 'Least RMSE.'],
} as const;

function exampleBlocks({ examples }: RunReport): Block[] {
  if (examples === undefined) return [];
  return (['worst', 'uncertain', 'best'] as const)
    .filter((kind) => examples[kind].length > 0)
    .map((kind): Block => {
      const [heading, words] = EXAMPLES[kind];
      return { kind: 'galaxies', heading, text: words, galaxies: examples[kind].map(card) };
    });
}

function settingText(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return value.join(', ') || '–';
  return JSON.stringify(value) ?? '–';
}

const settingsTable = (settings: Readonly<Record<string, unknown>>): Table =>
  tableOf(
    'Settings',
    [
      { label: 'Name', align: 'left', cell: ([name]) => name },
      { label: 'Value', align: 'left', cell: ([, value]) => settingText(value) },
    ],
    Object.entries(settings),
  );

function networkBlocks({ network }: RunReport): Block[] {
  if (network === undefined) return [];
  const { diagram, parameters } = network;
  const count = parameters === undefined ? '' : `: ${parameters.toLocaleString('en-US')} trained numbers`;
  const svg = networkDiagram(diagram);
  const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
  return [
    {
      kind: 'figure',
      svg,
      caption: `${diagram.title}${count}`,
      minimumWidth: width * DIAGRAM_SCALE,
    },
  ];
}

/**
 * A run as one self-contained page in HTML, of whatever is known of it.
 *
 * @param drawing the document to draw charts in: `{ document }` in a browser, `nodeDrawing()` in Node
 * @param charts those of the run, where they are drawn already
 * @throws RangeError where a part has not its shape
 * @example
 * const writtenAt = new Date().toISOString();
 * await writeFile('report.html', runPage({ title: 'first', writtenAt, isTraining: true, history }, nodeDrawing()));
 */
export function runPage(report: RunReport, drawing: Drawing, charts = runCharts(report, drawing)): string {
  const { scores, settings } = report;
  const [firstConfusion, ...otherConfusions] = charts.confusions;
  const sections: Section[] = [
    { blocks: statusBlocks(report) },
    {
      heading: 'Scores',
      blocks:
        scores === undefined
          ? []
          : [
              text(`${scores.galaxies.toLocaleString('en-US')} ${scores.about ?? 'labelled galaxies'}.`),
              { kind: 'table', table: scoreTable(report) },
              ...charts.standing.map(figure),
            ],
    },
    { heading: 'Training', blocks: charts.history.map(figure) },
    { heading: 'By question and answer', blocks: charts.scores.map(figure) },
    {
      heading: 'Leading answers',
      blocks:
        firstConfusion === undefined
          ? []
          : [
              text(
                'Rows: the leading answer of the votes; columns: that of the prediction; colour: the share of the row. Of each question, the galaxies that came to it.',
              ),
              { kind: 'figures', figures: [firstConfusion, ...otherConfusions] },
            ],
    },
    {
      heading: 'Calibration',
      blocks:
        charts.calibration.length === 0
          ? []
          : [
              text(
                'Predictions in bins: their mean, and the mean of the votes of the same galaxies. On the dashed line predictions are right on average; below it they are too high.',
              ),
              { kind: 'figures', figures: charts.calibration },
            ],
    },
    { heading: 'Galaxies', blocks: exampleBlocks(report) },
    { heading: 'Network', blocks: networkBlocks(report) },
    {
      heading: 'Settings',
      blocks: settings === undefined ? [] : [{ kind: 'table', table: settingsTable(settings) }],
    },
  ];
  return page({
    title: report.title,
    sections: sections.filter(({ blocks }) => blocks.length > 0),
    ...(report.isTraining ? { reloadSeconds: RELOAD_SECONDS } : {}),
  });
}
