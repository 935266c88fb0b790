/** Reductions over axes, and broadcasting to a larger shape. */
import { CONTRIB_DOMAIN, type Emitter } from '../onnx/emitter.ts';
import {
  broadcastIndices,
  broadcastShapes,
  divide,
  exp,
  greaterEqual,
  multiply,
  type None,
  subtract,
} from './elementwise.ts';
import { checkAxes, reshape } from './shape.ts';
import {
  type Addition,
  elements,
  GraphError,
  list,
  type NumberArray,
  type Operand,
  type Operation,
  operation,
  type Shape,
  type Tensor,
} from './tensor.ts';

/** One axis or several. Default: all. */
type Axes = number | readonly number[];

export interface KeepDims {
  /** Keep reduced axes, with size 1. Default false. */
  keepDims?: boolean;
}

const axesOf = ({ shape }: Tensor, axes: Axes | undefined): readonly number[] =>
  typeof axes === 'number' ? [axes] : (axes ?? shape.map((_, axis) => axis));

/** Removes reduced axes from the result unless `keepDims` is set. */
const finish =
  (axes: readonly number[], { keepDims = false }: KeepDims) =>
  (kept: Tensor): Tensor =>
    keepDims || axes.length === 0
      ? kept
      : reshape(
          kept,
          kept.shape.filter((_, axis) => !axes.includes(axis)),
        );

function reducedShape(name: string, shape: Shape, axes: readonly number[]): Shape {
  checkAxes(name, shape, axes);
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

/** Makes a reduction. Its record keeps reduced axes, with size 1; the function removes them unless `keepDims` is set. */
const reduction = (
  name: string,
  record: Pick<Operation<{ axes: readonly number[] }>, 'gradient' | 'reference' | 'emit'>,
  /** Reducing axes of size 1 changes nothing, so they are skipped. */
  skipsOnes = false,
) =>
  operation({
    name,
    call(x: Tensor, axes?: Axes, options: KeepDims = {}) {
      const all = axesOf(x, axes);
      const longer = skipsOnes ? all.filter((axis) => x.shape[axis] !== 1) : all;
      if (longer.length === 0 && all.length > 0) return finish(all, options)(x);
      return [[x], { axes: longer }, finish(all, options)];
    },
    infer: ([shape], { axes }) => reducedShape(name, shape!, axes),
    ...record,
  });

function fold(x: NumberArray, shape: Shape, initial: number, step: (sum: number, value: number) => number) {
  const result = new Float64Array(elements(shape)).fill(initial);
  broadcastIndices(shape, x.shape).forEach((at, i) => {
    result[at] = step(result[at]!, x.data[i]!);
  });
  return result;
}

/**
 * The sum over axes.
 * @example
 * sum(input('x', [16, 16, 3, 2]), [0, 1]); // [3, 2]
 * sum(input('x', [2, 3])); // []
 */
export const sum = reduction(
  'sum',
  {
    gradient: (_, g) => [g], // the driver broadcasts it
    reference: ([x], _, shape) => fold(x!, shape, 0, (total, value) => total + value),
    emit: (emitter, [x], { attributes: { axes } }) => sumNodes(emitter, x!, neighbours(axes)),
  },
  true,
);

/**
 * Groups of neighbouring axes, the last group first: ONNX Runtime is up to three times faster if it reduces one group after the
 * other. If the only group starts at axis 0, that axis is reduced last and alone, so that threads can share the work.
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

/** Sums over one group of axes after the other. */
const sumNodes = (emitter: Emitter, name: string, groups: readonly (readonly number[])[]): string =>
  groups.reduce((summed, group) => sumNode(emitter, summed, group), name);

/** The sum of squares over axes. @example interpret([sumOfSquares(input('x', [2]))], { x: [3, 4] })[0].data // [25] */
export const sumOfSquares = reduction('sumOfSquares', {
  gradient: ({ inputs: [x] }, g) => [multiply(x!, multiply(g, 2))],
  reference: ([x], _, shape) => fold(x!, shape, 0, (sum, value) => sum + value * value),
  emit: (emitter, [name], { inputs: [x], attributes: { axes } }) => {
    const [first, ...rest] = neighbours(axes);
    if (first === undefined) return emitter.node('Mul', [name!, name!]);
    if (areRows(emitter, x!.shape, axes)) return rowProducts(emitter, [name!, name!], x!.shape, axes);
    const squares = emitter.node('ReduceSumSquare', [name!], { axes: first, keepdims: 1 });
    return sumNodes(emitter, squares, rest);
  },
});

/** Fewer rows than this do not keep threads busy. */
const FEWEST_ROWS = 16;

/**
 * True if a product of matrices is the fastest way to sum products over these axes, and the most precise one: in onnxruntime-node, which
 * has blocks of channels. In WebAssembly, a reduction is faster.
 */
function areRows(emitter: Emitter, shape: Shape, axes: readonly number[]): boolean {
  const first = Math.min(...axes);
  const isLast = axes.length === shape.length - first;
  return emitter.channelBlock !== undefined && isLast && elements(shape.slice(0, first)) >= FEWEST_ROWS;
}

/** The sums of the products of each row: products of matrices [1, K] · [K, 1]. */
function rowProducts(
  emitter: Emitter,
  names: readonly string[],
  shape: Shape,
  axes: readonly number[],
): string {
  const first = Math.min(...axes);
  const rows = [elements(shape.slice(0, first)), 1, elements(shape.slice(first))];
  const factors = names.map((name) => emitter.reshape(name, rows));
  const products = emitter.node('FusedMatMul', factors, { transB: 1 }, CONTRIB_DOMAIN);
  return emitter.reshape(
    products,
    shape.map((size, axis) => (axis < first ? size : 1)),
  );
}

/**
 * The sum over axes of the products of two tensors of one shape; the axes stay, with size 1.
 * @example sumOfProducts(input('map', [96, 64, 32, 32]), input('gradient', [96, 64, 32, 32]), [1, 2, 3]); // [96, 1, 1, 1]
 */
export const sumOfProducts = operation({
  name: 'sumOfProducts',
  call: (a: Tensor, b: Tensor, axes: readonly number[]) => [[a, b], { axes }],
  infer: ([a, b], { axes }) => {
    if (a!.join() !== b!.join())
      throw new GraphError(`sumOfProducts: the shapes ${list(a!)} and ${list(b!)} differ`);
    return reducedShape('sumOfProducts', a!, axes);
  },
  gradient: ({ inputs: [a, b] }, g) => [multiply(b!, g), multiply(a!, g)],
  reference: ([a, b], _, shape) => {
    const data = a!.data.map((value, i) => value * b!.data[i]!);
    return fold({ shape: a!.shape, data }, shape, 0, (total, value) => total + value);
  },
  emit: (emitter, names, { inputs: [a], attributes: { axes } }) =>
    areRows(emitter, a!.shape, axes)
      ? rowProducts(emitter, names, a!.shape, axes)
      : sumNodes(emitter, emitter.node('Mul', names), neighbours(axes)),
});

/** The gradient of a maximum over axes. Equal maxima share it equally. */
export function maximumGradient(x: Tensor, maximum: Tensor, axes: readonly number[], g: Tensor): Tensor {
  const isMaximum = greaterEqual(x, maximum);
  return multiply(isMaximum, divide(g, sum(isMaximum, axes, { keepDims: true })));
}

const maximumNode = (emitter: Emitter, x: string, axes: readonly number[]) =>
  neighbours(axes).reduce(
    (name, group) => emitter.node('ReduceMax', [name], { axes: group, keepdims: 1 }),
    x,
  );

/** True for axes 0 and 1, height and width of a map [H, W, C, N]. */
const arePlaces = (axes: readonly number[]) => axes.length === 2 && axes.includes(0) && axes.includes(1);

/** The maximum over axes. @example max(input('x', [16, 16, 3, 2]), [0, 1]) // [3, 2] */
export const max = reduction('max', {
  gradient: ({ inputs: [x], output, attributes: { axes } }, g) => [
    arePlaces(axes) ? atMaximum(x!, g) : maximumGradient(x!, output, axes, g),
  ],
  reference: ([x], _, shape) => fold(x!, shape, -Infinity, Math.max),
  emit: (emitter, [x], { attributes: { axes } }) => maximumNode(emitter, x!, axes),
});

/** For each column of x as a matrix [H · W, …], the row of its first maximum. */
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
 * The gradient of a maximum over whole maps: adds `values` [1, 1, …] to `base` (default: zeros) at the first maximum of x over
 * axes 0 and 1. A mask would read the map six times. This finds the row with the largest maximum, then the position in that row.
 */
export const atMaximum = operation({
  name: 'atMaximum',
  call: (x: Tensor, values: Tensor, base?: Tensor) => [base ? [x, values, base] : [x, values], {} as None],
  storage: 'inPlace',
  addTo: ({ inputs: [x, values, base] }): Addition | undefined =>
    base ? undefined : (total) => atMaximum(x!, values!, total),
  infer: ([x, values, base = x!]) => {
    if (base!.join() !== x!.join() || values!.join() !== reducedShape('atMaximum', x!, [0, 1]).join()) {
      throw new GraphError(`atMaximum: ${list(values!)} at maxima of ${list(x!)}, added to ${list(base!)}`);
    }
    return x!;
  },
  gradient: ({ inputs: [x, , base] }, g) => {
    const isMaximum = greaterEqual(x!, max(x!, [0, 1], { keepDims: true }));
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
      // A mask, because not all devices support integers. Equal maxima share the value.
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
    const flat = (name: string, rows: number) => emitter.reshape(name, [rows, elements(rest)]);
    const place = flat(emitter.node('Add', [start, column]), 1);
    const places = flat(base, height * width);
    const before = emitter.node('GatherElements', [places, place], { axis: 0 });
    const after = emitter.node('Add', [before, flat(values!, 1)]);
    const result = emitter.node('ScatterElements', [places, place, after], { axis: 0 });
    return emitter.reshape(result, shape);
  },
});

/** x repeated to a larger shape. @example broadcastTo(input('bias', [37, 1]), [37, 96]) // [37, 96] */
export const broadcastTo = operation({
  name: 'broadcastTo',
  call: (x: Operand, shape: Shape) => [[x], { shape }],
  infer: ([from], { shape }) => {
    if (broadcastShapes('broadcastTo', from!, shape).join() !== shape.join()) {
      throw new GraphError(`broadcastTo: ${list(from!)} does not broadcast to ${list(shape)}`);
    }
    return shape;
  },
  gradient: (_, g) => [g],
  reference: ([x], _, shape) => Float64Array.from(broadcastIndices(x!.shape, shape), (at) => x!.data[at]!),
  emit: (emitter, [x], { attributes: { shape } }) => emitter.node('Expand', [x!, emitter.integers(shape)]),
});

/** The mean over axes. @example mean(input('x', [16, 16, 3, 2]), [0, 1]) // [3, 2] */
export function mean(x: Tensor, axes?: Axes, options: KeepDims = {}): Tensor {
  const all = axesOf(x, axes);
  const count = all.reduce((product, axis) => product * x.shape[axis]!, 1);
  return finish(all, options)(multiply(sum(x, all, { keepDims: true }), 1 / count));
}

/** exp(x) divided by its sum along an axis. @example interpret([softmax(input('x', [2, 1]), 0)], { x: [3, 3] })[0].data // [0.5, 0.5] */
export function softmax(x: Tensor, axis: number): Tensor {
  if (x.shape[axis] === 1) return broadcastTo(1, x.shape);
  const exponentials = exp(subtract(x, max(x, axis, { keepDims: true }))); // the largest is 1: none overflows
  return divide(exponentials, sum(exponentials, axis, { keepDims: true }));
}
