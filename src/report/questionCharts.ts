/** Small charts, one per question: confusion matrices and calibration. */
import { axisX, axisY, cell, dot, gridX, gridY, line, lineY, text } from '@observablehq/plot';
import type { Calibration } from '../evaluate/calibration.ts';
import type { QuestionReport } from '../evaluate/questions.ts';
import type { Question, Tree } from '../tree/tree.ts';
import type { Chart } from './chart.ts';
import { CENTRED_AXIS, colourScale, DASHED, drawChart, GRID } from './drawing.ts';
import { seriesColour, seriesOf } from './palette.ts';
import { type Drawing, textWidth } from './svg.ts';
import { inGroups, percent } from './table.ts';

/** Pixels; three fit side by side on a desktop, one on a phone. */
const WIDTH = 400;

/** A confusion matrix: leading answers of the votes by those of the predictions, coloured by the share of the row. */
export function confusionChart(
  { questions }: Tree,
  { number, topic, answers, confusion, accuracy, galaxies }: QuestionReport,
  drawing: Drawing,
): Chart {
  const cells = confusion.flatMap((row, i) => {
    const support = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => ({
      truth: answers[i],
      predicted: answers[j],
      count,
      share: support === 0 ? 0 : count / support,
    }));
  });
  const longest = Math.max(...answers.map((answer) => textWidth(answer)));
  const [left, bottom] = [longest + 44, longest * 0.75 + 50];
  const right = Math.max(16, 90 - 20 * answers.length);
  const side = Math.min(64, (WIDTH - left - right) / answers.length);
  const rows = confusion.map((row, i) => `${answers[i]}: ${row.join(', ')}`).join('; ');
  const band = { type: 'band', domain: answers, padding: 0.04 } as const;
  return {
    name: `confusion-${number}`,
    title: `Leading answers: ${number} ${topic}`,
    caption: `${questions[number - 1]!.text} ${inGroups(galaxies)} galaxies, ${accuracy === null ? 'none reached this question' : `${percent(accuracy)} agree`}.`,
    svg: drawChart(
      {
        description: `Confusion of question ${number}, rows true, columns predicted. ${rows}`,
        width: WIDTH,
        height: side * answers.length + bottom + 12,
        marginLeft: left,
        marginRight: WIDTH - left - side * answers.length,
        marginTop: 12,
        marginBottom: bottom,
        x: band,
        y: band,
        opacity: { domain: [0, 1], range: [0.05, 0.6] },
        marks: [
          axisX({ ...CENTRED_AXIS, label: 'predicted', tickRotate: -45, labelOffset: bottom - 8 }),
          axisY({ ...CENTRED_AXIS, label: 'votes', labelOffset: left - 12 }),
          cell(cells, {
            x: 'predicted',
            y: 'truth',
            fill: seriesColour(2),
            fillOpacity: { value: 'share', scale: true },
          }),
          text(cells, { x: 'predicted', y: 'truth', text: ({ count }) => inGroups(count) }),
        ],
      },
      drawing,
    ),
  };
}

/**
 * Calibration of a question's answers. Each dot is a bin of predictions: their mean, and the mean of the votes.
 * @returns null if all bins are empty
 */
export function calibrationChart(
  { columns }: Tree,
  { number, topic, text: wording, start, end }: Question,
  { byColumn }: Calibration,
  drawing: Drawing,
): Chart | null {
  const answers = columns.slice(start, end);
  const points = answers.flatMap(({ name, text }) => {
    const { counts, predicted, observed } = byColumn[name]!;
    const bins = counts.map((count, bin) => ({
      name: text,
      predicted: predicted[bin]!,
      observed: observed[bin]!,
      count,
    }));
    return bins.filter(({ count }) => count > 0);
  });
  if (points.length === 0) return null;
  const series = seriesOf(['', ...answers.map(({ text }) => text)]).slice(1);
  const diagonal = [
    [0, 0],
    [1, 1],
  ] as const;
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return {
    name: `calibration-${number}`,
    title: `Calibration: ${number} ${topic}`,
    caption: `${wording} The larger a dot, the more galaxies.`,
    legend: series,
    svg: drawChart(
      {
        description: `Calibration of question ${number}: mean of the votes by predicted fraction, for ${answers.map(({ text }) => text).join(', ')}`,
        width: WIDTH,
        height: WIDTH - 30,
        marginLeft: 62,
        marginRight: 18,
        marginTop: 12,
        marginBottom: 48,
        x: { domain: [0, 1] },
        y: { domain: [0, 1] },
        r: { type: 'sqrt', domain: [0, Math.max(...points.map(({ count }) => count))], range: [1.5, 8] },
        color: colourScale(series),
        marks: [
          axisX({ ...CENTRED_AXIS, ticks, label: 'predicted fraction', labelOffset: 40 }),
          axisY({ ...CENTRED_AXIS, ticks, label: 'fraction of votes', labelOffset: 52 }),
          gridX({ ...GRID, ticks }),
          gridY({ ...GRID, ticks }),
          line(diagonal, DASHED),
          lineY(points, { x: 'predicted', y: 'observed', z: 'name', stroke: 'name', strokeOpacity: 0.5 }),
          dot(points, { x: 'predicted', y: 'observed', fill: 'name', r: 'count', fillOpacity: 0.8 }),
        ],
      },
      drawing,
    ),
  };
}
