/** Scores of models and their averages: selected and fitted on some labelled galaxies, scored on the others. */
import { splitGalaxies } from '../data/split.ts';
import { UserError } from '../errors.ts';
import type { Tree } from '../tree/tree.ts';
import {
  combinedRmse,
  errorProducts,
  fittedWeights,
  greedyOrder,
  greedySelection,
  ranking,
  shares,
} from './ensemble.ts';

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
export interface SplitRmse {
  /** On all labelled galaxies. */
  readonly rmse: number;
  /** On the choosing galaxies, where models are selected and weights fitted. */
  readonly choosing: number;
  /** On the other galaxies: the unbiased score. */
  readonly heldOut: number;
}

/** The mean of some models, with equal weights. */
interface Together extends SplitRmse {
  readonly models: number;
  /** The last model that was added. */
  readonly added: string;
}

/** Weights of the models, chosen on the choosing galaxies alone. */
interface Weighting extends SplitRmse {
  /** `[n]`, of sum 1. */
  readonly weights: readonly number[];
  /** Held-out RMSE of equal weights minus that of these weights. */
  readonly gain: number;
}

/** The weightings, simplest first. `bestTogether` averages the best k models; k scored best on the choosing galaxies. */
export const WEIGHTINGS = ['bestSingle', 'equal', 'bestTogether', 'greedy', 'fitted'] as const;

/** Result of `scoreEnsemble`. */
export interface EnsembleScores {
  readonly galaxies: number;
  readonly choosingGalaxies: number;
  readonly heldOutGalaxies: number;
  /** The seed of the split into halves; null if the choosing galaxies were given. */
  readonly seed: number | null;
  /** In the given order: the report's Table 2. */
  readonly models: readonly (SplitRmse & { name: string })[];
  /** The best 1, 2, …, n models together, ranked on the choosing galaxies: the report's Table 3. */
  readonly bestTogether: readonly Together[];
  /** 1, 2, …, n models together; each step adds the one that most improves the mean on the choosing galaxies. */
  readonly greedilyTogether: readonly Together[];
  readonly weightings: Readonly<Record<(typeof WEIGHTINGS)[number], Weighting>>;
}

/** The galaxies on which models are selected: half of the labelled ones, split by a hash of (seed, ID), or given ones. */
export type Choosing = { readonly seed: number } | { readonly ids: ReadonlySet<string> };

/**
 * Scores single models, several together, and weighted averages. Galaxies without a known fraction are skipped. Halves are
 * stratified by the leading answer to the first question.
 * @param names of the models
 * @throws UserError if there is no galaxy to choose on, or none to score on
 */
export function scoreEnsemble(
  tree: Tree,
  names: readonly string[],
  { ids, truth, errors }: LabelledErrors,
  choosing: Choosing,
): EnsembleScores {
  const columns = tree.columns.length;
  const labelled = ids
    .map((id, row) => ({ id, row, fractions: truth.subarray(row * columns, (row + 1) * columns) }))
    .filter(({ fractions }) => !fractions.every(Number.isNaN));
  const isChosen =
    'seed' in choosing
      ? new Set(splitGalaxies(tree, labelled, { validation: 0.5 }, choosing.seed).training)
      : new Set(labelled.filter(({ id }) => choosing.ids.has(id)));
  const some = labelled.filter((galaxy) => isChosen.has(galaxy));
  const others = labelled.filter((galaxy) => !isChosen.has(galaxy));
  if (some.length === 0 || others.length === 0) {
    const got = `${some.length} and ${others.length}`;
    throw new UserError(
      `expected labelled galaxies to choose models on and others to score them on, got ${got}`,
    );
  }
  const productsOf = (galaxies: readonly { row: number }[]) =>
    errorProducts(
      errors,
      columns,
      galaxies.map(({ row }) => row),
    );
  const [chosen, heldOut] = [productsOf(some), productsOf(others)];
  const score = (weights: ArrayLike<number>): SplitRmse => {
    const [a, b] = [combinedRmse(chosen, weights), combinedRmse(heldOut, weights)];
    const squares = a ** 2 * chosen.cells + b ** 2 * heldOut.cells;
    return { rmse: Math.sqrt(squares / (chosen.cells + heldOut.cells)), choosing: a, heldOut: b };
  };
  const first = (order: readonly number[], count: number) => shares(names.length, order.slice(0, count));
  const together = (order: readonly number[]): Together[] =>
    order.map((added, k) => ({ models: k + 1, added: names[added]!, ...score(first(order, k + 1)) }));

  const ranked = ranking(chosen);
  const best = (count: number) => first(ranked, count);
  const bestTogether = together(ranked);
  const winner = bestTogether.reduce((a, b) => (b.choosing < a.choosing ? b : a));
  const equal = score(best(names.length));
  const weigh = (weights: Float64Array): Weighting => {
    const scores = score(weights);
    return { weights: Array.from(weights), ...scores, gain: equal.heldOut - scores.heldOut };
  };
  return {
    galaxies: labelled.length,
    choosingGalaxies: some.length,
    heldOutGalaxies: others.length,
    seed: 'seed' in choosing ? choosing.seed : null,
    models: names.map((name, model) => ({ name, ...score(shares(names.length, [model])) })),
    bestTogether,
    greedilyTogether: together(greedyOrder(chosen)),
    weightings: {
      bestSingle: weigh(best(1)),
      equal: weigh(best(names.length)),
      bestTogether: weigh(best(winner.models)),
      greedy: weigh(greedySelection(chosen).weights),
      fitted: weigh(fittedWeights(chosen)),
    },
  };
}
