/** Reductions over axes, which stay as size 1, and their adjoint: broadcasting to a larger shape. */

import type { Emitter } from '../onnx/emitter.ts';
import {
  broadcastIndices,
  broadcastShapes,
  divide,
  exponential,
  greaterOrEqual,
  multiply,
  type None,
  subtract,
} from './elementwise.ts';
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
    result[at] = step(result[at]!, x.data[i]!);
  });
  return result;
}

export const sumOperation: Operation<Axes> = {
  name: 'sum',
  infer: ([shape], { axes }) => reducedShape('sum', shape!, axes),
  gradient: (_, g) => [g], // the driver broadcasts it where it must
  reference: ([x], _, shape) => fold(x!, shape, 0, (sum, value) => sum + value),
  emit: (emitter, [x], { attributes: { axes } }) =>
    neighbours(axes).reduce((name, group) => sumNode(emitter, name!, group), x!),
};

/**
 * Axes in groups of neighbours, the last group first. ONNX Runtime reduces along neighbouring axes and nothing else up to three
 * times faster than along others too. Where all axes are the outermost ones, its threads have no outer axis to share, and
 * take up to three times as long; axis 0 then waits for the others.
 */
function neighbours(axes: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const axis of [...axes].sort((a, b) => b - a)) {
    const last = groups.at(-1);
    if (last?.[0] === axis + 1) last.unshift(axis);
    else groups.push([axis]);
  }
  const [[first, ...rest] = []] = groups;
  return groups.length === 1 && first === 0 && rest.length > 0 ? [rest, [0]] : groups;
}

const sumNode = (emitter: Emitter, name: string, axes: readonly number[]) =>
  emitter.node('ReduceSum', [name, emitter.integers(axes)], { keepdims: 1 });

export const sumOfSquaresOperation: Operation<Axes> = {
  name: 'sumOfSquares',
  infer: ([shape], { axes }) => reducedShape('sumOfSquares', shape!, axes),
  gradient: ({ inputs: [x] }, g) => [multiply(x!, multiply(g, constant(2)))],
  reference: ([x], _, shape) => fold(x!, shape, 0, (sum, value) => sum + value * value),
  emit: (emitter, [name], { attributes: { axes } }) => {
    const [first, ...rest] = neighbours(axes);
    if (first === undefined) return emitter.node('Mul', [name!, name!]);
    const squares = emitter.node('ReduceSumSquare', [name!], { axes: first, keepdims: 1 });
    return rest.reduce((sum, group) => sumNode(emitter, sum, group), squares);
  },
};

/** The gradient of a maximum over axes, that elements which share the maximum share. */
export function maximumGradient(x: Tensor, maximum: Tensor, axes: readonly number[], g: Tensor): Tensor {
  const isMaximum = greaterOrEqual(x, maximum);
  return multiply(isMaximum, divide(g, sum(isMaximum, axes)));
}

/** Reduces along groups of neighbouring axes in turn. */
const maximumNode = (emitter: Emitter, x: string, axes: readonly number[]) =>
  neighbours(axes).reduce(
    (name, group) => emitter.node('ReduceMax', [name], { axes: group, keepdims: 1 }),
    x,
  );

/** The axes 0 and 1 and no others: all places of maps [H, W, C, N]. */
const arePlaces = (axes: readonly number[]) => axes.length === 2 && axes.includes(0) && axes.includes(1);

export const reduceMaximumOperation: Operation<Axes> = {
  name: 'reduceMaximum',
  infer: ([shape], { axes }) => reducedShape('reduceMaximum', shape!, axes),
  gradient: ({ inputs: [x], output, attributes: { axes } }, g) => [
    arePlaces(axes) ? atMaximum(x!, g) : maximumGradient(x!, output, axes, g),
  ],
  reference: ([x], _, shape) => fold(x!, shape, -Infinity, Math.max),
  emit: (emitter, [x], { attributes: { axes } }) => maximumNode(emitter, x!, axes),
};

/** For each column of x, a matrix [P, Q], the row of its first maximum. */
function rowsOfMaximum({ shape, data }: NumberArray): Int32Array {
  const columns = elements(shape.slice(2));
  const rows = new Int32Array(columns);
  data.forEach((value, i) => {
    const column = i % columns;
    if (value > data[rows[column]! * columns + column]!) rows[column] = (i - column) / columns;
  });
  return rows;
}

/**
 * Values [1, 1, ...] at the one place along the axes 0 and 1 where x is largest, of equals the first; elsewhere zero, or a base
 * that they are added to. It is the gradient of a maximum over whole maps. As a mask of the map it would take five passes
 * over it, and another one to be added to other gradients; here a row is found in the maxima of rows, which are there
 * already, and a place in that row.
 */
export const atMaximumOperation: Operation<None> = {
  name: 'atMaximum',
  infer: ([x, values, base = x!]) => {
    if (base!.join() !== x!.join() || values!.join() !== reducedShape('atMaximum', x!, [0, 1]).join()) {
      throw new GraphError(`atMaximum: [${values!}] at maxima of [${x!}], added to [${base!}]`);
    }
    return x!;
  },
  gradient: ({ inputs: [x, , base] }, g) => {
    const isMaximum = greaterOrEqual(x!, reduceMaximum(x!, [0, 1]));
    return [null, multiply(isMaximum, g), ...(base ? [g] : [])];
  },
  reference: ([x, values, base]) => {
    const result = base ? Float64Array.from(base.data) : new Float64Array(x!.data.length);
    rowsOfMaximum(x!).forEach((row, column) => {
      result[row * values!.data.length + column]! += values!.data[column]!;
    });
    return result;
  },
  emit: (emitter, [x, values, given], { inputs }) => {
    const { shape } = inputs[0]!;
    const base = given ?? emitter.node('Expand', [emitter.scalar(0), emitter.integers(shape)]);
    if (emitter.portable) {
      // By a mask: not all devices have integers. Equals share the value.
      const equal = emitter.node('Equal', [x!, maximumNode(emitter, x!, [0, 1])]);
      const isMaximum = emitter.node('Cast', [equal], { to: 1 });
      const share = emitter.node('Div', [values!, sumNode(emitter, isMaximum, [0, 1])]);
      return emitter.node('Add', [base, emitter.node('Mul', [isMaximum, share])]);
    }
    const [height, width, ...rest] = shape as [number, number, ...number[]];
    const argumentOf = (name: string, axis: number) => emitter.node('ArgMax', [name], { axis, keepdims: 1 });
    const row = argumentOf(emitter.node('ReduceMax', [x!], { axes: [1], keepdims: 1 }), 0);
    const everywhere = emitter.node('Expand', [row, emitter.integers([1, width, ...rest])]);
    const column = argumentOf(emitter.node('GatherElements', [x!, everywhere], { axis: 0 }), 1);
    const start = emitter.node('Mul', [row, emitter.integers([width])]);
    const flat = (name: string, rows: number) =>
      emitter.node('Reshape', [name, emitter.integers([rows, elements(rest)])]);
    const place = flat(emitter.node('Add', [start, column]), 1);
    const places = flat(base, height * width);
    const before = emitter.node('GatherElements', [places, place], { axis: 0 });
    const after = emitter.node('Add', [before, flat(values!, 1)]);
    const result = emitter.node('ScatterElements', [places, place, after], { axis: 0 });
    return emitter.node('Reshape', [result, emitter.integers(shape)]);
  },
};

export interface Target {
  shape: Shape;
}

export const broadcastOperation: Operation<Target> = {
  name: 'broadcast',
  infer: ([from], { shape }) => {
    if (elements(broadcastShapes('broadcast', from!, shape)) !== elements(shape)) {
      throw new GraphError(`broadcast: [${from}] does not broadcast to [${shape}]`);
    }
    return shape;
  },
  gradient: (_, g) => [g],
  reference: ([x], _, shape) => Float64Array.from(broadcastIndices(x!.shape, shape), (at) => x!.data[at]!),
  emit: (emitter, [x], { attributes: { shape } }) => emitter.node('Expand', [x!, emitter.integers(shape)]),
};

/**
 * The sum over axes; along those of size 1 there is nothing to add up.
 * @example sum(input('x', [16, 16, 3, 2]), [0, 1]) // [1, 1, 3, 2]
 */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  const longer = axes.filter((axis) => x.shape[axis] !== 1);
  return longer.length === 0 && axes.length > 0 ? x : apply(sumOperation, [x], { axes: longer });
}
/** The sum of squares over axes. @example interpret([sumOfSquares(input('x', [2]), [0])], { x: [3, 4] })[0].data // [25] */
export const sumOfSquares = (x: Tensor, axes: readonly number[]): Tensor =>
  apply(sumOfSquaresOperation, [x], { axes });
/** The maximum over axes. @example reduceMaximum(input('x', [16, 16, 3, 2]), [0, 1]) // [1, 1, 3, 2] */
export const reduceMaximum = (x: Tensor, axes: readonly number[]): Tensor =>
  apply(reduceMaximumOperation, [x], { axes });
/**
 * Values at the place along axes 0 and 1 where x is largest, added to a base or to zeros.
 * @example atMaximum(x, reduceMaximum(x, [0, 1])) // the maxima alone: [H, W, C, N]
 */
export const atMaximum = (x: Tensor, values: Tensor, base?: Tensor): Tensor =>
  apply(atMaximumOperation, base ? [x, values, base] : [x, values], {});
/** x repeated to a larger shape. @example broadcast(input('bias', [37, 1]), [37, 96]) // [37, 96] */
export const broadcast = (x: Tensor, shape: Shape): Tensor => apply(broadcastOperation, [x], { shape });

/** The mean over axes. @example mean(input('x', [16, 16, 3, 2]), [0, 1]) // [1, 1, 3, 2] */
export function mean(x: Tensor, axes: readonly number[]): Tensor {
  const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  return multiply(sum(x, axes), constant(1 / count));
}

/** exp(x) as shares of its sum along an axis. @example interpret([softmax(input('x', [2, 1]), 0)], { x: [3, 3] })[0].data // [0.5, 0.5] */
export function softmax(x: Tensor, axis: number): Tensor {
  if (x.shape[axis] === 1) return broadcast(constant(1), x.shape);
  const exponentials = exponential(subtract(x, reduceMaximum(x, [axis]))); // the largest is 1: none overflows
  return divide(exponentials, sum(exponentials, [axis]));
}
