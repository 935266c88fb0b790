/** The scores of models, together and apart: chosen and fitted on one half of the labelled galaxies, scored on the other. */
import { splitGalaxies } from '../data/split.ts';
import { UserError } from '../errors.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import {
  bestTogether,
  combinedRmse,
  errorProducts,
  fittedWeights,
  greedySelection,
  ranking,
  shares,
} from './ensemble.ts';

/** The errors of several models on the same labelled galaxies. */
export interface LabelledErrors {
  /** `[L]` */
  readonly ids: readonly string[];
  /** `[L, 37]` */
  readonly truth: Float64Array;
  /** For each model, prediction − truth `[L, 37]`. */
  readonly errors: readonly Float32Array[];
}

/** Pooled RMSEs of one prediction. */
export interface HalvedRmse {
  /** On all labelled galaxies. */
  readonly rmse: number;
  /** On the half that decides. */
  readonly choosing: number;
  /** On the half that decides nothing: the honest score. */
  readonly heldOut: number;
}

/** A way to weigh the models, decided on the choosing half alone. */
export interface Weighting extends HalvedRmse {
  /** `[n]`, of sum 1. */
  readonly weights: readonly number[];
  /** How much lower than that of equal weights the RMSE on the half held out is; negative where it is higher. */
  readonly gain: number;
}

/** The ways, from the simplest. `bestTogether` is the number of best models that was best on the choosing half. */
export const WEIGHTINGS = ['bestSingle', 'equal', 'bestTogether', 'greedy', 'fitted'] as const;

/** What {@link scoreEnsemble} finds; plain data. */
export interface EnsembleScores {
  readonly galaxies: number;
  /** Galaxies in the half that decides, and in the other. */
  readonly choosingGalaxies: number;
  readonly heldOutGalaxies: number;
  readonly seed: number;
  /** In the order given: the report's Table 2. */
  readonly models: readonly (HalvedRmse & { name: string })[];
  /** The best 1…n together, best by the choosing half: the report's Table 3. */
  readonly bestTogether: readonly (HalvedRmse & { models: number; added: string })[];
  readonly weightings: Readonly<Record<(typeof WEIGHTINGS)[number], Weighting>>;
}

/**
 * Scores models apart, the best together, and weighted. The halves are split by a hash of (seed, ID), stratified by
 * the leading answer to Q1; all choices are made on one of them.
 *
 * @param names of the models
 * @throws UserError where there are fewer than two galaxies
 * @example
 * const { labelled } = await gatherModels(models, { solutions });
 * if (labelled) scoreEnsemble(['a.csv', 'b.csv'], labelled, 1).weightings.fitted.weights; // such as [0.31, 0.69]
 */
export function scoreEnsemble(
  names: readonly string[],
  { ids, truth, errors }: LabelledErrors,
  seed: number,
): EnsembleScores {
  if (ids.length < 2) {
    throw new UserError(
      `expected two labelled galaxies or more, to choose on one half and score on the other; got ${ids.length}`,
    );
  }
  const labelled = ids.map((id, row) => ({
    id,
    row,
    fractions: truth.subarray(row * GALAXY_ZOO_2.columns.length, (row + 1) * GALAXY_ZOO_2.columns.length),
  }));
  const halves = splitGalaxies(GALAXY_ZOO_2, labelled, 0.5, seed);
  const productsOf = (half: readonly { row: number }[]) =>
    errorProducts(
      errors,
      GALAXY_ZOO_2.columns.length,
      half.map(({ row }) => row),
    );
  const [choosing, heldOut] = [productsOf(halves.training), productsOf(halves.validation)];
  const [some, others] = [halves.training.length, halves.validation.length];
  const score = (weights: ArrayLike<number>): HalvedRmse => {
    const [a, b] = [combinedRmse(choosing, weights), combinedRmse(heldOut, weights)];
    return {
      rmse: Math.sqrt((a ** 2 * some + b ** 2 * others) / ids.length),
      choosing: a,
      heldOut: b,
    };
  };

  const all = names.map((_, model) => model);
  const order = ranking(choosing);
  const together = bestTogether(choosing);
  const count = together.reduce((best, { rmse }, k) => (rmse < together[best]!.rmse ? k : best), 0) + 1;
  const equal = score(shares(names.length, all));
  const weigh = (weights: Float64Array): Weighting => {
    const scores = score(weights);
    return { weights: Array.from(weights), ...scores, gain: equal.heldOut - scores.heldOut };
  };
  return {
    galaxies: ids.length,
    choosingGalaxies: some,
    heldOutGalaxies: others,
    seed,
    models: names.map((name, model) => ({ name, ...score(shares(names.length, [model])) })),
    bestTogether: together.map(({ added }, k) => ({
      models: k + 1,
      added: names[added]!,
      ...score(shares(names.length, order.slice(0, k + 1))),
    })),
    weightings: {
      bestSingle: weigh(shares(names.length, order.slice(0, 1))),
      equal: weigh(shares(names.length, all)),
      bestTogether: weigh(shares(names.length, order.slice(0, count))),
      greedy: weigh(greedySelection(choosing).weights),
      fitted: weigh(fittedWeights(choosing)),
    },
  };
}
