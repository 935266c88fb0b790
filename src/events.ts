/** The events of all tasks: training, comparing, predicting, evaluating, explaining. */
import { z } from 'zod';
import type { LabelledGalaxy } from './data/labels.ts';
import type { Predicted } from './model/inference.ts';
import type { TrainingPictures } from './model/trainingPictures.ts';
import type { Placement } from './platform.ts';
import type { ComparedRun } from './report/comparison.ts';
import type { Position } from './train/position.ts';

/** The metrics of an epoch: one line of `metrics.jsonl`. */
export const metricsSchema = z.object({
  /** Counted from 1. */
  epoch: z.int().min(1),
  learningRate: z.number(),
  /** Mean over the epoch's random views, each predicted before its step; `rmse` likewise. */
  loss: z.number(),
  rmse: z.number(),
  /** Over one neutral view of each validation galaxy, after the epoch; null if it was not validated. */
  validationRmse: z.number().nullable(),
  /** Mean over the same views; absent in runs of version 0.1. */
  validationLoss: z.number().nullish(),
  /** The same with the averaged weights, if averages are kept. */
  averagedValidationRmse: z.number().nullish(),
  /** Excludes validation; for a resumed epoch, covers only the rest of it. `seconds` likewise. */
  imagesPerSecond: z.number(),
  seconds: z.number(),
});

export type EpochMetrics = z.infer<typeof metricsSchema>;

/** The galaxies of a training run. */
export interface TrainingData {
  training: LabelledGalaxy[];
  validation: LabelledGalaxy[];
  test: LabelledGalaxy[];
  /** For intervals of fractions. */
  calibration: LabelledGalaxy[];
  /** A hash of galaxies, labels, weights and split. */
  digest: string;
}

/** Weights with a lower validation RMSE than all before. */
export interface BestWeights {
  state: ReadonlyMap<string, Float32Array>;
  rmse: number;
  loss: number;
  /** The weights are the moving averages. */
  isAverage: boolean;
}

/** All arrays that a training step updates, by name. They are valid until the next step. */
export type TrainingState = Readonly<Record<string, Float32Array>>;

/** The training's programs are compiled and its galaxies loaded. */
export interface StartEvent {
  kind: 'start';
  data: TrainingData;
  state: TrainingState;
  position: Position;
  /** Of a new training with galaxies enough. */
  pictures?: TrainingPictures;
}

export interface StepEvent {
  kind: 'step';
  /** Counted from 1. */
  epoch: number;
  epochs: number;
  /** Finished steps of this epoch. */
  step: number;
  /** Steps in an epoch. */
  steps: number;
  /** Means over this epoch so far. */
  loss: number;
  rmse: number;
  imagesPerSecond: number;
  /** Undefined during the first steps, which are slower than the others. */
  secondsLeft: number | undefined;
}

/** The state and position from which training can resume: at the end of an epoch, or where it was stopped. */
export interface CheckpointEvent {
  kind: 'checkpoint';
  state: TrainingState;
  position: Position;
  /** Metrics of the epoch that has ended; undefined in the middle of an epoch. */
  metrics?: EpochMetrics;
  /** Set if this epoch's weights are the best so far. */
  best?: BestWeights;
}

/** The last event of a training run. */
export interface DoneEvent {
  kind: 'done';
  /** Stopped by the signal before the last epoch. */
  stopped: boolean;
  position: Position;
  /**
   * Predicts held-out galaxies with other weights. Call it only while the event is handled.
   * Undefined without validation galaxies.
   */
  predict?: (
    weights: ReadonlyMap<string, Float32Array>,
    part: 'validation' | 'calibration',
  ) => Promise<Predicted>;
}

/** The events of the training loop. */
export type LoopEvent =
  | StartEvent
  | StepEvent
  | CheckpointEvent
  | { kind: 'epoch'; metrics: EpochMetrics }
  | DoneEvent;

export type TaskEvent =
  | { kind: 'note'; message: string }
  /** The estimated memory of a task and the memory of the machine, in bytes. Sent before anything large is allocated. */
  | { kind: 'memory'; bytes: number; machine: number }
  /** A picture was skipped: it cannot be read. */
  | { kind: 'skipped'; name: string; reason: string }
  | {
      kind: 'progress';
      doing:
        | 'decoding'
        | 'predicting'
        | 'features'
        | 'fitting'
        | 'explaining'
        | 'drawing'
        | 'reading'
        | 'downloading';
      done: number;
      total: number;
    }
  /** With `profile`: the placement of a program's operations, after its first run. */
  | { kind: 'placement'; program: string; placement: Placement }
  | LoopEvent
  /** A comparison has reached training run `number` of `count`, which starts, resumes or was already finished. */
  | { kind: 'training'; variant: string; seed: number; number: number; count: number }
  /** A training run of a comparison was scored. */
  | { kind: 'measured'; variant: string; run: ComparedRun };

/** Options of every task. */
export interface TaskOptions {
  onEvent?: (event: TaskEvent) => void;
  /** Profile each program's first run and report it as a `placement` event. */
  profile?: boolean;
}

/** Options of the tasks that a signal stops. */
export interface StoppableOptions extends TaskOptions {
  /** Stops after the current step, with a checkpoint. */
  signal?: AbortSignal;
}

/** The `onPlacement` of a device; undefined unless the task profiles. */
export function placementOf(
  { onEvent, profile }: TaskOptions,
  program: string,
): ((placement: Placement) => void) | undefined {
  return profile && onEvent ? (placement) => onEvent({ kind: 'placement', program, placement }) : undefined;
}
