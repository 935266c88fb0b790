/**
 * What a network's training pictures look like, to flag pictures that are unlike them. For each group of statistics x
 * (picture/pictureStatistics.ts), the mean m and covariance C over the training galaxies are known, and a limit of the squared
 * Mahalanobis distance
 *
 *     d² = (x - m)ᵀ C⁻¹ (x - m) = |L⁻¹ (x - m)|² ,   C = L Lᵀ .
 *
 * A picture is flagged if a group exceeds its limit. The limit is the 99.5 % quantile of the distances of the training galaxies, each
 * from m and C of all others: if new galaxies are drawn like those, each group flags 0.5 % of them, so the four flag 2 % at most.
 */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import {
  type PictureStatistics,
  pictureStatistics,
  STATISTIC_GROUPS,
  type StatisticGroup,
  statisticCounts,
} from '../picture/pictureStatistics.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';

const group = z.strictObject({
  mean: z.array(z.number()),
  /** L: row i has i + 1 numbers, the last one above 0. */
  factor: z.array(z.array(z.number())),
  /** Of d². */
  limit: z.number().min(0),
});

type Group = z.infer<typeof group>;

export const trainingPicturesSchema = z.strictObject({
  /** Pictures that were measured. */
  galaxies: z.int().min(1),
  groups: z.strictObject({ brightness: group, colour: group, detail: group, size: group }),
});

export type TrainingPictures = z.infer<typeof trainingPicturesSchema>;

/** The share of galaxies within the limit of a group. */
const WITHIN = 0.995;
/** With fewer pictures, not even the farthest is a 99.5 % quantile. */
export const FEWEST_PICTURES = 200;
/** Added to each variance, so that a statistic that never changes has one: differences of 1 % count little. */
const LEAST_VARIANCE = 1e-4;

/** L of a positive definite matrix, row by row. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const factor: number[][] = [];
  for (const [i, row] of matrix.entries()) {
    factor.push([]);
    for (let j = 0; j <= i; j++) {
      const rest = row[j]! - factor[j]!.slice(0, j).reduce((sum, each, k) => sum + each * factor[i]![k]!, 0);
      factor[i]!.push(i === j ? Math.sqrt(rest) : rest / factor[j]![j]!);
    }
  }
  return factor;
}

/** d² */
function squaredDistance({ mean, factor }: Omit<Group, 'limit'>, statistics: readonly number[]): number {
  const solved: number[] = [];
  for (const [i, row] of factor.entries()) {
    const rest = solved.reduce((sum, each, j) => sum - each * row[j]!, statistics[i]! - mean[i]!);
    solved.push(rest / row[i]!);
  }
  return solved.reduce((sum, each) => sum + each * each, 0);
}

function fitGroup(rows: readonly (readonly number[])[]): Group {
  const n = rows.length;
  const columns = rows[0]!.map((_, column) => column);
  const mean = columns.map((column) => rows.reduce((sum, row) => sum + row[column]!, 0) / n);
  const covariance = columns.map((i) =>
    columns.map((j) => {
      const sum = rows.reduce((all, row) => all + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), 0);
      return sum / (n - 1) + (i === j ? LEAST_VARIANCE : 0);
    }),
  );
  const factor = cholesky(covariance);
  // d² without the galaxy itself, by the formula of Sherman and Morrison (1950).
  const distances = rows.map((row) => {
    const share = squaredDistance({ mean, factor }, row) / (n - 1);
    const weight = n / (n - 1);
    return (weight * weight * (n - 2) * share) / (1 - weight * share);
  });
  distances.sort((one, other) => one - other);
  return { mean, factor, limit: distances[Math.ceil((n + 1) * WITHIN) - 1]! };
}

/** @param pictures {@link FEWEST_PICTURES} or more */
export function fitTrainingPictures(pictures: readonly PictureStatistics[]): TrainingPictures {
  const groupOf = (name: StatisticGroup) => fitGroup(pictures.map((picture) => picture[name]));
  const groups = {
    brightness: groupOf('brightness'),
    colour: groupOf('colour'),
    detail: groupOf('detail'),
    size: groupOf('size'),
  };
  return { galaxies: pictures.length, groups };
}

/** True if a picture is unlike the training pictures. */
export const isUnlike = ({ groups }: TrainingPictures, statistics: PictureStatistics): boolean =>
  STATISTIC_GROUPS.some((name) => !(squaredDistance(groups[name], statistics[name]) <= groups[name].limit));

/**
 * True if a view in a batch is unlike the training pictures of a model; false if these are unknown.
 * @param data `[size, size, bands, capacity]`, of the model's preprocessing
 * @param column of an upright, neutral view
 */
export const isUnlikeTraining = (
  { trainingPictures, preprocessing }: { trainingPictures?: TrainingPictures; preprocessing: Preprocessing },
  data: Float32Array,
  column: number,
  capacity: number,
): boolean =>
  trainingPictures !== undefined &&
  isUnlike(trainingPictures, pictureStatistics(data, column, capacity, preprocessing));

/** @throws UserError if the numbers do not belong to a network's input @param place for messages */
export function checkTrainingPictures(
  { groups }: TrainingPictures,
  preprocessing: Preprocessing,
  place: string,
): void {
  const counts = statisticCounts(preprocessing);
  for (const name of STATISTIC_GROUPS) {
    const { mean, factor } = groups[name];
    const length = counts[name];
    const fail = (path: string, problem: string) =>
      new UserError(`${place}.groups.${name}.${path}: ${problem}`);
    if (mean.length !== length) throw fail('mean', `expected ${length} numbers, got ${mean.length}`);
    if (factor.length !== length) throw fail('factor', `expected ${length} rows, got ${factor.length}`);
    for (const [i, row] of factor.entries()) {
      if (row.length !== i + 1) throw fail(`factor.${i}`, `expected ${i + 1} numbers, got ${row.length}`);
      if (!(row[i]! > 0)) throw fail(`factor.${i}.${i}`, `expected a number above 0, got ${row[i]}`);
    }
  }
}
