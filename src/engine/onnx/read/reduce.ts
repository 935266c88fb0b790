/** Operators that reduce axes. */
import { add, divide, exp, log, negative, sqrt, subtract } from '../../graph/elementwise.ts';
import { type KeepDims, max, mean, softmax, sum, sumOfSquares } from '../../graph/reduce.ts';
import { reshape } from '../../graph/shape.ts';
import { constant, elements, type Tensor } from '../../graph/tensor.ts';
import { absolute } from './elementwise.ts';
import { alongAxis } from './resize.ts';
import {
  axesFrom,
  type Call,
  computed,
  integers,
  type OnnxOperator,
  ofChannels,
  type Value,
} from './value.ts';

type Reduction = (x: Tensor, axes: readonly number[], options: KeepDims) => Tensor;

const reduced =
  (reduce: Reduction): OnnxOperator =>
  (call) => {
    const { shape, kind } = call.input(0);
    const keepsAll = call.attribute('noop_with_empty_axes', 0) === 1;
    const given = call.givenAxes(1, shape.length);
    const axes = given?.length ? given : keepsAll ? [] : shape.map((_, axis) => axis);
    if (axes.length === 0) return call.input(0);
    const keepDims = call.attribute('keepdims', 1) === 1;
    if (keepDims && axes.every((axis) => axis >= 2)) return overPlaces(call.input(0), reduce, axes);
    return computed(reduce(call.tensor(0), axes, { keepDims }), kind);
  };

/** Over places of a map, whose axes stay, with size 1. */
function overPlaces(
  { channelsFirst, kind, tensor }: Value,
  reduce: Reduction,
  axes: readonly number[],
): Value {
  const keep = { keepDims: true };
  return channelsFirst
    ? ofChannels(reduce(channelsFirst, axes, keep))
    : computed(reduce(tensor(), axes, keep), kind);
}

const pooled =
  (reduce: Reduction): OnnxOperator =>
  (call) =>
    overPlaces(call.input(0), reduce, axesFrom(call.input(0), 2));

/** The product of known numbers, such as sizes. */
const product: OnnxOperator = (call) => {
  const total = call.numbers(0).reduce((all, each) => all * each, 1);
  return integers([total], call.attribute('keepdims', 1) === 1 ? [1] : []);
};

/** Sums of all elements up to each along an axis: a product with a triangle of ones. */
const cumulated: OnnxOperator = (call) => {
  const x = call.tensor(0);
  const axis = call.axis(call.number(1), x.shape.length);
  const size = x.shape[axis]!;
  if (size > 4096) call.fail(`sums ${size} elements, which are too many`);
  const [isExclusive, isReversed] = [
    call.attribute('exclusive', 0) === 1,
    call.attribute('reverse', 0) === 1,
  ];
  const triangle = Float32Array.from({ length: size * size }, (_, i) => {
    const distance = (isReversed ? -1 : 1) * (Math.floor(i / size) - (i % size));
    return Number(distance > 0 || (distance === 0 && !isExclusive));
  });
  const matrix = constant(triangle, [size, size]);
  return computed(alongAxis(x, axis, matrix), call.input(0).kind);
};

/** Softmax, until version 13 over all axes from `axis` on. */
function softmaxOf(call: Call): Tensor {
  const { shape } = call.input(0);
  const { opset } = call.around;
  const axis = call.axis(call.attribute('axis', opset < 13 ? 1 : -1), shape.length);
  if (opset >= 13 || axis === shape.length - 1) return softmax(call.tensor(0), axis);
  const rows = reshape(call.tensor(0), [elements(shape.slice(0, axis)), elements(shape.slice(axis))]);
  return reshape(softmax(rows, 1), shape);
}

/** x divided by its norm along an axis. */
const normalised: OnnxOperator = (call) => {
  const x = call.tensor(0);
  const axis = call.axis(call.attribute('axis', -1), x.shape.length);
  if (call.attribute('p', 2) !== 2) call.fail(`has the norm p = ${call.attribute('p', 2)}, expected 2`);
  return divide(x, sqrt(sumOfSquares(x, axis, { keepDims: true })));
};

export const reductions: Readonly<Record<string, OnnxOperator>> = {
  ReduceSum: reduced(sum),
  ReduceMean: reduced(mean),
  ReduceMax: reduced(max),
  ReduceMin: reduced((x, axes, options) => negative(max(negative(x), axes, options))),
  ReduceSumSquare: reduced(sumOfSquares),
  ReduceL2: reduced((x, axes, options) => sqrt(sumOfSquares(x, axes, options))),
  ReduceL1: reduced((x, axes, options) => sum(absolute(x), axes, options)),
  ReduceLogSumExp: reduced((x, axes, options) => {
    const largest = max(x, axes, { keepDims: true });
    return add(log(sum(exp(subtract(x, largest)), axes, options)), max(x, axes, options));
  }),
  ReduceProd: product,
  CumSum: cumulated,
  GlobalAveragePool: pooled(mean),
  GlobalMaxPool: pooled(max),
  Softmax: softmaxOf,
  LogSoftmax: (call) => log(softmaxOf(call)),
  LpNormalization: normalised,
};
