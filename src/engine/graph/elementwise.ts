/** Operations on each element, with NumPy's broadcasting. */
import { indices, strides } from './shape.ts';
import {
  type Gradients,
  GraphError,
  list,
  type Operand,
  type Operation,
  operation,
  type Shape,
  type Tensor,
} from './tensor.ts';

export type None = Record<never, never>;

/**
 * The shape that two shapes broadcast to. They are aligned at the last axis; two sizes must be equal, or one of them 1.
 * @throws GraphError that names the operation and both shapes
 */
export function broadcastShapes(name: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const sizeA = a[a.length - rank + i] ?? 1;
    const sizeB = b[b.length - rank + i] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new GraphError(`${name}: the shapes ${list(a)} and ${list(b)} do not broadcast`);
    }
    return sizeA === 1 ? sizeB : sizeA;
  });
}

/** For each element of `shape`, the flat index of the element of `from` that broadcasts to it. */
export function broadcastIndices(from: Shape, shape: Shape): Int32Array {
  const along = strides(from).map((stride, axis) => (from[axis] === 1 ? 0 : stride));
  return indices(shape, [...new Array<number>(shape.length - from.length).fill(0), ...along]);
}

type Emit = Operation<None>['emit'];

/** `onnx`: the type of the ONNX node, or a function that writes it. `storage`: default `inPlace`; null: in new memory. */
interface Elementwise<Compute, Gradient> {
  onnx: string | Emit;
  compute: Compute;
  gradient: Gradient;
  storage?: null;
}
type Binary = Elementwise<
  (a: number, b: number) => number,
  (g: Tensor, a: Tensor, b: Tensor, output: Tensor) => Gradients
>;
type Unary = Elementwise<(x: number) => number, (g: Tensor, x: Tensor, output: Tensor) => Tensor | null>;

const emission = ({ onnx, storage }: Pick<Unary, 'onnx' | 'storage'>) => ({
  emit: typeof onnx === 'string' ? (((emitter, inputs) => emitter.node(onnx, inputs)) as Emit) : onnx,
  storage: storage === null ? undefined : ('inPlace' as const),
});

const binary = (name: string, { compute, gradient, ...rest }: Binary) =>
  operation({
    name,
    call: (a: Operand, b: Operand) => [[a, b], {} as None],
    infer: ([a, b]) => broadcastShapes(name, a!, b!),
    gradient: ({ inputs: [a, b], output }, g) => gradient(g, a!, b!, output),
    reference: ([a, b], _, shape) => {
      const [atA, atB] = [broadcastIndices(a!.shape, shape), broadcastIndices(b!.shape, shape)];
      return Float64Array.from(atA, (at, i) => compute(a!.data[at]!, b!.data[atB[i]!]!));
    },
    ...emission(rest),
  });

const unary = (name: string, { compute, gradient, ...rest }: Unary) =>
  operation({
    name,
    call: (x: Operand) => [[x], {} as None],
    infer: ([shape]) => shape!,
    gradient: ({ inputs: [x], output }, g) => [gradient(g, x!, output)],
    reference: ([x]) => x!.data.map(compute),
    ...emission(rest),
  });

/** A comparison that returns 1 or 0; ONNX's returns a boolean. */
const comparison =
  (type: string, right?: number): Emit =>
  (emitter, inputs) => {
    const operands = right === undefined ? inputs : [...inputs, emitter.scalar(right)];
    return emitter.node('Cast', [emitter.node(type, operands)], { to: 1 });
  };

/** a + b. @example interpret([add(input('x', [2]), 1)], { x: [1, 2] })[0].data // [2, 3] */
export const add = binary('add', { onnx: 'Add', compute: (a, b) => a + b, gradient: (g) => [g, g] });

/** a - b. @example interpret([subtract(input('x', [2]), 1)], { x: [1, 2] })[0].data // [0, 1] */
export const subtract = binary('subtract', {
  onnx: 'Sub',
  compute: (a, b) => a - b,
  gradient: (g) => [g, negative(g)],
});

/** a · b, element by element. @example interpret([multiply(2, input('x', [2]))], { x: [1, 2] })[0].data // [2, 4] */
export const multiply = binary('multiply', {
  onnx: 'Mul',
  compute: (a, b) => a * b,
  gradient: (g, a, b) => [multiply(g, b), multiply(g, a)],
});

/** a / b. @example interpret([divide(input('x', [2]), 255)], { x: [0, 255] })[0].data // [0, 1] */
export const divide = binary('divide', {
  onnx: 'Div',
  compute: (a, b) => a / b,
  gradient: (g, _, b, output) => [divide(g, b), negative(divide(multiply(g, output), b))],
});

/**
 * The larger of a and b. If they are equal, a gets the whole gradient: a maximum over a window has one winner.
 * @example interpret([maximum(input('x', [2]), 0.5)], { x: [0, 1] })[0].data // [0.5, 1]
 */
export const maximum = binary('maximum', {
  onnx: 'Max',
  compute: Math.max,
  gradient: (g, a, b) => {
    const first = multiply(greaterEqual(a, b), g);
    return [first, subtract(g, first)];
  },
  storage: null,
});

/** 1 where a ≥ b, else 0; no gradient. @example interpret([greaterEqual(input('x', [3]), 0)], { x: [-1, 0, 1] })[0].data // [0, 1, 1] */
export const greaterEqual = binary('greaterEqual', {
  onnx: comparison('GreaterOrEqual'),
  compute: (a, b) => (a >= b ? 1 : 0),
  gradient: () => [null, null],
  storage: null,
});

/** 1 where a = b, else 0; no gradient. @example interpret([equal(input('x', [3]), 0)], { x: [-1, 0, 1] })[0].data // [0, 1, 0] */
export const equal = binary('equal', {
  onnx: comparison('Equal'),
  compute: (a, b) => (a === b ? 1 : 0),
  gradient: () => [null, null],
  storage: null,
});

/** -x. @example interpret([negative(input('x', [2]))], { x: [1, -2] })[0].data // [-1, 2] */
export const negative = unary('negative', { onnx: 'Neg', compute: (x) => -x, gradient: (g) => negative(g) });

/** max(x, 0). @example interpret([relu(input('x', [2]))], { x: [-1, 2] })[0].data // [0, 2] */
export const relu = unary('relu', {
  onnx: 'Relu',
  compute: (x) => Math.max(x, 0),
  gradient: (g, _, output) => multiply(g, isPositive(output)),
});

/** 1 where x > 0, else 0; no gradient. @example interpret([isPositive(input('x', [3]))], { x: [-1, 0, 1] })[0].data // [0, 0, 1] */
export const isPositive = unary('isPositive', {
  onnx: comparison('Greater', 0),
  compute: (x) => (x > 0 ? 1 : 0),
  gradient: () => null,
  storage: null,
});

/** 1 / (1 + exp(-x)). @example interpret([sigmoid(input('x', [3]))], { x: [-100, 0, 100] })[0].data // [3.72…, 0.5, 1] */
export const sigmoid = unary('sigmoid', {
  onnx: 'Sigmoid',
  compute: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (g, _, output) => multiply(g, multiply(output, subtract(1, output))),
});

/** log(1 + exp(x)), without overflow. @example interpret([softplus(input('x', [2]))], { x: [0, 100] })[0].data // [0.693…, 100] */
export const softplus = unary('softplus', {
  onnx: 'Softplus',
  compute: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  gradient: (g, x) => multiply(g, sigmoid(x)),
});

/** The hyperbolic tangent. @example interpret([tanh(input('x', [2]))], { x: [0, 1] })[0].data // [0, 0.7615…] */
export const tanh = unary('tanh', {
  onnx: 'Tanh',
  compute: Math.tanh,
  gradient: (g, _, output) => multiply(g, subtract(1, square(output))),
});

/** sin(x). @example interpret([sine(input('x', [2]))], { x: [0, 1] })[0].data // [0, 0.8414…] */
export const sine = unary('sine', {
  onnx: 'Sin',
  compute: Math.sin,
  gradient: (g, x) => multiply(g, cosine(x)),
});

/** cos(x). @example interpret([cosine(input('x', [2]))], { x: [0, 1] })[0].data // [1, 0.5403…] */
export const cosine = unary('cosine', {
  onnx: 'Cos',
  compute: Math.cos,
  gradient: (g, x): Tensor => negative(multiply(g, sine(x))),
});

/** The error function, 2/√π ∫₀ˣ exp(-t²) dt. @example interpret([erf(input('x', [2]))], { x: [0, 1] })[0].data // [0, 0.8427…] */
export const erf = unary('erf', {
  onnx: 'Erf',
  compute: errorFunction,
  gradient: (g, x) => multiply(g, multiply(exp(negative(square(x))), 2 / Math.sqrt(Math.PI))),
});

/** erf(x) = 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 ⋯ (2n + 1)) (Abramowitz and Stegun 1964, 7.1.6); beyond 6 it is ±1 in float64. */
function errorFunction(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** exp(x). @example interpret([exp(input('x', [2]))], { x: [0, 1] })[0].data // [1, 2.718…] */
export const exp = unary('exp', {
  onnx: 'Exp',
  compute: Math.exp,
  gradient: (g, _, output) => multiply(g, output),
});

/** The natural logarithm. @example interpret([log(clip(input('p', [2]), 0.5, 1))], { p: [0, 1] })[0].data // [-0.693…, 0] */
export const log = unary('log', { onnx: 'Log', compute: Math.log, gradient: (g, x) => divide(g, x) });

/** log(1 + x), accurate for small x too. @example interpret([log1p(input('x', [2]))], { x: [0, 1e-9] })[0].data // [0, 1e-9] */
export const log1p = unary('log1p', {
  // ONNX has no such operator: up to 1 it is 2 atanh(x / (2 + x)).
  onnx: (emitter, [x]) => {
    const two = emitter.scalar(2);
    const small = emitter.node('Atanh', [emitter.node('Div', [x!, emitter.node('Add', [x!, two])])]);
    const large = emitter.node('Log', [emitter.node('Add', [x!, emitter.scalar(1)])]);
    const isSmall = emitter.node('Less', [x!, emitter.scalar(1)]);
    return emitter.node('Where', [isSmall, emitter.node('Mul', [small, two]), large]);
  },
  compute: Math.log1p,
  gradient: (g, x) => divide(g, add(1, x)),
  storage: null,
});

/** √x. @example interpret([sqrt(input('x', [2]))], { x: [4, 9] })[0].data // [2, 3] */
export const sqrt = unary('sqrt', {
  onnx: 'Sqrt',
  compute: Math.sqrt,
  gradient: (g, _, output) => divide(multiply(g, 0.5), output),
});

/** x². @example interpret([square(input('x', [2]))], { x: [-2, 3] })[0].data // [4, 9] */
export const square = unary('square', {
  onnx: (emitter, [x]) => emitter.node('Mul', [x!, x!]),
  compute: (x) => x * x,
  gradient: (g, x) => multiply(multiply(g, 2), x),
});

/** x limited to low…high; the gradient is zero outside. @example interpret([clip(input('p', [3]), 0, 1)], { p: [-1, 0.5, 2] })[0].data // [0, 0.5, 1] */
export const clip = operation({
  name: 'clip',
  call: (x: Operand, low: number, high: number) => [[x], { low, high }],
  infer: ([shape], { low, high }) => {
    if (!(low < high)) throw new GraphError(`clip: expected low < high, got ${low} and ${high}`);
    return shape!;
  },
  gradient: ({ inputs: [x], output }, g) => [multiply(g, equal(x!, output))],
  reference: ([x], { low, high }) => x!.data.map((value) => Math.min(Math.max(value, low), high)),
  emit: (emitter, [x], { attributes: { low, high } }) =>
    emitter.node('Clip', [x!, emitter.scalar(low), emitter.scalar(high)]),
  storage: 'inPlace',
});

/**
 * log Γ(x + k) - log Γ(x), which is log(x · (x + 1) ⋯ (x + k - 1)) for a whole k: exact to 1e-8, relative for values above 1.
 *
 * Stirling's series is accurate from about 4, so both arguments are raised by 4, and the four factors divided out:
 *
 *     log Γ(y) = (y - ½) log y - y + ½ log 2π + 1/(12 y) - 1/(360 y³) + 1/(1260 y⁵) - 1/(1680 y⁷) + …
 *
 * (Abramowitz and Stegun 1964, 6.1.41). The difference of the first terms is taken as k log y + (y + k - ½) log(1 + k/y) - k, so
 * that nothing large cancels in float32. It is exactly 0 for k = 0.
 * @param x above 0
 * @param k 0 or more
 * @example interpret([logRising(input('x', [2]), 3)], { x: [1, 2] })[0].data // [1.791…, 3.178…]: log 6 and log 24
 */
export function logRising(x: Tensor, k: Operand): Tensor {
  const y = add(x, 4);
  const raised = add(y, k);
  const leading = add(multiply(k, log(y)), multiply(subtract(raised, 0.5), log1p(divide(k, y))));
  const series = subtract(stirlingSeries(raised), stirlingSeries(y));
  const factors = log(divide(fourFactors(add(x, k)), fourFactors(x)));
  return subtract(add(subtract(leading, k), series), factors);
}

/** 1/(12 y) - 1/(360 y³) + 1/(1260 y⁵) - 1/(1680 y⁷). */
function stirlingSeries(y: Tensor): Tensor {
  const inverse = divide(1, y);
  const w = square(inverse);
  const inner = subtract(1 / 360, multiply(w, subtract(1 / 1260, multiply(w, 1 / 1680))));
  return multiply(inverse, subtract(1 / 12, multiply(w, inner)));
}

/** x (x + 1) (x + 2) (x + 3) = u (u + 2) with u = x (x + 3). */
function fourFactors(x: Tensor): Tensor {
  const u = multiply(x, add(x, 3));
  return multiply(u, add(u, 2));
}
