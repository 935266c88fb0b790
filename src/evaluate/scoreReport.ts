/** What the page of a run shows of its scores. */
import type { CalibrationBin, ReferencePoint, RunReport } from '../report/runReport.ts';
import type { AnswerCalibration } from './calibration.ts';
import type { Evaluation } from './evaluation.ts';

function references({ meanPredictorRmse, centralPixelRmse, kaggleScores }: Evaluation): ReferencePoint[] {
  const points: ReferencePoint[] = [
    { name: 'mean predictor', rmse: meanPredictorRmse, note: 'the same galaxies' },
  ];
  if (typeof centralPixelRmse === 'number') {
    const note = "the same galaxies, Kaggle's central-pixel benchmark fitted on the other half";
    points.push({ name: 'central pixels', rmse: centralPixelRmse, note });
  }
  const kaggle = kaggleScores.map(({ name, what, rmse }) => ({
    name,
    rmse,
    note: `Kaggle's test set, ${what}`,
  }));
  return [...points, ...kaggle];
}

/** The bins with galaxies in them. */
function filledBins({ counts, predicted, observed }: AnswerCalibration): CalibrationBin[] {
  return counts.flatMap((count, bin) =>
    count === 0 ? [] : [{ predicted: predicted[bin]!, true: observed[bin]!, count }],
  );
}

/**
 * An evaluation as parts of a run's page.
 * @param about what was scored, for people: `validation galaxies, neutral view`
 * @example await writeRunReport('runs/first', { title: 'first', writtenAt, ...scoreReport(evaluation, 'test galaxies') });
 */
export function scoreReport(
  evaluation: Evaluation,
  about: string,
): Required<Pick<RunReport, 'scores' | 'references' | 'confusions' | 'calibration'>> {
  const { galaxies, rmse, rmseInterval, rmseMeanOfColumns, rmseByQuestion, rmseByColumn } = evaluation;
  const scores = { about, galaxies, rmse, rmseMeanOfColumns, rmseByQuestion, rmseByColumn };
  const byColumn = Object.entries(evaluation.calibration.byColumn);
  return {
    scores: rmseInterval === null ? scores : { ...scores, interval: rmseInterval },
    references: references(evaluation),
    confusions: evaluation.questions.map(({ number, confusion }) => ({
      question: number,
      counts: confusion,
    })),
    calibration: Object.fromEntries(byColumn.map(([name, answer]) => [name, filledBins(answer)])),
  };
}
