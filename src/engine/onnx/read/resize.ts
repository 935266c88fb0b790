/** Resizing: each axis is multiplied by a matrix of weights. */
import { matmul } from '../../graph/matmul.ts';
import { reshape } from '../../graph/shape.ts';
import { constant, elements, type Tensor } from '../../graph/tensor.ts';
import type { Call, OnnxOperator } from './value.ts';

/** The product of a matrix [M, K] and x along an axis of size K. */
export function alongAxis(x: Tensor, axis: number, matrix: Tensor): Tensor {
  const { shape } = x;
  const [before, after] = [elements(shape.slice(0, axis)), elements(shape.slice(axis + 1))];
  const rows = reshape(x, [before, shape[axis]!, after]);
  return reshape(matmul(matrix, rows), shape.with(axis, matrix.shape[0]!));
}

/** In float32, as ONNX Runtime: rounding decides which neighbour is nearest. */
const halfPixel = (at: number, scale: number) => Math.fround(Math.fround((at + 0.5) / scale) - 0.5);

/** The place in the input of each place in the output, by `coordinate_transformation_mode`. */
const PLACES: Readonly<Record<string, (at: number, from: number, to: number, scale: number) => number>> = {
  half_pixel: (at, _, __, scale) => halfPixel(at, scale),
  pytorch_half_pixel: (at, _, to, scale) => (to > 1 ? halfPixel(at, scale) : 0),
  align_corners: (at, from, to) => (to > 1 ? Math.fround((at * (from - 1)) / (to - 1)) : 0),
  asymmetric: (at, _, __, scale) => Math.fround(at / scale),
};

const ROUNDINGS: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Weights of the neighbours at first, first + 1, … */
interface Neighbours {
  first: number;
  weights: readonly number[];
}

/** Cubic convolution (Keys 1981): the weight of a neighbour at a distance. */
const cubic =
  (a: number) =>
  (distance: number): number => {
    const x = Math.abs(distance);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  };

const linear = (distance: number): number => Math.max(0, 1 - Math.abs(distance));

/** The neighbours that have weight in a filter of a width. */
function filtered(at: number, filter: (distance: number) => number, width: number): Neighbours {
  const first = Math.ceil(at - width);
  const count = Math.floor(at + width) - first + 1;
  return { first, weights: Array.from({ length: count }, (_, i) => filter(first + i - at)) };
}

/** Neighbours whose weights have the sum 1. */
function normalised({ first, weights }: Neighbours): Neighbours {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first, weights: weights.map((weight) => weight / total) };
}

/** Without the neighbours outside. */
function inside({ first, weights }: Neighbours, size: number): Neighbours {
  const skipped = Math.max(0, -first);
  return normalised({ first: first + skipped, weights: weights.slice(skipped, size - first) });
}

/** The matrix [to, from] that resizes an axis. Places outside repeat the edge. */
function weightsOf(call: Call, from: number, to: number, scale: number): Tensor {
  const mode = call.text('mode', 'nearest');
  const place = PLACES[call.text('coordinate_transformation_mode', 'half_pixel')];
  const round = ROUNDINGS[call.text('nearest_mode', 'round_prefer_floor')];
  const isKnown = ['nearest', 'linear', 'cubic'].includes(mode) && place !== undefined && round !== undefined;
  if (!isKnown)
    call.fail(
      `resizes by ${mode}, ${call.text('coordinate_transformation_mode', '')}, which is not supported`,
    );
  const [filter, width] = mode === 'cubic' ? [cubic(call.attribute('cubic_coeff_a', -0.75)), 2] : [linear, 1];
  const isSmoothed = call.attribute('antialias', 0) !== 0;
  // Smaller pictures are averages over wider neighbourhoods.
  const narrowing = isSmoothed ? Math.min(1, scale) : 1;
  const neighboursOf = (at: number): Neighbours => {
    if (mode === 'nearest') return { first: round!(at), weights: [1] };
    const near = filtered(at, (distance) => filter(distance * narrowing), width / narrowing);
    if (call.attribute('exclude_outside', 0) !== 0) return inside(near, from);
    return isSmoothed ? normalised(near) : near;
  };
  const matrix = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const neighbours = neighboursOf(place!(row, from, to, scale));
    neighbours.weights.forEach((weight, i) => {
      const column = Math.min(Math.max(neighbours.first + i, 0), from - 1);
      matrix[row * from + column]! += weight;
    });
  }
  return constant(matrix, [to, from]);
}

const LARGEST_SIDE = 4096;

/** Changes the size of axes by interpolation. */
export const resized: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const given = (index: number) => (call.has(index) ? call.numbers(index) : []);
  const [scales, sizes] = [given(2), given(3)];
  const axes = call.hasAttribute('axes')
    ? call.axes(call.attributes('axes'), shape.length)
    : shape.map((_, i) => i);
  const policy = call.text('keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') call.fail(`keeps the aspect ratio (${policy}), which is not supported`);
  if (scales.length !== axes.length && sizes.length !== axes.length)
    call.fail('expected scales or sizes of each axis');
  return axes.reduce((x, axis, i) => {
    const from = shape[axis]!;
    const to = sizes.length > 0 ? sizes[i]! : Math.floor(Math.fround(from * scales[i]!));
    // The first axis counts pictures.
    if (axis === 0 || to === from) return x;
    if (!(to >= 1 && to <= LARGEST_SIDE && from <= LARGEST_SIDE))
      call.fail(`resizes axis ${axis} from ${from} to ${to}`);
    return alongAxis(x, axis, weightsOf(call, from, to, sizes.length > 0 ? to / from : scales[i]!));
  }, call.tensor(0));
};
