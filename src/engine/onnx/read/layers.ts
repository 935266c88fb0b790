/** Operators of layers: convolutions, pools, products of matrices, normalisations. */
import { averagePool, convolution, maxPool } from '../../graph/convolution.ts';
import { add, divide, exp, log, multiply, sqrt, square, subtract } from '../../graph/elementwise.ts';
import { matmul } from '../../graph/matmul.ts';
import { mean } from '../../graph/reduce.ts';
import { pad, reshape } from '../../graph/shape.ts';
import { constant, elements, type Shape, type Tensor } from '../../graph/tensor.ts';
import { moments } from '../../nn/batchNorm.ts';
import { convolveChannels, normalisedProduct, type Product } from '../../nn/channelsFirst.ts';
import { einsum } from './einsum.ts';
import { alongAxis } from './resize.ts';
import {
  axesFrom,
  byChannel,
  type Call,
  computed,
  isTensor,
  type OnnxOperator,
  ofChannels,
  type Value,
} from './value.ts';

/** A vector [C] as [C, 1, 1], which broadcasts to maps. */
const perChannel = (vector: Tensor, rank = 4): Tensor =>
  reshape(vector, [elements(vector.shape), ...new Array<number>(rank - 2).fill(1)]);

/** Of local response normalisation, whose matrix of channels is kept in memory. */
const MOST_CHANNELS = 4096;

/** The largest kernel, stride, dilation and padding. */
const LARGEST_WINDOW = 1024;

/** The window of a convolution or a pool: padding as [top, left, bottom, right]. */
function windowOf(call: Call, size: readonly number[]) {
  const { shape } = call.input(0);
  if (shape.length !== 4) call.fail(`expected a map [N, C, H, W], got [${shape}]`);
  const checked = (name: string, values: readonly number[], count: number, least: number) => {
    const isFitting = values.every((value) => value >= least && value <= LARGEST_WINDOW);
    return values.length === count && isFitting ? values : call.fail(`${name} is [${values.slice(0, 8)}]`);
  };
  checked('kernel_shape', size, 2, 1);
  const stride = checked('strides', call.attributes('strides', [1, 1]), 2, 1);
  const dilation = checked('dilations', call.attributes('dilations', [1, 1]), 2, 1);
  const reach = size.map((each, i) => dilation[i]! * (each - 1) + 1);
  const auto = call.text('auto_pad', 'NOTSET');
  if (auto === 'NOTSET')
    return { size, stride, dilation, reach, padding: call.attributes('pads', [0, 0, 0, 0]) };
  if (auto === 'VALID') return { size, stride, dilation, reach, padding: [0, 0, 0, 0] };
  const total = reach.map((each, i) => {
    const places = Math.ceil(shape[i + 2]! / stride[i]!);
    return Math.max(0, (places - 1) * stride[i]! + each - shape[i + 2]!);
  });
  const before = total.map((each) => (auto === 'SAME_UPPER' ? Math.floor(each / 2) : Math.ceil(each / 2)));
  return {
    size,
    stride,
    dilation,
    reach,
    padding: [...before, ...total.map((each, i) => each - before[i]!)],
  };
}

const conv: OnnxOperator = (call) => {
  const kernel = call.tensor(1);
  const { padding, stride, dilation } = windowOf(call, kernel.shape.slice(2));
  const { value, margins } = call.input(0).unpadded ?? { value: call.input(0), margins: [0, 0, 0, 0] };
  const placing = {
    padding: padding.map((each, i) => each + margins[i]!),
    stride,
    dilation,
    groups: call.attribute('group', 1),
  };
  const isFed = call.around.channelsFirst && kernel.source.kind !== 'constant';
  const convolved = isFed ? convolveChannels(byChannel(value), kernel, placing) : undefined;
  if (convolved) {
    const { map, product } = convolved;
    if (call.has(2)) return ofChannels(add(map, reshape(call.tensor(2), [map.shape[0]!, 1, 1, 1])));
    return { ...ofChannels(map), ...(product && { product }) };
  }
  const result = convolution(value.tensor(), kernel, placing);
  return call.has(2) ? add(result, perChannel(call.tensor(2))) : result;
};

/** A pool's window. With `ceil_mode`, a last window that is not whole is padded. */
function poolWindow(call: Call) {
  const { shape } = call.input(0);
  const { reach, ...window } = windowOf(call, call.attributes('kernel_shape'));
  if (call.attribute('ceil_mode', 0) === 0) return window;
  const padding = [...window.padding];
  for (const i of [0, 1]) {
    const length = shape[i + 2]! + padding[i]! + padding[i + 2]! - reach[i]!;
    const more = (window.stride[i]! - (length % window.stride[i]!)) % window.stride[i]!;
    // A window that begins after the map and its first padding is left out.
    const lastStart = length + more;
    if (more > 0 && lastStart < shape[i + 2]! + padding[i]!) padding[i + 2]! += more;
  }
  return { ...window, padding };
}

const averaged: OnnxOperator = (call) => {
  const { dilation, padding, ...window } = poolWindow(call);
  if (dilation.some((each) => each !== 1)) call.fail('is dilated, which is not supported');
  if (call.attribute('count_include_pad', 0) === 0)
    return averagePool(call.tensor(0), { ...window, padding });
  // Zeros around the map count, those of `ceil_mode` do not.
  const given = windowOf(call, window.size).padding;
  const [top, left, bottom, right] = given as [number, number, number, number];
  const wider = pad(pad(call.tensor(0), 2, top, bottom), 3, left, right);
  return averagePool(wider, { ...window, padding: padding.map((each, i) => each - given[i]!) });
};

/** a · b with NumPy's rules: a vector is a row on the left and a column on the right. */
const product: OnnxOperator = (call) => {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const left = a.shape.length === 1 ? reshape(a, [1, ...a.shape]) : a;
  const right = b.shape.length === 1 ? reshape(b, [...b.shape, 1]) : b;
  const result = matmul(left, right);
  const shape = [...result.shape];
  if (b.shape.length === 1) shape.pop();
  if (a.shape.length === 1) shape.splice(-1 - Number(b.shape.length > 1), 1);
  return shape.length === result.shape.length ? result : reshape(result, shape);
};

const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : multiply(x, factor));

const gemm: OnnxOperator = (call) => {
  const isTurned = (name: string) => call.attribute(name, 0) === 1;
  const result = scaled(
    matmul(call.tensor(0), call.tensor(1), isTurned('transA'), isTurned('transB')),
    call.attribute('alpha', 1),
  );
  return call.has(2) ? add(result, scaled(call.tensor(2), call.attribute('beta', 1))) : result;
};

/** (x - mean) / √(variance + ε) · scale + shift. */
function normalised(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centred = subtract(x, mean(x, axes, { keepDims: true }));
  return divide(centred, sqrt(add(mean(square(centred), axes, { keepDims: true }), epsilon)));
}

/** True if a product has more channels than the map that it is made from. */
const isExpanding = ({ weights: { shape } }: Product): boolean => shape[0]! > shape[1]!;

/**
 * Batch normalisation (Ioffe and Szegedy 2015). In training, it uses the statistics of the batch and moves the running ones;
 * otherwise, scale and shift are one product and one sum.
 */
const batchNormalization: OnnxOperator = (call) => {
  const [scale, shift] = [call.tensor(1), call.tensor(2)];
  const [mu, variance] = [call.input(3), call.input(4)];
  const epsilon = call.attribute('epsilon', 1e-5);
  const { moves, update, channelsFirst } = call.around;
  const isMoving = mu.parameter !== undefined && moves(mu.parameter);
  const input = call.input(0);
  const isTurned =
    input.channelsFirst !== undefined || (channelsFirst && isMoving && input.shape.length === 4);
  const x = isTurned ? byChannel(input) : input.tensor();
  const perChannelOf = (vector: Tensor) =>
    isTurned ? reshape(vector, [elements(vector.shape), 1, 1, 1]) : perChannel(vector, x.shape.length);
  const affine = (centre: Tensor, spread: Tensor) => {
    const factor = divide(scale, sqrt(add(spread, epsilon)));
    const offset = subtract(shift, multiply(centre, factor));
    const result = add(multiply(x, perChannelOf(factor)), perChannelOf(offset));
    return isTurned ? ofChannels(result) : result;
  };
  if (!isMoving) return affine(mu.tensor(), variance.tensor());
  const count = elements(x.shape) / elements(scale.shape);
  // Files for long trainings have up to 0.99, with which the statistics would lag behind in a short fine-tuning.
  const momentum = Math.min(0.9, call.attribute('momentum', 0.9));
  const move = (statistic: Value, value: Tensor) => {
    if (statistic.parameter === undefined) return;
    update(statistic.parameter, add(multiply(statistic.tensor(), momentum), multiply(value, 1 - momentum)));
  };
  const moveTo = (centre: Tensor, spread: Tensor) => {
    move(mu, centre);
    move(variance, multiply(spread, count / (count - 1)));
  };
  const { product } = input;
  if (product && isExpanding(product)) {
    const { normalised, mean, variance } = normalisedProduct(product, { scale, shift, epsilon });
    moveTo(mean, variance);
    return ofChannels(reshape(normalised, x.shape));
  }
  const others = isTurned ? [1, 2, 3] : [0, ...axesFrom(x, 2)];
  const own = moments(x, others, count);
  moveTo(own.mean, own.variance);
  return affine(own.mean, own.variance);
};

/** Normalisation over all axes from one on (Ba et al. 2016). */
const layerNormalization: OnnxOperator = (call) => {
  const x = call.tensor(0);
  const axis = call.axis(call.attribute('axis', -1), x.shape.length);
  const stretched = multiply(
    normalised(x, axesFrom(x, axis), call.attribute('epsilon', 1e-5)),
    call.tensor(1),
  );
  return call.has(2) ? add(stretched, call.tensor(2)) : stretched;
};

const instanceNormalization: OnnxOperator = (call) => {
  const x = call.tensor(0);
  const rank = x.shape.length;
  const result = normalised(x, axesFrom(x, 2), call.attribute('epsilon', 1e-5));
  return add(multiply(result, perChannel(call.tensor(1), rank)), perChannel(call.tensor(2), rank));
};

/** Each value divided by a power of the sum of squares in neighbouring channels (Krizhevsky et al. 2012). */
const localResponse: OnnxOperator = (call) => {
  const x = call.tensor(0);
  const channels = x.shape[1]!;
  const size = call.attribute('size');
  if (channels > MOST_CHANNELS) call.fail(`has ${channels} channels, which are too many`);
  const isNear = Float32Array.from({ length: channels ** 2 }, (_, i) => {
    const distance = (i % channels) - Math.floor(i / channels);
    return Number(2 * Math.abs(distance) < size);
  });
  const sums = alongAxis(square(x), 1, constant(isNear, [channels, channels]));
  const spread = add(multiply(sums, call.attribute('alpha', 1e-4) / size), call.attribute('bias', 1));
  return multiply(x, exp(multiply(log(spread), -call.attribute('beta', 0.75))));
};

/** Normalisation of groups of channels (Wu and He 2018). Until version 21, scale and shift are given for each group. */
const groupNormalization: OnnxOperator = (call) => {
  const x = call.tensor(0);
  const [batch, channels, ...rest] = x.shape as [number, number, ...number[]];
  const groups = call.attribute('num_groups');
  const apart = reshape(x, [batch, groups, channels / groups, ...rest]);
  const result = normalised(apart, axesFrom(apart, 2), call.attribute('epsilon', 1e-5));
  const factor = (index: number): Tensor => {
    const ones: Shape = rest.map(() => 1);
    const each = call.tensor(index);
    return elements(each.shape) === groups && groups !== channels
      ? reshape(each, [groups, 1, ...ones])
      : reshape(each, [groups, channels / groups, ...ones]);
  };
  return reshape(add(multiply(result, factor(1)), factor(2)), x.shape);
};

/** What an attribute of a sequence's operator has for the height of 1 that a map has. */
const OF_HEIGHT = { kernel_shape: 1, strides: 1, dilations: 1, pads: 0 };

/** Applies an operator of maps also to sequences [N, C, L], as maps [N, C, 1, L]. */
const alsoOfSequences =
  (operator: OnnxOperator): OnnxOperator =>
  (call) => {
    if (call.input(0).shape.length !== 3) return operator(call);
    const withHeight = ({ shape, tensor }: Value) => computed(reshape(tensor(), shape.toSpliced(2, 0, 1)));
    const [x, kernel, ...others] = call.inputs;
    const attributes = new Map(call.node.attributes);
    for (const [name, first] of Object.entries(OF_HEIGHT)) {
      if (attributes.has(name))
        attributes.set(
          name,
          call.attributes(name).flatMap((each) => [first, each]),
        );
    }
    const result = operator(call.with([withHeight(x!), kernel && withHeight(kernel), ...others], attributes));
    const map = result as Value | Tensor;
    return reshape(isTensor(map) ? map : map.tensor(), map.shape.toSpliced(2, 1));
  };

export const layers: Readonly<Record<string, OnnxOperator>> = {
  Conv: alsoOfSequences(conv),
  MaxPool: alsoOfSequences((call) => maxPool(call.tensor(0), poolWindow(call))),
  AveragePool: alsoOfSequences(averaged),
  MatMul: product,
  Einsum: einsum,
  Gemm: gemm,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LRN: localResponse,
  MeanVarianceNormalization: (call) =>
    normalised(
      call.tensor(0),
      call.axes(call.attributes('axes', [0, 2, 3]), call.input(0).shape.length),
      1e-9,
    ),
};
