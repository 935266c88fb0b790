/** Where a training stands. All random numbers follow from it and from the seed. */
import { z } from 'zod';
import { UserError } from '../errors.ts';

const count = z.int().min(0);

/** A position as a checkpoint holds it. */
export const positionSchema = z.strictObject({
  /** Counted from 0. */
  epoch: count,
  /** Batches of this epoch that are done. */
  batch: count,
  /** Steps that are done in all. */
  step: count,
  /** Over the galaxies that the epoch has seen so far. */
  sums: z.strictObject({
    galaxies: count,
    /** Loss times galaxies. */
    loss: z.number(),
    /** Of all 37 fractions. */
    squaredError: z.number().min(0),
  }),
  /** A digest of the galaxies, their votes and their split: a run does not go on with others. */
  data: z.string(),
  /** The best validation so far. */
  best: z.strictObject({ epoch: z.int().min(1), rmse: z.number().min(0) }).optional(),
});

export type Position = z.infer<typeof positionSchema>;

/** The sums of an epoch that has seen nothing yet. */
const NO_SUMS: Position['sums'] = { galaxies: 0, loss: 0, squaredError: 0 };

/** Before the first step. @param data the digest of the galaxies */
export const firstPosition = (data: string): Position => ({
  epoch: 0,
  batch: 0,
  step: 0,
  sums: NO_SUMS,
  data,
});

/** After one more step. @param batch its galaxies @param loss their mean */
export function afterStep(position: Position, batch: number, loss: number, squaredError: number): Position {
  const { sums } = position;
  return {
    ...position,
    batch: position.batch + 1,
    step: position.step + 1,
    sums: {
      galaxies: sums.galaxies + batch,
      loss: sums.loss + loss * batch,
      squaredError: sums.squaredError + squaredError,
    },
  };
}

/** At the beginning of the next epoch. @param rmse the lowest of its validations, where it had any */
export function afterEpoch(position: Position, rmse: number | undefined): Position {
  const epoch = position.epoch + 1;
  const isBest = rmse !== undefined && rmse < (position.best?.rmse ?? Number.POSITIVE_INFINITY);
  return { ...position, epoch, batch: 0, sums: NO_SUMS, best: isBest ? { epoch, rmse } : position.best };
}

/** Loss and RMSE over what the epoch has seen. @param outputs the fractions of a galaxy */
export function meansOf({ sums }: Position, outputs: number): { loss: number; rmse: number } {
  return {
    loss: sums.loss / sums.galaxies,
    rmse: Math.sqrt(sums.squaredError / (sums.galaxies * outputs)),
  };
}

/** What a position has to fit. */
export interface TrainingExtent {
  epochs: number;
  /** Of an epoch. */
  steps: number;
  batchSize: number;
  /** The digest of the galaxies. */
  data: string;
}

/**
 * Checks that a training can have come to a position.
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
