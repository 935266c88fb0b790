/** What is measured of an epoch. */
import type { HistoryEpoch } from '../report/runReport.ts';

/**
 * One line of `metrics.jsonl`. Loss and RMSE are over the galaxies as they were trained on: random views, before each step;
 * the validation's over its galaxies, neutral view, after the epoch.
 */
export interface EpochMetrics extends HistoryEpoch {
  /** Since the epoch began, or was resumed; validation is not in it. */
  readonly imagesPerSecond: number;
  readonly seconds: number;
}
