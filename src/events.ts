/** The events of all tasks: training, comparing, predicting, evaluating, explaining. */

import type { LabelledGalaxy } from './data/labels.ts';
import type { Placement } from './platform.ts';
import type { ComparedRun } from './report/comparison.ts';
import type { Position } from './train/position.ts';

/** One line of `metrics.jsonl`. */
export interface EpochMetrics {
  /** Counted from 1. */
  readonly epoch: number;
  readonly learningRate: number;
  /** Means over the epoch's random views, each before its step. */
  readonly loss: number;
  readonly rmse: number;
  /** One neutral view each, after the epoch; null if no galaxies are kept for validation. */
  readonly validationRmse: number | null;
  /** The same of the averaged weights, if they are kept. */
  readonly averagedValidationRmse?: number | null;
  /** Of this epoch, or of what was left of it on a resume; validation excluded. */
  readonly imagesPerSecond: number;
  readonly seconds: number;
}

/** The galaxies of a training. */
export interface TrainingData {
  training: LabelledGalaxy[];
  validation: LabelledGalaxy[];
  /** A digest of galaxies, labels, weights and split. */
  digest: string;
}

/** Weights with a lower validation RMSE than all before. */
export interface BestWeights {
  state: ReadonlyMap<string, Float32Array>;
  rmse: number;
  /** They are the moving averages. */
  isAverage: boolean;
}

/** All arrays that a training step renews, by name; valid until the next step. */
export type TrainingState = Readonly<Record<string, Float32Array>>;

/** A training's programs are compiled and its galaxies ready. */
export interface StartEvent {
  kind: 'start';
  data: TrainingData;
  state: TrainingState;
  position: Position;
}

export interface StepEvent {
  kind: 'step';
  /** Counted from 1. */
  epoch: number;
  epochs: number;
  /** Steps of this epoch that are done. */
  step: number;
  /** Steps in an epoch. */
  steps: number;
  /** Means over this epoch so far. */
  loss: number;
  rmse: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

/** A point to which a training can return: the end of an epoch, or the step at which it was stopped. */
export interface CheckpointEvent {
  kind: 'checkpoint';
  state: TrainingState;
  position: Position;
  /** Of the epoch that has just ended; undefined in the middle of one. */
  metrics?: EpochMetrics;
  /** Set if this epoch's weights are the best so far. */
  best?: BestWeights;
}

/** The last event of a training. */
export interface DoneEvent {
  kind: 'done';
  /** Stopped by its signal before the last epoch. */
  stopped: boolean;
  position: Position;
  /**
   * Predicts the validation galaxies with given weights, `[galaxies, columns]`; callable while the event is handled.
   * Undefined without validation galaxies.
   */
  predict?: (weights: ReadonlyMap<string, Float32Array>) => Promise<Float32Array>;
}

export type TaskEvent =
  | { kind: 'note'; message: string }
  /** Estimated memory of a task, before anything large is allocated, and the machine's, in bytes. */
  | { kind: 'memory'; bytes: number; machine: number }
  /** A picture that cannot be read, and is left out. */
  | { kind: 'skipped'; name: string; reason: string }
  | {
      kind: 'progress';
      doing: 'decoding' | 'predicting' | 'explaining' | 'drawing' | 'reading';
      done: number;
      total: number;
    }
  /** Sent after a program's first run if the task was asked to profile. */
  | { kind: 'placement'; program: string; placement: Placement }
  | StartEvent
  | StepEvent
  | CheckpointEvent
  | { kind: 'epoch'; metrics: EpochMetrics }
  | DoneEvent
  /** A training of a comparison begins, goes on, or was done before; `number` of `count`. */
  | { kind: 'training'; variant: string; seed: number; number: number; count: number }
  /** A training of a comparison was scored. */
  | { kind: 'measured'; variant: string; run: ComparedRun };

/** Options of every task. */
export interface TaskOptions {
  onEvent?: (event: TaskEvent) => void;
  /** Profile each program's first run and report it as a `placement` event. */
  profile?: boolean;
}

/** The `onPlacement` of a device, if a task profiles its programs. */
export function placementOf(
  { onEvent, profile }: TaskOptions,
  program: string,
): ((placement: Placement) => void) | undefined {
  return profile && onEvent ? (placement) => onEvent({ kind: 'placement', program, placement }) : undefined;
}
