/** Scores of models and their averages: selected and fitted on one half of the labelled galaxies, scored on the other. */
import { splitGalaxies } from '../data/split.ts';
import { UserError } from '../errors.ts';
import type { Tree } from '../tree/tree.ts';
import { combinedRmse, errorProducts, fittedWeights, greedySelection, ranking, shares } from './ensemble.ts';

/** The errors of several models on the same labelled galaxies. */
export interface LabelledErrors {
  /** `[L]` */
  readonly ids: readonly string[];
  /** `[L, columns]`, NaN where unknown */
  readonly truth: Float64Array;
  /** For each model, prediction − truth `[L, columns]`. */
  readonly errors: readonly Float32Array[];
}

/** Pooled RMSEs of one prediction. */
export interface HalvedRmse {
  /** On all labelled galaxies. */
  readonly rmse: number;
  /** On the choosing half, where models are selected and weights fitted. */
  readonly choosing: number;
  /** On the other half: the score to trust. */
  readonly heldOut: number;
}

/** Weights of the models, chosen on the choosing half alone. */
interface Weighting extends HalvedRmse {
  /** `[n]`, of sum 1. */
  readonly weights: readonly number[];
  /** Held-out RMSE of equal weights minus that of these weights. */
  readonly gain: number;
}

/** The weightings, simplest first. `bestTogether` averages the best k models; k scored best on the choosing half. */
export const WEIGHTINGS = ['bestSingle', 'equal', 'bestTogether', 'greedy', 'fitted'] as const;

/** Result of `scoreEnsemble`. */
export interface EnsembleScores {
  readonly galaxies: number;
  /** Galaxies in the choosing half, and in the other. */
  readonly choosingGalaxies: number;
  readonly heldOutGalaxies: number;
  readonly seed: number;
  /** In the given order: the report's Table 2. */
  readonly models: readonly (HalvedRmse & { name: string })[];
  /** The best 1, 2, …, n models together, ranked on the choosing half: the report's Table 3. */
  readonly bestTogether: readonly (HalvedRmse & { models: number; added: string })[];
  readonly weightings: Readonly<Record<(typeof WEIGHTINGS)[number], Weighting>>;
}

/**
 * Scores single models, the best k together, and weighted averages. The halves are split by a hash of (seed, ID),
 * stratified by the leading answer to the first question. Galaxies without a known fraction are skipped.
 * @param names of the models
 * @throws UserError if there are fewer than two galaxies
 */
export function scoreEnsemble(
  tree: Tree,
  names: readonly string[],
  { ids, truth, errors }: LabelledErrors,
  seed: number,
): EnsembleScores {
  const columns = tree.columns.length;
  const labelled = ids
    .map((id, row) => ({ id, row, fractions: truth.subarray(row * columns, (row + 1) * columns) }))
    .filter(({ fractions }) => !fractions.every(Number.isNaN));
  const galaxies = labelled.length;
  if (galaxies < 2) {
    throw new UserError(
      `expected two labelled galaxies or more, to choose on one half and score on the other; got ${galaxies}`,
    );
  }
  const halves = splitGalaxies(tree, labelled, { validation: 0.5 }, seed);
  const productsOf = (half: readonly { row: number }[]) =>
    errorProducts(
      errors,
      columns,
      half.map(({ row }) => row),
    );
  const [choosing, heldOut] = [productsOf(halves.training), productsOf(halves.validation)];
  const [some, others] = [choosing.cells / columns, heldOut.cells / columns];
  const score = (weights: ArrayLike<number>): HalvedRmse => {
    const [a, b] = [combinedRmse(choosing, weights), combinedRmse(heldOut, weights)];
    return {
      rmse: Math.sqrt((a ** 2 * some + b ** 2 * others) / (some + others)),
      choosing: a,
      heldOut: b,
    };
  };

  const order = ranking(choosing);
  const best = (count: number) => shares(names.length, order.slice(0, count));
  const bestTogether = order.map((added, k) => ({
    models: k + 1,
    added: names[added]!,
    ...score(best(k + 1)),
  }));
  const winner = bestTogether.reduce((a, b) => (b.choosing < a.choosing ? b : a));
  const equal = score(best(names.length));
  const weigh = (weights: Float64Array): Weighting => {
    const scores = score(weights);
    return { weights: Array.from(weights), ...scores, gain: equal.heldOut - scores.heldOut };
  };
  return {
    galaxies,
    choosingGalaxies: halves.training.length,
    heldOutGalaxies: halves.validation.length,
    seed,
    models: names.map((name, model) => ({ name, ...score(shares(names.length, [model])) })),
    bestTogether,
    weightings: {
      bestSingle: weigh(best(1)),
      equal: weigh(best(names.length)),
      bestTogether: weigh(best(winner.models)),
      greedy: weigh(greedySelection(choosing).weights),
      fitted: weigh(fittedWeights(choosing)),
    },
  };
}
