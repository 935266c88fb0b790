/** Everything that an evaluation holds, as text: what `evaluate --out` leaves in `evaluation.txt`. */
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { AnswerCalibration } from './calibration.ts';
import { type Evaluation, formatEvaluation } from './evaluation.ts';
import { type QuestionReport, REACHED } from './questions.ts';

/** A question's report as scikit-learn prints it, and its confusion. */
function questionText({ number, topic, galaxies, answers, confusion, reportText }: QuestionReport): string {
  const title = `Question ${number}, ${topic}: ${galaxies} galaxies`;
  if (galaxies === 0) return `${title}\n`;
  const width = Math.max(...confusion.flat().map((count) => String(count).length));
  const name = Math.max(...answers.map(({ length }) => length));
  const rows = confusion.map(
    (row, i) =>
      `  ${answers[i]!.padEnd(name)}  ${row.map((count) => String(count).padStart(width)).join('  ')}`,
  );
  return [title, ...rows, '', reportText].join('\n');
}

/** A column's bins that hold galaxies, on a line each. */
function calibrationText(label: string, rmse: number, calibration: AnswerCalibration): string {
  const { error, counts, predicted, observed } = calibration;
  const title = `${label}: RMSE ${rmse.toFixed(5)}, calibration error ${error.toFixed(5)}`;
  const lines = counts.flatMap((count, bin) =>
    count === 0
      ? []
      : [`  ${String(count).padStart(8)}  ${predicted[bin]?.toFixed(4)}  ${observed[bin]?.toFixed(4)}`],
  );
  return [title, ...lines, ''].join('\n');
}

/**
 * The evaluation in full: what `formatEvaluation` has, the reports of all questions, and each answer's error and
 * calibration.
 *
 * @param against the name of what it was compared with
 * @example
 * await writeFile('evaluation.txt', formatDetails(evaluation));
 */
export function formatDetails(evaluation: Evaluation, against?: string): string {
  const { questions, calibration, rmseByColumn } = evaluation;
  return [
    formatEvaluation(evaluation, against),
    'All questions, each of the galaxies of which at least ' +
      `${100 * REACHED} % of the volunteers came to it (rows true, columns predicted)\n`,
    ...questions.map(questionText),
    'All answers; of each bin of predictions: galaxies, mean predicted, mean true\n',
    ...GALAXY_ZOO_2.columns.map(({ name, label }) =>
      calibrationText(`${name}, ${label}`, rmseByColumn[name]!, calibration.byColumn[name]!),
    ),
  ].join('\n');
}
