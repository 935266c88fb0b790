/** Small charts, one a question: confusion matrices and calibration. */
import { axisX, axisY, cell, dot, gridX, gridY, line, lineY, text } from '@observablehq/plot';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Chart } from './chart.ts';
import { type Drawing, drawChart } from './drawing.ts';
import type { CalibrationBin, QuestionConfusion } from './runReport.ts';
import { seriesOf } from './series.ts';

/** Pixels; three stand side by side on a desk, one on a phone. */
export const SMALL_WIDTH = 400;

/** The words of a question's answers, `smooth`. */
function answersOf(question: number): string[] {
  const { topic } = GALAXY_ZOO_2.questions[question - 1]!;
  return GALAXY_ZOO_2.columns
    .filter((column) => column.question === question)
    .map(({ label }) => label.slice(topic.length + 2));
}

const titleOf = (question: number) => `${question} ${GALAXY_ZOO_2.questions[question - 1]!.topic}`;

/**
 * A confusion matrix: rows are the leading answers of the votes, columns of the predictions; the colour is the share of
 * the row.
 *
 * @throws RangeError where the matrix has not a row and a column for each answer
 * @example confusionChart({ question: 1, counts: [[1658, 211, 0], [306, 2132, 0], [0, 2, 2]] }, nodeDrawing()).svg
 */
export function confusionChart({ question, counts }: QuestionConfusion, drawing: Drawing): Chart {
  const answers = answersOf(question);
  if (counts.length !== answers.length || counts.some((row) => row.length !== answers.length)) {
    throw new RangeError(
      `Q${question}: expected ${answers.length} × ${answers.length} counts, got ${counts.length} rows of ${counts.map((row) => row.length).join(', ')}`,
    );
  }
  const cells = counts.flatMap((row, i) => {
    const support = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => ({
      truth: answers[i],
      predicted: answers[j],
      count,
      share: support === 0 ? 0 : count / support,
    }));
  });
  const total = cells.reduce((sum, { count }) => sum + count, 0);
  const hits = counts.reduce((sum, row, i) => sum + row[i]!, 0);
  const longest = Math.max(...answers.map((answer) => answer.length)) * 8;
  const [left, bottom] = [longest + 44, longest * 0.75 + 50];
  const right = Math.max(16, 90 - 20 * answers.length);
  const side = Math.min(64, (SMALL_WIDTH - left - right) / answers.length);
  const share = total === 0 ? 'no galaxy came here' : `${((100 * hits) / total).toFixed(1)} % agree`;
  const rows = counts.map((row, i) => `${answers[i]}: ${row.join(', ')}`).join('; ');
  return {
    name: `confusion-${question}`,
    title: `Leading answers: ${titleOf(question)}`,
    caption: `${total.toLocaleString('en-US')} galaxies, ${share}`,
    svg: drawChart(
      {
        description: `Confusion of question ${question}, rows true, columns predicted. ${rows}`,
        width: SMALL_WIDTH,
        height: side * answers.length + bottom + 12,
        marginLeft: left,
        marginRight: SMALL_WIDTH - left - side * answers.length,
        marginTop: 12,
        marginBottom: bottom,
        x: { type: 'band', domain: answers, padding: 0.04 },
        y: { type: 'band', domain: answers, padding: 0.04 },
        opacity: { domain: [0, 1], range: [0.05, 0.6] },
        marks: [
          axisX({
            label: 'predicted',
            tickSize: 0,
            tickRotate: -45,
            labelAnchor: 'center',
            labelArrow: 'none',
            labelOffset: bottom - 8,
          }),
          axisY({
            label: 'votes',
            tickSize: 0,
            labelAnchor: 'center',
            labelArrow: 'none',
            labelOffset: left - 12,
          }),
          cell(cells, {
            x: 'predicted',
            y: 'truth',
            fill: 'var(--series-2, #1d63c9)',
            fillOpacity: { value: 'share', scale: true },
          }),
          text(cells, { x: 'predicted', y: 'truth', text: ({ count }) => count.toLocaleString('en-US') }),
        ],
      },
      drawing,
    ),
  };
}

/**
 * Calibration of a question's answers: each dot a bin of predictions, its mean against the mean of the votes. On the
 * dashed line predictions are right on average.
 *
 * @param calibration bins by column name, `Class4.1`
 * @returns null where no answer has a bin
 * @example calibrationChart(1, { 'Class1.1': [{ predicted: 0.1, true: 0.12, count: 40 }] }, nodeDrawing())?.svg
 */
export function calibrationChart(
  question: number,
  calibration: Readonly<Record<string, readonly CalibrationBin[]>>,
  drawing: Drawing,
): Chart | null {
  const names = answersOf(question);
  const points = names.flatMap((name, i) =>
    (calibration[`Class${question}.${i + 1}`] ?? [])
      .filter(({ count }) => count > 0)
      .map((bin) => ({ name, predicted: bin.predicted, true: bin.true, count: bin.count })),
  );
  if (points.length === 0) return null;
  const series = seriesOf(['', ...names]).slice(1);
  const diagonal = [
    [0, 0],
    [1, 1],
  ] as const;
  const axis = {
    ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
    tickSize: 0,
    labelAnchor: 'center',
    labelArrow: 'none',
  } as const;
  return {
    name: `calibration-${question}`,
    title: `Calibration: ${titleOf(question)}`,
    caption: `${names.length} answers; the larger a dot, the more galaxies`,
    legend: series,
    svg: drawChart(
      {
        description: `Calibration of question ${question}: mean of the votes by predicted fraction, for ${names.join(', ')}`,
        width: SMALL_WIDTH,
        height: SMALL_WIDTH - 30,
        marginLeft: 62,
        marginRight: 18,
        marginTop: 12,
        marginBottom: 48,
        x: { domain: [0, 1] },
        y: { domain: [0, 1] },
        r: { type: 'sqrt', domain: [0, Math.max(...points.map(({ count }) => count))], range: [1.5, 8] },
        color: { type: 'ordinal', domain: names, range: series.map(({ colour }) => colour) },
        marks: [
          axisX({ ...axis, label: 'predicted fraction', labelOffset: 40 }),
          axisY({ ...axis, label: 'fraction of votes', labelOffset: 52 }),
          gridX({ ticks: axis.ticks, strokeOpacity: 0.12 }),
          gridY({ ticks: axis.ticks, strokeOpacity: 0.12 }),
          line(diagonal, { strokeDasharray: '4 4', strokeOpacity: 0.6 }),
          lineY(points, { x: 'predicted', y: 'true', z: 'name', stroke: 'name', strokeOpacity: 0.5 }),
          dot(points, { x: 'predicted', y: 'true', fill: 'name', r: 'count', fillOpacity: 0.8 }),
        ],
      },
      drawing,
    ),
  };
}
