/** Operators that move elements, and arithmetic with shapes. */
import { pick } from '../../graph/pick.ts';
import { broadcastTo } from '../../graph/reduce.ts';
import { concatenate, extend, flip, reshape, slice, transpose } from '../../graph/shape.ts';
import { elements, type Shape, type Tensor } from '../../graph/tensor.ts';
import { resized } from './resize.ts';
import {
  type Call,
  computed,
  integers,
  known,
  MOST_NUMBERS,
  type OnnxOperator,
  ofChannels,
  type Value,
} from './value.ts';

/** The same elements, of the same kind, in another order or shape. */
const moved = (call: Call, tensor: Tensor): Value => computed(tensor, call.input(0).kind);

const empty = (kind: Value['kind'], shape: Shape): Value => known({ kind, shape, data: new Float64Array() });

/**
 * The shape among the file's numbers that is an input. If the file is written for a fixed number of pictures, its first size is
 * changed to that of this graph, unless it is computed from the picture's shape.
 * @param index of the input
 */
function shapeForBatch(call: Call, index: number, shape: Shape = call.numbers(index)): Shape {
  const { written, built } = call.around.batch;
  const [first, ...rest] = shape;
  const isWritten = written !== undefined && !call.input(index).isBatched;
  if (!isWritten || first === undefined || first < 1 || first % written !== 0) return shape;
  return [(first / written) * built, ...rest];
}

const reshaped: OnnxOperator = (call) => {
  const { shape, isBatched } = call.input(0);
  const allowsZero = call.attribute('allowzero', 0) === 1;
  const copied = call.numbers(1).map((size, i) => (size === 0 && !allowsZero ? (shape[i] ?? 0) : size));
  const target = isBatched ? shapeForBatch(call, 1, copied) : copied;
  const others = target.filter((size) => size !== -1);
  if (others.length < target.length - 1) call.fail(`expected one -1 at most, got the shape [${target}]`);
  const inferred = elements(shape) / elements(others);
  return moved(
    call,
    reshape(
      call.tensor(0),
      target.map((size) => (size === -1 ? inferred : size)),
    ),
  );
};

const flattened: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const axis = call.attribute('axis', 1);
  const front = axis < 0 ? axis + shape.length : axis;
  return moved(
    call,
    reshape(call.tensor(0), [elements(shape.slice(0, front)), elements(shape.slice(front))]),
  );
};

const transposed: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  return moved(
    call,
    transpose(call.tensor(0), call.attributes('perm', shape.map((_, axis) => axis).reverse())),
  );
};

const shapeOf: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const end = call.hasAttribute('end') ? call.attribute('end') : undefined;
  return integers(shape.slice(call.attribute('start', 0), end));
};

const squeezed: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const axes = call.givenAxes(1, shape.length) ?? shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  if (axes.some((axis) => shape[axis] !== 1))
    call.fail(`axes ${axes} of the shape [${shape}] are longer than 1`);
  return moved(
    call,
    reshape(
      call.tensor(0),
      shape.filter((_, axis) => !axes.includes(axis)),
    ),
  );
};

const unsqueezed: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const given = call.has(1) ? call.numbers(1) : call.attributes('axes');
  const axes = call.axes(given, shape.length + given.length);
  const sizes = [...shape];
  for (const axis of axes.sort((a, b) => a - b)) sizes.splice(axis, 0, 1);
  return moved(call, reshape(call.tensor(0), sizes));
};

/** Joins; an empty list of numbers adds nothing. Tensors for one picture are repeated to the batch. */
const joined: OnnxOperator = (call) => {
  const inputs = call.inputs.flatMap((value) => (value && elements(value.shape) > 0 ? [value] : []));
  const [first] = inputs;
  if (first === undefined) return integers([]);
  const axis = call.axis(call.attribute('axis'), first.shape.length);
  const batch = Math.max(...inputs.map(({ shape }) => shape[0]!));
  const isOne = ({ shape }: Value) => axis > 0 && shape[0] === 1 && batch > 1;
  const tensors = inputs.map((value) =>
    isOne(value) ? broadcastTo(value.tensor(), [batch, ...value.shape.slice(1)]) : value.tensor(),
  );
  return computed(concatenate(tensors, axis), first.kind);
};

const split: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const axis = call.axis(call.attribute('axis', 0), shape.length);
  const size = shape[axis]!;
  const count = call.node.outputs.length;
  const even = Array.from({ length: count }, (_, i) =>
    Math.min(Math.ceil(size / count), size - i * Math.ceil(size / count)),
  );
  const sizes = call.has(1) ? call.numbers(1) : call.attributes('split', even);
  let end = 0;
  return sizes.map((length) => {
    end += length;
    return moved(call, slice(call.tensor(0), axis, end - length, end));
  });
};

const sliced: OnnxOperator = (call) => {
  const { shape, kind } = call.input(0);
  const lists = (index: number, name: string) =>
    call.has(1) ? call.numbers(index) : [...call.attributes(name)];
  const [starts, ends] = [lists(1, 'starts'), lists(2, 'ends')];
  const axes = call.givenAxes(3, shape.length) ?? starts.map((_, i) => i);
  const steps = call.has(4) ? call.numbers(4) : starts.map(() => 1);
  let result = call.tensor(0);
  for (const [i, axis] of axes.entries()) {
    const [size, step] = [shape[axis]!, steps[i]!];
    const front = (at: number) => (at < 0 ? at + size : at);
    if (step < 0) {
      // From the back: flip, then count from the other end.
      const start = Math.min(front(starts[i]!), size - 1);
      const end = ends[i]! < -size ? -1 : Math.max(front(ends[i]!), -1);
      result = slice(flip(result, [axis]), axis, size - 1 - start, size - 1 - end, -step);
      continue;
    }
    const start = Math.min(Math.max(front(starts[i]!), 0), size);
    const end = Math.min(Math.max(front(ends[i]!), 0), size);
    if (start >= end) return empty(kind, shape.with(axis, 0));
    result = slice(result, axis, start, end, step);
  }
  return moved(call, result);
};

/** The elements of x at known places along an axis. Neighbours are cut out. */
function picked(call: Call, x: Tensor, axis: number, at: readonly number[]): Tensor {
  const [first] = at;
  if (at.every((index, i) => index === first! + i)) return slice(x, axis, first!, first! + at.length);
  const size = x.shape[axis]!;
  const counts = new Int32Array(size);
  for (const index of at) counts[index]!++;
  const most = counts.reduce((a, b) => Math.max(a, b));
  // The gradient picks as many for each element.
  if (most * size > MOST_NUMBERS)
    call.fail(`picks ${at.length} of ${size} elements, one ${most} times, which are too many`);
  return pick(x, axis, at);
}

const gathered: OnnxOperator = (call) => {
  const { shape, isBatched } = call.input(0);
  const places = call.input(1).shape;
  const axis = call.axis(call.attribute('axis', 0), shape.length);
  const size = shape[axis]!;
  const at = call.numbers(1).map((index) => (index < 0 ? index + size : index));
  const { written, built } = call.around.batch;
  // PyTorch writes some reshapes as the choice of all elements, one by one.
  const isWhole = isBatched && shape.length === 1 && at.length * built === size * (written ?? 0);
  if (isWhole && at.every((index, i) => index === i))
    return moved(call, reshape(call.tensor(0), shapeForBatch(call, 1, places)));
  const bad = at.find((index) => !(index >= 0 && index < size));
  if (bad !== undefined) call.fail(`element ${bad} of axis ${axis} of the shape [${shape}]`);
  return moved(call, reshape(picked(call, call.tensor(0), axis, at), shape.toSpliced(axis, 1, ...places)));
};

/** The offsets of known places, `[…, D]`, the second input, among the first D axes of a shape. */
function offsets(call: Call, shape: Shape): number[] {
  const depth = call.input(1).shape.at(-1) ?? 0;
  if (!(depth >= 1 && depth <= shape.length))
    call.fail(`places of the shape [${call.input(1).shape}] in the shape [${shape}]`);
  const at = call.numbers(1);
  return Array.from({ length: at.length / depth }, (_, i) => {
    const place = at
      .slice(i * depth, (i + 1) * depth)
      .map((each, axis) => (each < 0 ? each + shape[axis]! : each));
    if (!place.every((each, axis) => each >= 0 && each < shape[axis]!))
      call.fail(`element ${place} of the shape [${shape}]`);
    return place.reduce((sum, each, axis) => sum * shape[axis]! + each, 0);
  });
}

/** The elements at known places of the first axes. */
const gatheredPlaces: OnnxOperator = (call) => {
  if (call.attribute('batch_dims', 0) !== 0) call.fail('has axes of a batch, which is not supported');
  const { shape } = call.input(0);
  const places = call.input(1).shape;
  const at = offsets(call, shape);
  const depth = places.at(-1)!;
  const rest = shape.slice(depth);
  const rows = reshape(call.tensor(0), [elements(shape.slice(0, depth)), ...rest]);
  return moved(call, reshape(picked(call, rows, 0, at), [...places.slice(0, -1), ...rest]));
};

/** Known numbers with others written into them at known places. */
const scattered: OnnxOperator = (call) => {
  const { shape, kind } = call.input(0);
  if (call.text('reduction', 'none') !== 'none') call.fail('reduces, which is not supported');
  const [data, updates] = [Float64Array.from(call.numbers(0)), call.numbers(2)];
  const at = offsets(call, shape);
  const length = elements(shape.slice(call.input(1).shape.at(-1)!));
  if (at.length * length !== updates.length)
    call.fail(`${updates.length} numbers for ${at.length} places of ${length}`);
  for (const [i, offset] of at.entries())
    data.set(updates.slice(i * length, (i + 1) * length), offset * length);
  return known({ kind, shape, data });
};

/** Known whole numbers as vectors: one value at the number's place, another everywhere else. */
const oneHot: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const depth = call.number(1);
  const [off, on] = call.numbers(2);
  const axis = call.axis(call.attribute('axis', -1), shape.length + 1);
  const after = elements(shape.slice(axis));
  const length = elements(shape) * depth;
  if (!(depth >= 1 && length <= MOST_NUMBERS)) call.fail(`makes vectors of ${depth} numbers`);
  const data = new Float64Array(length).fill(off!);
  for (const [i, index] of call.numbers(0).entries()) {
    const at = index < 0 ? index + depth : index;
    if (at >= 0 && at < depth) data[(Math.floor(i / after) * depth + at) * after + (i % after)] = on!;
  }
  return known({ kind: call.input(2).kind, shape: shape.toSpliced(axis, 0, depth), data });
};

const expanded: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const target = call.around.batch.written === 1 ? call.numbers(1) : shapeForBatch(call, 1);
  const own = [...new Array<number>(Math.max(0, target.length - shape.length)).fill(1), ...shape];
  const sizes = own.map((size, i) => {
    const other = target[i - (own.length - target.length)] ?? 1;
    return other === 1 ? size : other;
  });
  if (elements(sizes) === 0) return empty(call.input(0).kind, sizes);
  return moved(call, broadcastTo(call.tensor(0), sizes));
};

const MOST_REPEATS = 1024;

const tiled: OnnxOperator = (call) => {
  const repeats = call.numbers(1);
  if (
    repeats.length !== call.input(0).shape.length ||
    repeats.some((count) => !(count >= 1 && count <= MOST_REPEATS))
  )
    call.fail(`repeats the shape [${call.input(0).shape}] [${repeats}] times`);
  return moved(
    call,
    repeats.reduce(
      (x, count, axis) => (count === 1 ? x : concatenate(new Array<Tensor>(count).fill(x), axis)),
      call.tensor(0),
    ),
  );
};

/** The border of `count` elements at an end of an axis, by `mode`. */
const BORDERS: Readonly<
  Record<string, (x: Tensor, axis: number, count: number, isEnd: boolean, fill: number) => Tensor>
> = {
  constant: (x, axis, count, _, fill) => broadcastTo(fill, x.shape.with(axis, count)),
  edge(x, axis, count, isEnd) {
    const at = isEnd ? x.shape[axis]! - 1 : 0;
    return broadcastTo(slice(x, axis, at, at + 1), x.shape.with(axis, count));
  },
  reflect(x, axis, count, isEnd) {
    const last = x.shape[axis]! - 1;
    return flip(isEnd ? slice(x, axis, last - count, last) : slice(x, axis, 1, 1 + count), [axis]);
  },
};

const padded: OnnxOperator = (call) => {
  const { shape } = call.input(0);
  const mode = call.text('mode', 'constant');
  const border = BORDERS[mode];
  if (border === undefined) return call.fail(`pads by ${mode}, which is not supported`);
  const margins = call.has(1) ? call.numbers(1) : call.attributes('pads');
  const fill = call.has(2) ? call.number(2) : call.attribute('value', 0);
  const isOfZeros = mode === 'constant' && fill === 0;
  const longer = (x: Tensor, axis: number, before: number, after: number): Tensor => {
    if (isOfZeros) return extend(x, axis, before, after);
    const cut = extend(x, axis, Math.min(before, 0), Math.min(after, 0));
    const parts = [
      before > 0 ? border(cut, axis, before, false, fill) : undefined,
      cut,
      after > 0 ? border(cut, axis, after, true, fill) : undefined,
    ].filter((each) => each !== undefined);
    return parts.length > 1 ? concatenate(parts, axis) : cut;
  };
  const axes = call.has(3) ? call.axes(call.numbers(3), shape.length) : shape.map((_, axis) => axis);
  const value = call.input(0);
  const extended = (map: Tensor) =>
    axes.reduce((x, axis, i) => longer(x, axis, margins[i]!, margins[i + axes.length]!), map);
  const isAround = axes.every((axis, i) => {
    const [before, after] = [margins[i]!, margins[i + axes.length]!];
    return axis >= 2 ? before >= 0 && after >= 0 : before === 0 && after === 0;
  });
  if (shape.length !== 4 || !isAround) return moved(call, extended(value.tensor()));
  const wider = value.channelsFirst
    ? ofChannels(extended(value.channelsFirst))
    : moved(call, extended(value.tensor()));
  const along = (axis: number, offset: number) => {
    const i = axes.indexOf(axis);
    return i < 0 ? 0 : margins[i + offset]!;
  };
  const around = [0, axes.length].flatMap((offset) => [along(2, offset), along(3, offset)]);
  return isOfZeros ? { ...wider, unpadded: { value, margins: around } } : wider;
};

/** Channels become places: [N, C · b², H, W] → [N, C, b · H, b · W]. */
const depthToSpace: OnnxOperator = (call) => {
  const [n, c, h, w] = call.input(0).shape as [number, number, number, number];
  const block = call.attribute('blocksize');
  const channels = c / block ** 2;
  const isColumnsFirst = call.text('mode', 'DCR') === 'CRD';
  const apart = isColumnsFirst ? [n, channels, block, block, h, w] : [n, block, block, channels, h, w];
  const order = isColumnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  return reshape(transpose(reshape(call.tensor(0), apart), order), [n, channels, h * block, w * block]);
};

/** Places become channels: [N, C, H, W] → [N, C · b², H / b, W / b]. */
const spaceToDepth: OnnxOperator = (call) => {
  const [n, c, h, w] = call.input(0).shape as [number, number, number, number];
  const block = call.attribute('blocksize');
  const apart = reshape(call.tensor(0), [n, c, h / block, block, w / block, block]);
  return reshape(transpose(apart, [0, 3, 5, 1, 2, 4]), [n, c * block ** 2, h / block, w / block]);
};

const range: OnnxOperator = (call) => {
  const [start, limit, step] = [call.number(0), call.number(1), call.number(2)];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  if (!(count <= MOST_NUMBERS)) call.fail(`counts from ${start} to ${limit} by ${step}`);
  const data = Float64Array.from({ length: count }, (_, i) => start + i * step);
  return known({ kind: call.input(0).kind, shape: [count], data });
};

const filled: OnnxOperator = (call) => {
  const shape: Shape = call.around.batch.written === 1 ? call.numbers(0) : shapeForBatch(call, 0);
  if (elements(shape) > MOST_NUMBERS) call.fail(`has the shape [${shape}]`);
  const value = call.node.attributes.get('value');
  const { kind = 'float', data = [0] } = typeof value === 'object' && 'data' in value ? value : {};
  return known({ kind, shape, data: new Float64Array(elements(shape)).fill(data[0]!) });
};

const fixed: OnnxOperator = (call) => {
  const [[name, value] = ['', undefined]] = call.node.attributes;
  if (typeof value === 'object' && 'data' in value) return known(value);
  const kind = name.startsWith('value_float') ? 'float' : 'integer';
  if (typeof value === 'number') return known({ kind, shape: [], data: Float64Array.of(value) });
  const numbers = call.attributes(name);
  return known({ kind, shape: [numbers.length], data: Float64Array.from(numbers) });
};

/** float16, float32, float64, bfloat16: all are computed in float32. */
const FLOATS = [1, 10, 11, 16];
const BOOLEAN = 9;

const cast: OnnxOperator = (call) => {
  const value = call.input(0);
  const to = call.node.type === 'CastLike' ? call.input(1).kind : kindOf(call.attribute('to'));
  if (to === value.kind) return value;
  if (to === 'float') return { ...value, kind: to };
  if (to === 'integer' && value.kind === 'boolean') return { ...value, kind: to };
  if (value.numbers === undefined) return call.fail('turns numbers that depend on the picture into integers');
  const data = Float64Array.from(value.numbers, to === 'boolean' ? (x) => Number(x !== 0) : Math.trunc);
  return known({ kind: to, shape: value.shape, data });
};

const kindOf = (type: number): Value['kind'] =>
  FLOATS.includes(type) ? 'float' : type === BOOLEAN ? 'boolean' : 'integer';

/** A condition that is known: one branch is built. */
const branch: OnnxOperator = (call) =>
  call.around.inner(call.node.attributes.get(call.number(0) ? 'then_branch' : 'else_branch'));

const same: OnnxOperator = (call) => call.input(0);

export const shapeOperators: Readonly<Record<string, OnnxOperator>> = {
  Reshape: reshaped,
  Flatten: flattened,
  Transpose: transposed,
  Shape: shapeOf,
  Size: (call) => integers([elements(call.input(0).shape)], []),
  Squeeze: squeezed,
  Unsqueeze: unsqueezed,
  Concat: joined,
  Split: split,
  Slice: sliced,
  Gather: gathered,
  GatherND: gatheredPlaces,
  OneHot: oneHot,
  ScatterND: scattered,
  Expand: expanded,
  Tile: tiled,
  Pad: padded,
  Resize: resized,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Range: range,
  Constant: fixed,
  ConstantOfShape: filled,
  Cast: cast,
  CastLike: cast,
  If: branch,
  Identity: same,
  Dropout: same,
};
