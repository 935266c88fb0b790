/** L-BFGS: minimises a smooth function of many variables. Source: Nocedal & Wright 2006, Numerical Optimization, algorithm 7.5. */

/** A function's value and gradient at a point. */
export interface Evaluated {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A step, and the change of the gradient along it. */
export interface Step {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

export interface MinimiseOptions {
  /** A guess of the diagonal of the inverse Hessian. Default: ones. */
  inverse?: Float64Array;
  /** Steps of an earlier minimisation, the oldest first; those of this one are added. */
  steps?: Step[];
  iterations?: number;
  /** Stop if a further step promises to lower the value by less than this share of it. */
  tolerance?: number;
}

/** Steps that are remembered. */
export const MOST_STEPS = 20;
/** A step must lower the value by at least this share of what the gradient promises (Armijo). */
const SUFFICIENT = 1e-4;
const MOST_HALVINGS = 20;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Adds factor · b to a, in place. */
const addTo = (a: Float64Array, factor: number, b: Float64Array) => {
  for (let i = 0; i < a.length; i++) a[i]! += factor * b[i]!;
};

/** The direction of descent: minus the gradient, times the inverse Hessian that the steps suggest. */
function directionOf(gradient: Float64Array, steps: readonly Step[], inverse: Float64Array): Float64Array {
  const direction = gradient.map((each) => -each);
  const known = steps.map(({ s, y }) => ({ s, y, rho: 1 / dot(s, y) }));
  const factors: number[] = [];
  for (const { s, y, rho } of known.toReversed()) {
    const factor = rho * dot(s, direction);
    factors.push(factor);
    addTo(direction, -factor, y);
  }
  const last = known.at(-1);
  let scale = 1;
  if (last) {
    let square = 0;
    for (let i = 0; i < inverse.length; i++) square += last.y[i]! ** 2 * inverse[i]!;
    scale = 1 / (last.rho * square);
  }
  for (let i = 0; i < direction.length; i++) direction[i]! *= scale * inverse[i]!;
  for (const { s, y, rho } of known) addTo(direction, factors.pop()! - rho * dot(y, direction), s);
  return direction;
}

/**
 * Minimises a function from a starting point.
 * @param evaluate its gradient is that of the point; the array is kept
 * @example
 * const square = async (x: Float64Array) => ({ value: x[0]! ** 2, gradient: Float64Array.of(2 * x[0]!) });
 * (await minimise(square, Float64Array.of(3)))[0]; // 0
 */
export async function minimise(
  evaluate: (point: Float64Array) => Promise<Evaluated>,
  start: Float64Array,
  { inverse = start.map(() => 1), steps = [], iterations = 100, tolerance = 1e-6 }: MinimiseOptions = {},
): Promise<Float64Array> {
  let point = start;
  let { value, gradient } = await evaluate(point);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const direction = directionOf(gradient, steps, inverse);
    const slope = dot(direction, gradient);
    if (!(-slope / 2 > tolerance * Math.abs(value))) break; // half the slope, if the function is quadratic
    let length = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    let next: Evaluated | undefined;
    let moved = point;
    for (let halving = 0; halving < MOST_HALVINGS; halving++, length /= 2) {
      moved = point.slice();
      addTo(moved, length, direction);
      const tried = await evaluate(moved);
      if (tried.value <= value + SUFFICIENT * length * slope) {
        next = tried;
        break;
      }
    }
    if (next === undefined) break; // rounding: nothing lower is found
    const step = { s: moved.slice(), y: next.gradient.slice() };
    addTo(step.s, -1, point);
    addTo(step.y, -1, gradient);
    if (dot(step.s, step.y) > 1e-12 * dot(step.y, step.y)) steps.push(step);
    if (steps.length > MOST_STEPS) steps.shift();
    [point, value, gradient] = [moved, next.value, next.gradient];
  }
  return point;
}
