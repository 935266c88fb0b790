/** The position of a training. All random numbers follow from it and the seed. */
import { z } from 'zod';
import { UserError } from '../errors.ts';

const count = z.int().min(0);

/** As a checkpoint holds it. */
export const positionSchema = z.strictObject({
  /** Counted from 0. */
  epoch: count,
  /** Finished batches of this epoch. */
  batch: count,
  /** Finished steps in all. */
  step: count,
  /** Over this epoch's finished batches. */
  sums: z.strictObject({
    galaxies: count,
    /** Each batch's loss × galaxies; with unknown labels, × known cells / columns. */
    loss: z.number(),
    /** Over all known cells. */
    squaredError: z.number().min(0),
    /** Known cells; absent if none are unknown. */
    cells: count.optional(),
  }),
  /** A digest of galaxies, labels and split: a training is not resumed with others. */
  data: z.string(),
  /** The best validation so far. */
  best: z.strictObject({ epoch: z.int().min(1), rmse: z.number().min(0) }).optional(),
});

export type Position = z.infer<typeof positionSchema>;

const NO_SUMS: Position['sums'] = { galaxies: 0, loss: 0, squaredError: 0 };

/** Before the first step. @param data the digest of the galaxies */
export const firstPosition = (data: string): Position => ({
  epoch: 0,
  batch: 0,
  step: 0,
  sums: NO_SUMS,
  data,
});

/** A batch after its step. */
export interface SeenBatch {
  galaxies: number;
  /** The mean over its known cells. */
  loss: number;
  squaredError: number;
  /** Known cells, if some may be unknown. */
  cells?: number;
}

/** @param columns of a galaxy; needed with `cells` */
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

/** At the beginning of the next epoch. @param rmse the epoch's validation RMSE, if there is one */
export function afterEpoch(position: Position, rmse: number | undefined): Position {
  const epoch = position.epoch + 1;
  const isBest = rmse !== undefined && rmse < (position.best?.rmse ?? Number.POSITIVE_INFINITY);
  return { ...position, epoch, batch: 0, sums: NO_SUMS, best: isBest ? { epoch, rmse } : position.best };
}

/** Loss and RMSE over this epoch so far. */
export function meansOf({ sums }: Position, columns: number): { loss: number; rmse: number } {
  const cells = sums.cells ?? sums.galaxies * columns;
  return { loss: sums.loss / (cells / columns), rmse: Math.sqrt(sums.squaredError / cells) };
}

/** The first value of a state that is not finite, in words. */
export function findNonFinite(state: Readonly<Record<string, Float32Array>>): string | undefined {
  for (const [name, data] of Object.entries(state)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return `'${name}' value ${at} is ${data[at]}`;
  }
  return undefined;
}

/** The size of a training, which its position has to fit. */
export interface TrainingExtent {
  epochs: number;
  /** Of an epoch. */
  steps: number;
  batchSize: number;
  /** The digest of the galaxies. */
  data: string;
}

/**
 * Checks that a training can be at a position.
 * @param file of the checkpoint, for the message
 * @throws UserError
 */
export function checkPosition(
  { epoch, batch, step, sums, data }: Position,
  { epochs, steps, batchSize, data: expected }: TrainingExtent,
  file: string,
): void {
  if (data !== expected) {
    throw new UserError(`${file}: the galaxies, their votes or their split are not those of the run`);
  }
  const refuse = (problem: string) => new UserError(`${file}: position: ${problem}`);
  if (epoch > epochs) throw refuse(`${epoch} epochs are done, of ${epochs}`);
  if (batch > steps || (epoch === epochs && batch > 0)) {
    throw refuse(`${batch} steps of epoch ${epoch + 1} are done, of ${epoch === epochs ? 0 : steps}`);
  }
  const done = epoch * steps + batch;
  if (step !== done) throw refuse(`expected step ${done} after ${epoch} epochs of ${steps}, got ${step}`);
  if (sums.galaxies !== batch * batchSize) {
    throw refuse(
      `expected sums over ${batch * batchSize} galaxies after ${batch} steps, got ${sums.galaxies}`,
    );
  }
}
