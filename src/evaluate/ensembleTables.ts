/**
 * Joins the models' tables of predictions by ID. Tables are read one after another; memory holds one table, the mean, and
 * each model's errors on the labelled galaxies.
 */
import type { Solutions } from '../data/votes.ts';
import type { Tree } from '../tree/tree.ts';
import { alignTables } from './align.ts';
import type { LabelledErrors } from './ensembleScores.ts';

/** A model's predictions, from a file or computed. */
export interface EnsembleModel {
  readonly name: string;
  /**
   * Reads or computes the table. It may be called twice.
   * @param galaxies that the table must have; undefined if they are not known yet
   */
  read(galaxies: Solutions | undefined): Promise<Solutions>;
}

/** The mean of all tables, and the models' errors on the labelled galaxies. */
interface GatheredModels {
  /** The galaxies of all tables, in the order of the sample or the first table. */
  readonly galaxies: Solutions;
  /** The equal mean `[N, columns]`, in that order. */
  readonly mean: Float64Array;
  /** The galaxies with a solution, if solutions were given. */
  readonly labelled?: LabelledErrors & {
    /** Galaxies with a solution but no prediction. */
    readonly withoutPrediction: number;
  };
}

interface GatherOptions {
  /** Table of exactly the galaxies that every model must have. Default: the first model's. */
  sample?: Solutions;
  /** True fractions of some galaxies. */
  solutions?: Solutions;
  /** Called before a table is read. */
  onModel?: (name: string, number: number, count: number) => void;
}

/** prediction − truth in float32: half the memory, and relative errors of RMSEs below 1e-7. */
function differences(predictions: Float64Array, truth: Float64Array): Float32Array {
  const errors = new Float32Array(truth.length);
  for (let i = 0; i < errors.length; i++) errors[i] = predictions[i]! - truth[i]!;
  return errors;
}

/**
 * Reads every model's table once.
 * @throws UserError that names what is missing where, if the tables' galaxies differ or none of them has a solution
 */
export async function gatherModels(
  tree: Tree,
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
    mean ??= new Float64Array(galaxies.ids.length * tree.columns.length);
    addWeighted(mean, alignTables(tree, galaxies, table).predictions, 1 / models.length);
    if (solutions === undefined) continue;
    const { ids, truth, predictions, withoutPrediction } = alignTables(tree, solutions, table, {
      partial: true,
    });
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
 * The weighted mean of the models' tables. Reads each table of nonzero weight again.
 * @param galaxies the order of the rows
 * @returns `[N, columns]`
 */
export async function weightedMean(
  tree: Tree,
  models: readonly EnsembleModel[],
  weights: readonly number[],
  galaxies: Solutions,
): Promise<Float64Array> {
  const sum = new Float64Array(galaxies.ids.length * tree.columns.length);
  for (const [i, model] of models.entries()) {
    if (weights[i] === 0) continue;
    addWeighted(sum, alignTables(tree, galaxies, await model.read(galaxies)).predictions, weights[i]!);
  }
  return sum;
}
