/**
 * Tables of predictions, one for each model, joined by ID. They are read one after the other: in memory are one
 * table, a mean, and of each model its errors on the labelled galaxies.
 */
import type { Solutions } from '../data/solutions.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { alignTables } from './align.ts';
import type { LabelledErrors } from './ensembleScores.ts';

/** A model's predictions, wherever they come from. */
export interface EnsembleModel {
  readonly name: string;
  /**
   * Reads, or makes, the table; may be called twice.
   * @param galaxies the galaxies that it must have, where they are known
   */
  read(galaxies: Solutions | undefined): Promise<Solutions>;
}

/** What is left of all tables. */
export interface GatheredModels {
  /** The galaxies that all have, in the order of the sample or of the first table. */
  readonly galaxies: Solutions;
  /** The equal mean `[N, 37]`, in that order. */
  readonly mean: Float64Array;
  /** Where there are solutions: the galaxies that have one. */
  readonly labelled?: LabelledErrors & {
    /** Galaxies with a solution and no prediction. */
    readonly withoutPrediction: number;
  };
}

export interface GatherOptions {
  /** A table of the galaxies that every model must have, no more and no less. Default: the first model's. */
  sample?: Solutions;
  /** True fractions of some of the galaxies. */
  solutions?: Solutions;
  /** Is told before a table is read. */
  onModel?: (name: string, number: number, count: number) => void;
}

/** prediction − truth, as float32: it halves the memory, and changes no RMSE by more than 1e-7 of it. */
function differences(predictions: Float64Array, truth: Float64Array): Float32Array {
  const errors = new Float32Array(truth.length);
  for (let i = 0; i < errors.length; i++) errors[i] = predictions[i]! - truth[i]!;
  return errors;
}

/**
 * Reads every model's table once.
 * @throws UserError that names what is missing where, if the tables are not of the same galaxies, or no galaxy of theirs
 * is among the solutions
 * @example
 * const models = ['a.csv', 'b.csv'].map((path) => ({ name: path, read: () => readSolutions(GALAXY_ZOO_2, path) }));
 * const { galaxies, mean, labelled } = await gatherModels(models, { solutions });
 */
export async function gatherModels(
  models: readonly EnsembleModel[],
  { sample, solutions, onModel }: GatherOptions = {},
): Promise<GatheredModels> {
  let galaxies = sample;
  let mean: Float64Array | undefined;
  let labelled: { ids: string[]; truth: Float64Array; withoutPrediction: number } | undefined;
  const errors: Float32Array[] = [];
  for (const [i, model] of models.entries()) {
    onModel?.(model.name, i + 1, models.length);
    const table = await model.read(galaxies);
    galaxies ??= table;
    mean ??= new Float64Array(galaxies.ids.length * GALAXY_ZOO_2.columns.length);
    addWeighted(mean, alignTables(galaxies, table).predictions, 1 / models.length);
    if (solutions === undefined) continue;
    const { ids, truth, predictions, withoutPrediction } = alignTables(solutions, table, { partial: true });
    labelled ??= { ids, truth, withoutPrediction: withoutPrediction.length };
    errors.push(differences(predictions, truth));
  }
  if (galaxies === undefined || mean === undefined) throw new RangeError('expected at least one model');
  return { galaxies, mean, labelled: labelled && { ...labelled, errors } };
}

function addWeighted(sum: Float64Array, values: Float64Array, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[i]!;
}

/**
 * The weighted mean of the models' tables, which are read again, as far as they have any weight.
 * @param galaxies gives the order of the rows
 * @returns `[N, 37]`
 * @example const fractions = await weightedMean(models, [0.31, 0.69], galaxies);
 */
export async function weightedMean(
  models: readonly EnsembleModel[],
  weights: readonly number[],
  galaxies: Solutions,
): Promise<Float64Array> {
  const sum = new Float64Array(galaxies.ids.length * GALAXY_ZOO_2.columns.length);
  for (const [i, model] of models.entries()) {
    if (weights[i] === 0) continue;
    addWeighted(sum, alignTables(galaxies, await model.read(galaxies)).predictions, weights[i]!);
  }
  return sum;
}
