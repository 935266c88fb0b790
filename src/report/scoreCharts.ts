/** Charts of a run's scores: among reference scores, by question and by answer. */
import { axisY, dot, ruleX, ruleY, text } from '@observablehq/plot';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { answerNumber, type Tree } from '../tree/tree.ts';
import type { Chart } from './chart.ts';
import { AXIS, colourScale, DASHED, drawChart, rowsSize, valueAxis } from './drawing.ts';
import { seriesColour, seriesOf } from './palette.ts';
import type { Drawing } from './svg.ts';
import { decimals } from './table.ts';

const ACCENT = seriesColour(1);

/** The scores to compare an evaluation with, each with a note on its galaxies and model. */
export function references({ meanPredictorRmse, centralPixelRmse, kaggleScores }: Evaluation) {
  const note = "the same galaxies, Kaggle's central-pixel benchmark fitted on the other half";
  return [
    { name: 'mean predictor', rmse: meanPredictorRmse, note: 'the same galaxies' },
    ...(typeof centralPixelRmse === 'number'
      ? [{ name: 'central pixels', rmse: centralPixelRmse, note }]
      : []),
    ...kaggleScores.map(({ name, what, rmse }) => ({ name, rmse, note: `other galaxies: ${what}` })),
  ];
}

interface Row {
  name: string;
  value: number | null;
  low?: number;
  high?: number;
  isOwn?: boolean;
}

/** Rows with a dot and its value next to it. Rows without a value are empty. */
function dots(
  { description, row, rule }: { description: string; row: number; rule?: number },
  rows: readonly Row[],
  drawing: Drawing,
): string {
  const names = rows.map(({ name }) => name);
  const known = rows.filter(({ value }) => value !== null);
  const place = { x: 'value', y: 'name' };
  return drawChart(
    {
      description,
      ...rowsSize(names, rows.length * row, 70),
      y: { type: 'band', domain: names },
      marks: [
        ...valueAxis('RMSE, lower is better'),
        axisY({ ...AXIS, label: null }),
        ...(rule === undefined ? [] : [ruleX([rule], DASHED)]),
        ruleY(
          rows.filter(({ low }) => low !== undefined),
          { y: 'name', x1: 'low', x2: 'high', stroke: ACCENT, strokeWidth: 8, strokeOpacity: 0.25 },
        ),
        dot(known, { ...place, fill: 'currentColor', r: 4 }),
        dot(
          known.filter(({ isOwn }) => isOwn),
          { ...place, fill: ACCENT, r: 6 },
        ),
        text(known, {
          x: ({ value, high }: Row) => high ?? value,
          y: 'name',
          text: ({ value }: Row) => decimals(value, 4),
          textAnchor: 'start',
          dx: 12,
          fontVariant: 'tabular-nums',
        }),
      ],
    },
    drawing,
  );
}

/** A run among reference scores, the best first; the band is the interval of its score. */
export function standingChart(evaluation: Evaluation, drawing: Drawing): Chart {
  const { rmse, rmseInterval } = evaluation;
  const own = { name: 'this run', value: rmse, ...rmseInterval, isOwn: true };
  const others = references(evaluation).map((each) => ({ name: each.name, value: each.rmse }));
  const rows = [own, ...others].sort((a, b) => a.value - b.value);
  const described = rows.map(({ name, value }) => `${name} ${value.toFixed(5)}`).join(', ');
  return {
    name: 'standing',
    title: 'This run and others',
    caption: `Pooled RMSE.${rmseInterval ? ' The band is its 95 % interval.' : ''} Compare scores on other galaxies with care: see the notes in the table.`,
    svg: dots({ description: `Pooled RMSE: ${described}`, row: 30 }, rows, drawing),
  };
}

/**
 * The coverage of the intervals: for all answers, for reached questions, and by question. The dashed lines are the
 * intervals' levels.
 * @returns null without intervals
 */
export function coverageChart(tree: Tree, { intervals }: Evaluation, drawing: Drawing): Chart | null {
  if (intervals === undefined) return null;
  const { of, all, reached, byQuestion } = intervals;
  const rows = [
    { name: 'all answers', scores: all },
    { name: 'reached questions', scores: reached },
    ...tree.questions.map(({ number, topic }, i) => ({ name: `${number} ${topic}`, scores: byQuestion[i]! })),
  ];
  const dots = rows.flatMap(({ name, scores }) =>
    Object.entries(scores?.coverage ?? {}).map(([level, value]) => ({ name, level: `${level} %`, value })),
  );
  const levels = Object.keys(all.coverage);
  const series = seriesOf(['', ...levels.map((level) => `${level} %`)]).slice(1);
  const names = rows.map(({ name }) => name);
  return {
    name: 'coverage',
    title: 'Coverage of the intervals',
    caption: `Share of intervals that contain the observed ${of === 'votes' ? 'number of votes' : 'fraction'}; the dashed lines are their levels. Answers near zero are easy to cover. A question counts as reached if the predicted probability of reaching it is 0.5 or more.`,
    legend: series,
    svg: drawChart(
      {
        description: `Coverage of intervals of ${levels.join(', ')} %: ${dots.map(({ name, level, value }) => `${name} ${level} ${decimals(value, 3)}`).join(', ')}`,
        ...rowsSize(names, rows.length * 26, 20),
        x: { domain: [0, 1] },
        y: { type: 'band', domain: names },
        color: colourScale(series),
        marks: [
          ...valueAxis('coverage'),
          axisY({ ...AXIS, label: null }),
          ruleX(
            levels.map((level) => Number(level) / 100),
            DASHED,
          ),
          dot(dots, { x: 'value', y: 'name', fill: 'level', r: 5 }),
        ],
      },
      drawing,
    ),
  };
}

/** RMSE by question and by answer; the dashed line is the pooled RMSE. */
export function scoreCharts(
  tree: Tree,
  { rmse, rmseByQuestion, rmseByColumn }: Evaluation,
  drawing: Drawing,
): Chart[] {
  const chart = (by: string, row: number, rows: readonly Row[]): Chart => ({
    name: `rmse-by-${by}`,
    title: `RMSE by ${by}`,
    caption: 'The dashed line is the pooled RMSE of all answers.',
    svg: dots({ description: `RMSE by ${by}`, row, rule: rmse }, rows, drawing),
  });
  const questions = tree.questions.map(({ number, topic }, i) => ({
    name: `${number} ${topic}`,
    value: rmseByQuestion[i]!,
  }));
  const answers = tree.columns.map((column) => ({
    name: `${answerNumber(column)} ${column.label}`,
    value: rmseByColumn[column.name]!,
  }));
  return [chart('question', 26, questions), chart('answer', 20, answers)];
}
