/** Scores of a run: among reference points, by question and by answer. */
import { axisX, axisY, dot, gridX, type Markish, ruleX, ruleY, text } from '@observablehq/plot';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Chart } from './chart.ts';
import { type Drawing, drawChart } from './drawing.ts';
import type { ReferencePoint, RunScores } from './runReport.ts';

const WIDTH = 720;
const LETTER = 8;
const ACCENT = 'var(--series-1, #c2410c)';

interface Row {
  name: string;
  value: number;
  low?: number;
  high?: number;
  isOwn?: boolean;
}

/** A dot a row, with its value beside it. */
function dots(
  { description, row, rule }: { description: string; row: number; rule?: number },
  rows: readonly Row[],
  drawing: Drawing,
): string {
  const own = rows.filter(({ isOwn }) => isOwn);
  const marks: Markish[] = [
    axisX({
      label: 'RMSE, less is better',
      ticks: 6,
      tickSize: 0,
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 44,
    }),
    gridX({ ticks: 6, strokeOpacity: 0.12 }),
    axisY({ label: null, tickSize: 0 }),
    ...(rule === undefined ? [] : [ruleX([rule], { strokeDasharray: '4 4', strokeOpacity: 0.7 })]),
    ruleY(
      rows.filter(({ low }) => low !== undefined),
      { y: 'name', x1: 'low', x2: 'high', stroke: ACCENT, strokeWidth: 8, strokeOpacity: 0.25 },
    ),
    dot(rows, { x: 'value', y: 'name', fill: 'currentColor', r: 4 }),
    dot(own, { x: 'value', y: 'name', fill: ACCENT, r: 6 }),
    text(rows, {
      x: ({ value, high }: Row) => high ?? value,
      y: 'name',
      text: ({ value }: Row) => value.toFixed(4),
      textAnchor: 'start',
      dx: 12,
      fontVariant: 'tabular-nums',
    }),
  ];
  return drawChart(
    {
      description,
      width: WIDTH,
      height: rows.length * row + 64,
      marginLeft: Math.max(...rows.map(({ name }) => [...name].length)) * LETTER + 20,
      marginRight: 70,
      marginTop: 10,
      marginBottom: 54,
      x: { nice: true, inset: 8 },
      y: { type: 'band', domain: rows.map(({ name }) => name) },
      marks,
    },
    drawing,
  );
}

/**
 * A run among reference points, the best first; the band is the interval of its score.
 * @example standingChart(scores, [{ name: 'mean predictor', rmse: 0.1497 }], nodeDrawing()).svg
 */
export function standingChart(
  scores: RunScores,
  references: readonly ReferencePoint[],
  drawing: Drawing,
): Chart {
  const own: Row = { name: 'this run', value: scores.rmse, ...scores.interval, isOwn: true };
  const others = references.map(({ name, rmse }): Row => ({ name, value: rmse }));
  const rows = [own, ...others].sort((a, b) => a.value - b.value);
  const band = scores.interval === undefined ? '' : ' The band is its 95 % interval.';
  return {
    name: 'standing',
    title: 'This run and others',
    caption: `Pooled RMSE.${band} Scores on other galaxies can be set beside it only with care: see the notes in the table.`,
    svg: dots(
      {
        description: `Pooled RMSE: ${rows.map(({ name, value }) => `${name} ${value.toFixed(5)}`).join(', ')}`,
        row: 30,
      },
      rows,
      drawing,
    ),
  };
}

/**
 * RMSE by question and, where told, by answer; the dashed line is the pooled RMSE of all.
 * @example scoreCharts(scores, nodeDrawing()).map(({ name }) => name) // ['rmse-by-question', 'rmse-by-answer']
 */
export function scoreCharts(scores: RunScores, drawing: Drawing): Chart[] {
  const { rmse, rmseByQuestion, rmseByColumn } = scores;
  const questions = GALAXY_ZOO_2.questions.map(({ number, topic }, i) => ({
    name: `${number} ${topic}`,
    value: rmseByQuestion[i]!,
  }));
  const answers = GALAXY_ZOO_2.columns.flatMap(({ name, question, answer, label }) => {
    const value = rmseByColumn?.[name];
    return value === undefined ? [] : [{ name: `${question}.${answer} ${label}`, value }];
  });
  const caption = 'The dashed line is the pooled RMSE of all answers.';
  const byQuestion: Chart = {
    name: 'rmse-by-question',
    title: 'RMSE by question',
    caption,
    svg: dots({ description: 'RMSE by question', row: 26, rule: rmse }, questions, drawing),
  };
  if (answers.length === 0) return [byQuestion];
  return [
    byQuestion,
    {
      name: 'rmse-by-answer',
      title: 'RMSE by answer',
      caption,
      svg: dots({ description: 'RMSE by answer', row: 20, rule: rmse }, answers, drawing),
    },
  ];
}
