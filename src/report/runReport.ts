/** What the page of a run is drawn from: plain data, as it can be told while training runs and when all is measured. */
import type { NetworkDiagram } from './diagram.ts';

/** One epoch, as a line of `metrics.jsonl` has it. */
export interface HistoryEpoch {
  /** Counted from 1. */
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: number;
  /** Over the galaxies as they were trained on. */
  readonly rmse: number;
  /** Null where no galaxies are kept. */
  readonly validationRmse: number | null;
  /** Of the averaged weights, where they are kept. */
  readonly averagedValidationRmse?: number | null;
}

/** Scores on labelled galaxies; all RMSEs are in units of vote fraction. */
export interface RunScores {
  /** What was scored, for people: `validation galaxies, neutral view`. */
  readonly about?: string;
  readonly galaxies: number;
  /** Pooled over galaxies and columns: Kaggle's score. */
  readonly rmse: number;
  /** 95 % interval of the pooled RMSE. */
  readonly interval?: { readonly low: number; readonly high: number };
  readonly rmseMeanOfColumns: number;
  /** `[11]`. */
  readonly rmseByQuestion: readonly number[];
  /** By column name, `Class4.1`. */
  readonly rmseByColumn?: Readonly<Record<string, number>>;
}

/** A score to measure a run against. */
export interface ReferencePoint {
  readonly name: string;
  readonly rmse: number;
  /** On which galaxies, and what else is to be known. */
  readonly note?: string;
}

/** How often which answer leads a question, in the votes and in the predictions. */
export interface QuestionConfusion {
  /** Number of the question, 1…11. */
  readonly question: number;
  /** `[answers][answers]`, rows true, columns predicted, of the galaxies that came to the question. */
  readonly counts: readonly (readonly number[])[];
}

/** Galaxies whose predicted fractions are nearly the same. */
export interface CalibrationBin {
  /** Mean of the predictions, 0…1. */
  readonly predicted: number;
  /** Mean of the true fractions. */
  readonly true: number;
  readonly count: number;
}

/** One galaxy with its votes and what was predicted. */
export interface GalaxyExample {
  readonly id: string;
  /** Its picture as a data: URI; `thumbnail` makes one. */
  readonly image?: string;
  /** True fractions, `[37]`. */
  readonly truth: ArrayLike<number>;
  /** `[37]`. */
  readonly prediction: ArrayLike<number>;
}

/** Galaxies worth a look; see `chooseExamples`. */
export interface RunExamples {
  readonly best: readonly GalaxyExample[];
  readonly worst: readonly GalaxyExample[];
  readonly uncertain: readonly GalaxyExample[];
}

/** All that the page of a run may show. What is absent is left out of the page. */
export interface RunReport {
  readonly title: string;
  /** When this was put together, ISO 8601: `2026-11-23T01:28:00Z`. */
  readonly writtenAt: string;
  /** Whether the training still runs: the page says so, and reloads itself. */
  readonly isTraining?: boolean;
  /** How many epochs were planned: the length of the history's axis. */
  readonly epochs?: number;
  readonly history?: readonly HistoryEpoch[];
  readonly scores?: RunScores;
  readonly references?: readonly ReferencePoint[];
  readonly confusions?: readonly QuestionConfusion[];
  /** By column name, `Class4.1`. */
  readonly calibration?: Readonly<Record<string, readonly CalibrationBin[]>>;
  readonly examples?: RunExamples;
  /** By name; texts and numbers are shown as they are, other values as JSON. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly network?: { readonly diagram: NetworkDiagram; readonly parameters?: number };
}
