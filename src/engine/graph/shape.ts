/** Operations that only move elements. */
import {
  elements,
  type Gradients,
  GraphError,
  list,
  type NumberArray,
  operation,
  type Shape,
  type Tensor,
} from './tensor.ts';

export function strides(shape: Shape): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) result[axis] = result[axis + 1]! * shape[axis + 1]!;
  return result;
}

/** For each element of `shape`, an index into an array that is read along other strides: offset + Σ position · stride. */
export function indices(shape: Shape, along: readonly number[], offset = 0): Int32Array {
  const result = new Int32Array(elements(shape));
  const position = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < result.length; i++) {
    result[i] = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += along[axis]!;
      if (++position[axis]! < shape[axis]!) break;
      at -= along[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
  return result;
}

const gather = (x: NumberArray, at: Int32Array) => Float64Array.from(at, (index) => x.data[index]!);

/** Writes an array into a larger one of `shape`, from `start` on along an axis. */
function place(x: NumberArray, result: Float64Array, shape: Shape, axis: number, start: number): void {
  const inner = strides(shape)[axis];
  const [from, to] = [x.shape[axis]! * inner!, shape[axis]! * inner!];
  for (let outer = 0; outer * from < x.data.length; outer++) {
    result.set(x.data.subarray(outer * from, (outer + 1) * from), outer * to + start * inner!);
  }
}

export function checkAxes(name: string, shape: Shape, axes: readonly number[]): void {
  const bad = axes.find((axis) => !(Number.isInteger(axis) && axis >= 0 && axis < shape.length));
  if (bad !== undefined) throw new GraphError(`${name}: axis ${bad} of a tensor of shape ${list(shape)}`);
  if (new Set(axes).size !== axes.length) throw new GraphError(`${name}: axes ${list(axes)} repeat`);
}

/** The same elements in another shape. @example reshape(input('x', [8, 8, 96, 96]), [6144, 96]) // [6144, 96] */
export const reshape = operation({
  name: 'reshape',
  call: (x: Tensor, shape: Shape) => [[x], { shape }],
  storage: 'view',
  infer: ([from], { shape }) => {
    if (elements(from!) !== elements(shape)) {
      throw new GraphError(
        `reshape: ${list(from!)} has ${elements(from!)} elements, ${list(shape)} ${elements(shape)}`,
      );
    }
    return shape;
  },
  gradient: ({ inputs: [x] }, g): Gradients => [reshape(g, x!.shape)],
  reference: ([x]) => x!.data,
  emit: (emitter, [name], { attributes: { shape } }) =>
    emitter.node('Reshape', [name!, emitter.shape(shape)]),
});

/** Axis i of the result is axis permutation[i] of x. @example transpose(input('x', [16, 16, 3, 2]), [2, 0, 1, 3]) // [3, 16, 16, 2] */
export const transpose = operation({
  name: 'transpose',
  call: (x: Tensor, permutation: readonly number[]) => [[x], { permutation }],
  infer: ([shape], { permutation }) => {
    if ([...permutation].sort((a, b) => a - b).join() !== shape!.map((_, axis) => axis).join()) {
      throw new GraphError(`transpose: ${list(permutation)} does not permute the axes of ${list(shape!)}`);
    }
    return permutation.map((axis) => shape![axis]!);
  },
  gradient: ({ attributes: { permutation } }, g): Gradients => [
    transpose(
      g,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  reference: ([x], { permutation }, shape) => {
    const from = strides(x!.shape);
    const along = permutation.map((axis) => from[axis]!);
    return gather(x!, indices(shape, along));
  },
  emit: (emitter, inputs, { inputs: [x], output, attributes: { permutation } }) => {
    const merged = mergeAxes(x!.shape, permutation);
    if (emitter.freeBatch || merged.shape.length === x!.shape.length) {
      return emitter.node('Transpose', inputs, { perm: permutation });
    }
    if (merged.shape.length <= 1) {
      return emitter.reshape(inputs[0]!, output.shape);
    }
    const from = emitter.reshape(inputs[0]!, merged.shape);
    const turned = emitter.node('Transpose', [from], { perm: merged.permutation });
    return emitter.reshape(turned, output.shape);
  },
});

/**
 * The same transposition with neighbouring axes merged and without axes of size 1. ONNX Runtime transposes a matrix
 * [32768, 49] eight times faster than the same numbers in the shape [256, 128, 7, 7].
 */
function mergeAxes(shape: Shape, permutation: readonly number[]): { shape: number[]; permutation: number[] } {
  const groups: number[][] = [];
  const longer = shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  for (const axis of permutation) {
    if (shape[axis] === 1) continue;
    const last = groups.at(-1);
    if (last !== undefined && longer[longer.indexOf(axis) - 1] === last.at(-1)) last.push(axis);
    else groups.push([axis]);
  }
  const inOrder = [...groups].sort((a, b) => a[0]! - b[0]!);
  return {
    shape: inOrder.map((axes) => elements(axes.map((axis) => shape[axis]!))),
    permutation: groups.map((axes) => inOrder.indexOf(axes)),
  };
}

/**
 * Every `step`-th element from start to end-1 along an axis; the whole axis is x itself.
 * @param step default 1
 * @example interpret([slice(input('x', [6]), 0, 1, 6, 2)], { x: [0, 1, 2, 3, 4, 5] })[0].data // [1, 3, 5]
 */
export const slice = operation({
  name: 'slice',
  call: (x: Tensor, axis: number, start: number, end: number, step: number = 1) =>
    start === 0 && step === 1 && end === x.shape[axis] ? x : [[x], { axis, start, end, step }],
  infer: ([shape], { axis, start, end, step }) => {
    checkAxes('slice', shape!, [axis]);
    if (!(0 <= start && start < end && end <= shape![axis]! && step >= 1)) {
      throw new GraphError(
        `slice: ${start}:${end}${step === 1 ? '' : `:${step}`} of axis ${axis} of ${list(shape!)}`,
      );
    }
    return shape!.map((size, each) => (each === axis ? Math.ceil((end - start) / step) : size));
  },
  gradient: ({ inputs: [x], output, attributes: { axis, start, step } }, g): Gradients => {
    const last = start + step * (output.shape[axis]! - 1);
    return [pad(spread(g, axis, step), axis, start, x!.shape[axis]! - 1 - last)];
  },
  reference: ([x], { axis, start, step }, shape) => {
    const from = strides(x!.shape);
    const along = from.map((stride, each) => (each === axis ? step * stride : stride));
    return gather(x!, indices(shape, along, start * from[axis]!));
  },
  emit: (emitter, [x], { attributes: { axis, start, end, step } }) => {
    const bounds = [start, end, axis, ...(step === 1 ? [] : [step])];
    return emitter.node('Slice', [x!, ...bounds.map((value) => emitter.integers([value]))]);
  },
});

/**
 * x with step - 1 zeros between neighbouring elements along an axis.
 * @example interpret([spread(input('x', [3]), 0, 2)], { x: [1, 2, 3] })[0].data // [1, 0, 2, 0, 3]
 */
export function spread(x: Tensor, axis: number, step: number): Tensor {
  if (step === 1) return x;
  const { shape } = x;
  const size = shape[axis]!;
  const apart = pad(reshape(x, shape.toSpliced(axis + 1, 0, 1)), axis + 1, 0, step - 1);
  return slice(reshape(apart, shape.with(axis, size * step)), axis, 0, (size - 1) * step + 1);
}

/** Zeros before and after along an axis. @example pad(input('x', [16, 16, 3, 2]), 1, 2, 2) // [16, 20, 3, 2] */
export const pad = operation({
  name: 'pad',
  call: (x: Tensor, axis: number, before: number, after: number) => [[x], { axis, before, after }],
  infer: ([shape], { axis, before, after }) => {
    checkAxes('pad', shape!, [axis]);
    if (!(before >= 0 && after >= 0)) throw new GraphError(`pad: margins ${before} and ${after}`);
    return shape!.map((size, each) => (each === axis ? before + size + after : size));
  },
  gradient: ({ inputs: [x], attributes: { axis, before } }, g): Gradients => [
    slice(g, axis, before, before + x!.shape[axis]!),
  ],
  reference: ([x], { axis, before }, shape) => {
    const result = new Float64Array(elements(shape));
    place(x!, result, shape, axis, before);
    return result;
  },
  emit: (emitter, [name], { inputs: [x], attributes: { axis, before, after } }) => {
    const margins = [before, after].flatMap((margin) =>
      x!.shape.map((_, each) => (each === axis ? margin : 0)),
    );
    return emitter.node('Pad', [name!, emitter.integers(margins)]);
  },
});

/**
 * x with zeros before and after along an axis; a negative margin cuts elements off.
 * @example interpret([extend(input('x', [3]), 0, -1, 2)], { x: [1, 2, 3] })[0].data // [2, 3, 0, 0]
 */
export function extend(x: Tensor, axis: number, before: number, after: number): Tensor {
  const kept = slice(x, axis, Math.max(0, -before), x.shape[axis]! + Math.min(0, after));
  return before > 0 || after > 0 ? pad(kept, axis, Math.max(0, before), Math.max(0, after)) : kept;
}

/** Joins tensors along an axis. @example concatenate([input('a', [16, 2]), input('b', [16, 3])], 1) // [16, 5] */
export const concatenate = operation({
  name: 'concatenate',
  call: (tensors: readonly Tensor[], axis: number) => [tensors, { axis }],
  infer: (shapes, { axis }) => {
    const [first] = shapes;
    if (first === undefined) throw new GraphError('concatenate: expected one tensor or more, got none');
    checkAxes('concatenate', first, [axis]);
    for (const shape of shapes) {
      const fits = shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
      if (!fits)
        throw new GraphError(`concatenate along axis ${axis}: ${list(first)} and ${list(shape)} do not fit`);
    }
    return first.map((size, i) => (i === axis ? shapes.reduce((all, shape) => all + shape[axis]!, 0) : size));
  },
  gradient: ({ inputs, attributes: { axis } }, g): Gradients => {
    let end = 0;
    return inputs.map(({ shape }) => {
      end += shape[axis]!;
      return slice(g, axis, end - shape[axis]!, end);
    });
  },
  reference: (arrays, { axis }, shape) => {
    const result = new Float64Array(elements(shape));
    let start = 0;
    for (const x of arrays) {
      place(x, result, shape, axis, start);
      start += x.shape[axis]!;
    }
    return result;
  },
  emit: (emitter, inputs, { attributes: { axis } }) => emitter.node('Concat', inputs, { axis }),
});

/** x in reverse order along axes. @example interpret([flip(input('x', [3]), [0])], { x: [1, 2, 3] })[0].data // [3, 2, 1] */
export const flip = operation({
  name: 'flip',
  call: (x: Tensor, axes: readonly number[]) => [[x], { axes }],
  infer: ([shape], { axes }) => {
    checkAxes('flip', shape!, axes);
    return shape!;
  },
  gradient: ({ attributes: { axes } }, g): Gradients => [flip(g, axes)],
  reference: ([x], { axes }, shape) => {
    const from = strides(shape);
    const along = from.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
    const offset = axes.reduce((all, axis) => all + (shape[axis]! - 1) * from[axis]!, 0);
    return gather(x!, indices(shape, along, offset));
  },
  emit: (emitter, [x], { attributes: { axes } }) => {
    const each = (value: number) => emitter.integers(axes.map(() => value));
    return emitter.node('Slice', [x!, each(-1), each(-(2 ** 31)), emitter.integers(axes), each(-1)]);
  },
});
