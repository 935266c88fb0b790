/** L-BFGS: minimises a smooth function of many variables. Source: Nocedal & Wright 2006, Numerical Optimization, algorithm 7.5. */

/** A function's value and gradient at a point. */
export interface Evaluated {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Steps whose curvature is remembered. */
const MEMORY = 10;
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

/** A step s, the change of the gradient y, and 1 / s·y. */
interface Curvature {
  s: Float64Array;
  y: Float64Array;
  rho: number;
}

/** The direction of descent: minus the gradient, times the inverse Hessian that the steps suggest. */
function directionOf(gradient: Float64Array, known: readonly Curvature[]): Float64Array {
  const direction = gradient.map((each) => -each);
  const factors: number[] = [];
  for (const { s, y, rho } of known.toReversed()) {
    const factor = rho * dot(s, direction);
    factors.push(factor);
    addTo(direction, -factor, y);
  }
  const last = known.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const { s, y, rho } of known) addTo(direction, factors.pop()! - rho * dot(y, direction), s);
  return direction;
}

/**
 * Minimises a function from a starting point, until a step lowers the value by less than `tolerance` times the value, or none does.
 * @param evaluate its gradient is that of the point; the array is kept
 * @example
 * const square = async (x: Float64Array) => ({ value: x[0]! ** 2, gradient: Float64Array.of(2 * x[0]!) });
 * (await minimise(square, Float64Array.of(3)))[0]; // 0
 */
export async function minimise(
  evaluate: (point: Float64Array) => Promise<Evaluated>,
  start: Float64Array,
  { iterations = 100, tolerance = 1e-6 }: { iterations?: number; tolerance?: number } = {},
): Promise<Float64Array> {
  let point = start;
  let { value, gradient } = await evaluate(point);
  const known: Curvature[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const direction = directionOf(gradient, known);
    const slope = dot(direction, gradient);
    if (!(slope < 0)) break;
    let length = known.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
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
    const [s, y] = [moved.slice(), next.gradient.slice()];
    addTo(s, -1, point);
    addTo(y, -1, gradient);
    const product = dot(s, y);
    if (product > 1e-12 * dot(y, y)) {
      known.push({ s, y, rho: 1 / product });
      if (known.length > MEMORY) known.shift();
    }
    const gained = value - next.value;
    [point, value, gradient] = [moved, next.value, next.gradient];
    if (gained <= tolerance * Math.abs(value)) break;
  }
  return point;
}
