/**
 * Selects and weights models for an average.
 *
 * The pooled mean square error of a weighted mean whose weights w sum to 1 is a quadratic form: with the models' errors eᵢ
 * (prediction − truth, all known cells), it is wᵀGw with Gᵢⱼ = mean(eᵢ·eⱼ). Everything here follows from the n × n
 * matrix G, so that the predictions are read once.
 */

/** The mean products of the models' errors, [n, n], symmetric: G above. */
export interface ErrorProducts {
  readonly models: number;
  /** Number of known cells. */
  readonly cells: number;
  /** `[n, n]`, row-major. */
  readonly products: Float64Array;
}

/**
 * The mean products of the models' errors over some galaxies.
 * @param errors of each model: prediction − truth, `[N, columns]`, the same galaxies in the same order; NaN where the truth
 *   is unknown
 * @param rows the galaxies
 * @throws RangeError if there is no model or no known cell
 */
export function errorProducts(
  errors: readonly ArrayLike<number>[],
  columns: number,
  rows: readonly number[],
): ErrorProducts {
  const models = errors.length;
  const known: number[] = [];
  for (const row of rows) {
    for (let cell = row * columns; cell < (row + 1) * columns; cell++) {
      if (!Number.isNaN(errors[0]?.[cell])) known.push(cell);
    }
  }
  if (models === 0 || known.length === 0) {
    throw new RangeError(`expected models and galaxies, got ${models} and ${rows.length}`);
  }
  const products = new Float64Array(models * models);
  for (let i = 0; i < models; i++) {
    for (let j = 0; j <= i; j++) {
      const [one, other] = [errors[i], errors[j]];
      let sum = 0;
      for (const cell of known) sum += one![cell]! * other![cell]!;
      products[i * models + j] = sum / known.length;
      products[j * models + i] = products[i * models + j]!;
    }
  }
  return { models, cells: known.length, products };
}

/** G w: the mean product of each model's error and the weighted mean's. */
function multiply({ models, products }: ErrorProducts, weights: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: models }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < models; j++) sum += products[i * models + j]! * weights[j]!;
    return sum;
  });
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const indexOfSmallest = (values: ArrayLike<number>) => {
  let smallest = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[smallest]!) smallest = i;
  return smallest;
};

/** Each model's mean square error, `[n]`. */
const ownErrors = ({ models, products }: ErrorProducts) =>
  Float64Array.from({ length: models }, (_, i) => products[i * (models + 1)]!);

/**
 * The pooled RMSE of a weighted mean.
 * @param weights `[n]`, of sum 1
 */
export function combinedRmse(products: ErrorProducts, weights: ArrayLike<number>): number {
  return Math.sqrt(Math.max(0, dot(weights, multiply(products, weights))));
}

/** Weights proportional to how often each model is in `chosen`. @example shares(3, [0, 2, 2]) // [0.333…, 0, 0.666…] */
export function shares(models: number, chosen: readonly number[]): Float64Array {
  const weights = new Float64Array(models);
  for (const model of chosen) weights[model]!++;
  return weights.map((count) => count / chosen.length);
}

/** The models from best to worst by their own scores; ties keep their order. */
export function ranking(products: ErrorProducts): number[] {
  const own = ownErrors(products);
  return Array.from(own, (_, model) => model).sort((a, b) => own[a]! - own[b]! || a - b);
}

/** All models, ordered greedily: each is the one that most improves the equal-weight mean of those before it. Ties keep their order. */
export function greedyOrder({ models, products }: ErrorProducts): number[] {
  const left = new Set(Array.from({ length: models }, (_, model) => model));
  const order: number[] = [];
  while (left.size > 0) {
    // If S is the sum of the errors so far, a model with the errors e adds e² + 2 e·S to S².
    const added = (model: number) =>
      order.reduce(
        (sum, other) => sum + 2 * products[model * models + other]!,
        products[model * models + model]!,
      );
    const best = [...left].reduce((a, b) => (added(b) < added(a) ? b : a));
    left.delete(best);
    order.push(best);
  }
  return order;
}

const GREEDY_STEPS = 100;

/**
 * Forward selection with replacement (Caruana et al. 2004, "Ensemble selection from libraries of models"): starts with the
 * best model and repeatedly adds the one that most improves the equal mean of the selection. Returns the best selection
 * of all steps. Its coarse weights overfit less than {@link fittedWeights}.
 * @param steps maximum number of selections, counting repeats
 * @returns `chosen`: the models in order of selection; `weights` `[n]`: multiples of 1 / `chosen.length`
 */
export function greedySelection(
  products: ErrorProducts,
  steps = GREEDY_STEPS,
): { weights: Float64Array; chosen: number[]; rmse: number } {
  const own = ownErrors(products);
  const sum = new Float64Array(products.models); // G × how often each was chosen
  let square = 0; // of the sum of the errors that were chosen
  let best = { count: 0, meanSquare: Number.POSITIVE_INFINITY };
  const chosen: number[] = [];
  while (chosen.length < steps) {
    const model = indexOfSmallest(own.map((error, i) => error + 2 * sum[i]!));
    square += own[model]! + 2 * sum[model]!;
    chosen.push(model);
    for (let i = 0; i < sum.length; i++) sum[i]! += products.products[model * products.models + i]!;
    const meanSquare = square / chosen.length ** 2;
    // Ignores gains by rounding.
    if (meanSquare < best.meanSquare * (1 - 1e-12)) best = { count: chosen.length, meanSquare };
  }
  const first = chosen.slice(0, best.count);
  const weights = shares(products.models, first);
  return { weights, chosen: first, rmse: combinedRmse(products, weights) };
}

/** Solves a x = b by elimination with partial pivoting. @param a `[n][n]`, overwritten @param b `[n]`, overwritten */
function solve(a: number[][], b: number[]): number[] {
  const n = b.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(a[row]![column]!) > Math.abs(a[pivot]![column]!)) pivot = row;
    }
    [a[column], a[pivot]] = [a[pivot]!, a[column]!];
    [b[column], b[pivot]] = [b[pivot]!, b[column]!];
    for (let row = column + 1; row < n; row++) {
      const factor = a[row]![column]! / a[column]![column]!;
      for (let k = column; k < n; k++) a[row]![k]! -= factor * a[column]![k]!;
      b[row]! -= factor * b[column]!;
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let k = row + 1; k < n; k++) b[row]! -= a[row]![k]! * b[k]!;
    b[row]! /= a[row]![row]!;
  }
  return b;
}

/**
 * The best weights of some models if their sum is 1 and they may be negative. They are u / Σu with (G + s 11ᵀ) u = 1 for any
 * s > 0: all G w of those models are then equal.
 */
function freeWeights({ models, products }: ErrorProducts, active: readonly number[], scale: number) {
  const matrix = active.map((i) => active.map((j) => products[i * models + j]! / scale + 1));
  const solution = solve(
    matrix,
    active.map(() => 1),
  );
  const sum = solution.reduce((a, b) => a + b, 0);
  return solution.map((value) => value / sum);
}

/** Moves `weights` towards the best free weights of the active models; drops models whose weights reach 0. */
function settle(
  products: ErrorProducts,
  weights: Float64Array,
  active: readonly number[],
  scale: number,
): Float64Array {
  const free = freeWeights(products, active, scale);
  const target = new Float64Array(products.models);
  for (const [k, model] of active.entries()) target[model] = free[k]!;
  const falling = active.filter((model) => !(target[model]! > 0));
  if (falling.length === 0) return target;
  const reach = (model: number) => weights[model]! / (weights[model]! - target[model]!);
  const first = falling.reduce((a, b) => (reach(b) < reach(a) ? b : a));
  const step = reach(first);
  const there = weights.map((weight, i) => Math.max(0, weight + step * (target[i]! - weight)));
  const staying = active.filter((model) => model !== first && there[model]! > 0);
  for (const model of active) if (!staying.includes(model)) there[model] = 0;
  return settle(products, there, staying, scale);
}

/**
 * The non-negative weights of sum 1 with the smallest error: the point nearest to the origin in the convex hull of the
 * errors, by Wolfe's algorithm (1976, "Finding the nearest point in a polytope"). It keeps a set of active models, adds
 * the most promising one, moves towards the best free weights of the set, and drops models whose weights reach 0. It ends
 * after finitely many steps at the minimum, exact to rounding. Of equal models the first gets the weight.
 * @returns weights `[n]`
 */
export function fittedWeights(products: ErrorProducts): Float64Array {
  const own = ownErrors(products);
  const scale = Math.max(...own);
  // The gap bounds the remaining gain; this is far below the digits of tables.
  const tolerance = scale * 1e-12;
  let active = [indexOfSmallest(own)];
  let weights = shares(products.models, active);
  for (;;) {
    const inCommon = multiply(products, weights);
    const square = dot(weights, inCommon);
    const candidate = indexOfSmallest(inCommon);
    if (!(inCommon[candidate]! < square - tolerance)) return weights;
    const next = settle(products, weights, [...active, candidate], scale);
    // Every real step is a gain. A step without one is due to rounding and could repeat for ever.
    if (!(dot(next, multiply(products, next)) < square)) return weights;
    weights = next;
    active = Array.from(weights.keys()).filter((model) => weights[model]! > 0);
  }
}
