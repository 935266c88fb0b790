/** The position of a training run. With the seed, it determines all random numbers to come. */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { TrainingData } from '../events.ts';
import type { ResolvedConfig } from './config.ts';

const count = z.int().min(0);

/** A position, as saved in a checkpoint. */
export const positionSchema = z.strictObject({
  /** The current epoch, counted from 0. */
  epoch: count,
  /** Finished batches of this epoch. */
  batch: count,
  /** Finished steps in all. */
  step: count,
  /** Sums over this epoch's finished batches. */
  sums: z.strictObject({
    galaxies: count,
    /** Σ loss × number of galaxies; with unknown labels, Σ loss × known cells / columns. */
    loss: z.number(),
    /** Σ (prediction - label)² over all known cells. */
    squaredError: z.number().min(0),
    /** Known cells; absent if all are known. */
    cells: count.optional(),
  }),
  /** A hash of galaxies, labels and split. Resuming requires the same. */
  data: z.string(),
  /** The best validation so far. */
  best: z.strictObject({ epoch: z.int().min(1), rmse: z.number().min(0) }).optional(),
});

export type Position = z.infer<typeof positionSchema>;

const NO_SUMS: Position['sums'] = { galaxies: 0, loss: 0, squaredError: 0 };

/** Steps of an epoch. Galaxies that do not fill the last batch are skipped in this epoch. */
export const stepsOf = (galaxies: number, batch: number): number => Math.floor(galaxies / batch);

/** The position before the first step. @param data the hash of the galaxies */
export const firstPosition = (data: string): Position => ({
  epoch: 0,
  batch: 0,
  step: 0,
  sums: NO_SUMS,
  data,
});

/** A batch after its step. */
interface SeenBatch {
  galaxies: number;
  /** The mean over its known cells. */
  loss: number;
  squaredError: number;
  /** Known cells, if some may be unknown. */
  cells?: number;
}

/** The position after a step. @param columns number of label columns */
export function afterStep(position: Position, seen: SeenBatch, columns: number): Position {
  const { sums } = position;
  const { galaxies, loss, squaredError, cells } = seen;
  return {
    ...position,
    batch: position.batch + 1,
    step: position.step + 1,
    sums: {
      galaxies: sums.galaxies + galaxies,
      loss: sums.loss + loss * (cells === undefined ? galaxies : cells / columns),
      squaredError: sums.squaredError + squaredError,
      ...(cells !== undefined && { cells: (sums.cells ?? 0) + cells }),
    },
  };
}

/** The position at the beginning of the next epoch. @param rmse validation RMSE of the finished one, if it was validated */
export function afterEpoch(position: Position, rmse: number | undefined): Position {
  const epoch = position.epoch + 1;
  const isBest = rmse !== undefined && rmse < (position.best?.rmse ?? Number.POSITIVE_INFINITY);
  return { ...position, epoch, batch: 0, sums: NO_SUMS, best: isBest ? { epoch, rmse } : position.best };
}

/** Mean loss and RMSE over this epoch so far. */
export function meansOf({ sums }: Position, columns: number): { loss: number; rmse: number } {
  const cells = sums.cells ?? sums.galaxies * columns;
  return { loss: sums.loss / (cells / columns), rmse: Math.sqrt(sums.squaredError / cells) };
}

/** Describes the first value of a state that is not finite: `'conv1.weight' value 3 is NaN`. */
export function findNonFinite(state: Readonly<Record<string, Float32Array>>): string | undefined {
  for (const [name, data] of Object.entries(state)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return `'${name}' value ${at} is ${data[at]}`;
  }
  return undefined;
}

/**
 * Checks that a checkpoint's position fits the settings and galaxies of its run.
 * @param file the checkpoint, for messages
 * @throws UserError
 */
export function checkPosition(
  { epoch, batch, step, sums, data }: Position,
  { epochs, batch: batchSize }: Pick<ResolvedConfig, 'epochs' | 'batch'>,
  { training, digest }: Pick<TrainingData, 'training' | 'digest'>,
  file: string,
): void {
  if (data !== digest) {
    throw new UserError(`${file}: the galaxies, their votes or their split are not those of the run`);
  }
  const steps = stepsOf(training.length, batchSize);
  const done = epoch * steps + batch;
  const refuse = (problem: string) => new UserError(`${file}: position: ${problem}`);
  if (epoch > epochs) throw refuse(`expected ${epochs} finished epochs at most, got ${epoch}`);
  if (batch > steps || (epoch === epochs && batch > 0)) {
    const most = epoch === epochs ? 0 : steps;
    throw refuse(`expected ${most} finished steps of epoch ${epoch + 1} at most, got ${batch}`);
  }
  if (step !== done) throw refuse(`expected step ${done} after ${epoch} epochs of ${steps}, got ${step}`);
  if (sums.galaxies !== batch * batchSize) {
    throw refuse(
      `expected sums over ${batch * batchSize} galaxies after ${batch} steps, got ${sums.galaxies}`,
    );
  }
}
