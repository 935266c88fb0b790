/** Reductions over axes, which stay as size 1, and their adjoint: broadcasting to a larger shape. */
import { add, broadcastIndices, broadcastShapes, divide, greaterOrEqual, multiply } from './elementwise.ts';
import {
  apply,
  constant,
  elements,
  GraphError,
  type NumberArray,
  type Operation,
  type Shape,
  type Tensor,
} from './tensor.ts';

export interface Axes {
  axes: readonly number[];
}

function reducedShape(name: string, shape: Shape, axes: readonly number[]): Shape {
  const bad = axes.find((axis) => !(axis >= 0 && axis < shape.length));
  if (bad !== undefined) throw new GraphError(`${name}: axis ${bad} of a tensor of shape [${shape}]`);
  if (new Set(axes).size !== axes.length) throw new GraphError(`${name}: axes [${axes}] repeat`);
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

/** Folds the reduced elements one by one into the output. */
function fold(x: NumberArray, shape: Shape, initial: number, step: (sum: number, value: number) => number) {
  const result = new Float64Array(elements(shape)).fill(initial);
  broadcastIndices(shape, x.shape).forEach((at, i) => {
    result[at] = step(result[at], x.data[i]);
  });
  return result;
}

export const sumOperation: Operation<Axes> = {
  name: 'sum',
  infer: ([shape], { axes }) => reducedShape('sum', shape, axes),
  gradient: (_, g) => [g], // the driver broadcasts it where it must
  reference: ([x], _, shape) => fold(x, shape, 0, (sum, value) => sum + value),
  emit: (emitter, [x], { attributes: { axes } }) =>
    emitter.node('ReduceSum', [x, emitter.integers(axes)], { keepdims: 1 }),
};

/** Squares along the last axis first: along neighbouring axes and nothing else, ONNX Runtime is 2.5 times faster. */
export const sumOfSquaresOperation: Operation<Axes> = {
  name: 'sumOfSquares',
  infer: ([shape], { axes }) => reducedShape('sumOfSquares', shape, axes),
  gradient: ({ inputs: [x] }, g) => [multiply(x, multiply(g, constant(2)))],
  reference: ([x], _, shape) => fold(x, shape, 0, (sum, value) => sum + value * value),
  emit: (emitter, [name], { inputs: [x], attributes: { axes } }) => {
    const last = x.shape.length - 1;
    const isSplit = axes.includes(last) && axes.length > 1;
    const squares = emitter.node('ReduceSumSquare', [name], { axes: isSplit ? [last] : axes, keepdims: 1 });
    const rest = axes.filter((axis) => axis !== last);
    return isSplit ? emitter.node('ReduceSum', [squares, emitter.integers(rest)], { keepdims: 1 }) : squares;
  },
};

/** Elements that share the maximum share its gradient. */
export const reduceMaximumOperation: Operation<Axes> = {
  name: 'reduceMaximum',
  infer: ([shape], { axes }) => reducedShape('reduceMaximum', shape, axes),
  gradient: ({ inputs: [x], output, attributes: { axes } }, g) => {
    const isMaximum = greaterOrEqual(x, output);
    return [multiply(isMaximum, divide(g, sum(isMaximum, axes)))];
  },
  reference: ([x], _, shape) => fold(x, shape, -Infinity, Math.max),
  emit: (emitter, [x], { attributes: { axes } }) => emitter.node('ReduceMax', [x], { axes, keepdims: 1 }),
};

export interface Target {
  shape: Shape;
}

export const broadcastOperation: Operation<Target> = {
  name: 'broadcast',
  infer: ([from], { shape }) => {
    if (elements(broadcastShapes('broadcast', from, shape)) !== elements(shape)) {
      throw new GraphError(`broadcast: [${from}] does not broadcast to [${shape}]`);
    }
    return shape;
  },
  gradient: (_, g) => [g],
  reference: ([x], _, shape) => Float64Array.from(broadcastIndices(x.shape, shape), (at) => x.data[at]),
  emit: (emitter, [x], { attributes: { shape } }) => emitter.node('Expand', [x, emitter.integers(shape)]),
};

/** The sum over axes. @example sum(x, [0, 1]) // [H, W, C, N] → [1, 1, C, N] */
export const sum = (x: Tensor, axes: readonly number[]): Tensor => apply(sumOperation, [x], { axes });
/** The sum of squares over axes. @example sumOfSquares(x, [0]) */
export const sumOfSquares = (x: Tensor, axes: readonly number[]): Tensor =>
  apply(sumOfSquaresOperation, [x], { axes });
/** The maximum over axes. @example reduceMaximum(x, [0, 1]) */
export const reduceMaximum = (x: Tensor, axes: readonly number[]): Tensor =>
  apply(reduceMaximumOperation, [x], { axes });
/** x repeated to a larger shape. @example broadcast(bias, [37, 96]) */
export const broadcast = (x: Tensor, shape: Shape): Tensor => apply(broadcastOperation, [x], { shape });

/** The mean over axes. @example mean(x, [0, 1]) // [H, W, C, N] → [1, 1, C, N] */
export function mean(x: Tensor, axes: readonly number[]): Tensor {
  const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
  return multiply(sum(x, axes), constant(1 / count));
}

/** The sum of tensors of one shape. @example total([a, b, c]) */
export const total = (tensors: readonly Tensor[]): Tensor => tensors.reduce(add);
