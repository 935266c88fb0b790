/** What a training is given besides its settings, and who is told what happens, as it happens. */
import type { MemoryEstimate } from '../engine/runtime/memory.ts';
import type { Placement } from '../node/runtime/profile.ts';
import type { DataObserver } from '../run/data.node.ts';
import type { EpochMetrics } from './metrics.ts';

/** How far an epoch is. */
export interface Progress {
  /** Counted from 1. */
  epoch: number;
  epochs: number;
  /** Steps of the epoch that are done, and that it has. */
  step: number;
  steps: number;
  /** Over what the epoch has seen so far. */
  loss: number;
  rmse: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

/** Is told what happens, as it happens. */
export interface TrainingObserver extends DataObserver {
  progress(progress: Progress): void;
  epoch(metrics: EpochMetrics): void;
  /** What the training will take, before anything large is allocated. */
  memory?(estimate: MemoryEstimate): void;
  /** Gives who is to be told on which device a program's operations ran, if anyone is. */
  placement?(program: string): ((placement: Placement) => void) | undefined;
}

/** What a training is given besides its settings. */
export interface TrainOptions {
  /** Go on with the run that is in the folder. */
  resume?: boolean;
  /**
   * Where the settings' galaxies lie decoded, or are to lie, for several trainings; it stays there. Default: a file in the
   * folder, for as long as the training takes.
   */
  store?: string;
  /** Stops the training after the step that is under way, with a checkpoint. */
  signal?: AbortSignal;
  observer: TrainingObserver;
}
