/** The choice of elements, in any order and number. */
import { sum } from './reduce.ts';
import { checkAxes, pad, reshape, strides } from './shape.ts';
import { elements, type Gradients, GraphError, list, operation, type Tensor } from './tensor.ts';

/** For each of `size` elements, the indices at which a list names it, filled up to one length with the index after the last. */
function occurrences(places: readonly number[], size: number): { each: number; all: number[] } {
  const own = Array.from({ length: size }, (): number[] => []);
  for (const [i, place] of places.entries()) own[place]!.push(i);
  const each = own.reduce((most, { length }) => Math.max(most, length), 0);
  const all = own.flatMap((at) => Array.from({ length: each }, (_, i) => at[i] ?? places.length));
  return { each, all };
}

/**
 * The elements of x at places along an axis; places may repeat.
 * @example interpret([pick(input('x', [3]), 0, [2, 0, 2])], { x: [1, 2, 3] })[0].data // [3, 1, 3]
 */
export const pick = operation({
  name: 'pick',
  call: (x: Tensor, axis: number, places: readonly number[]) => [[x], { axis, places }],
  infer: ([shape], { axis, places }) => {
    checkAxes('pick', shape!, [axis]);
    const bad = places.find((at) => !(Number.isInteger(at) && at >= 0 && at < shape![axis]!));
    if (bad !== undefined) throw new GraphError(`pick: element ${bad} of axis ${axis} of ${list(shape!)}`);
    return shape!.with(axis, places.length);
  },
  gradient: ({ inputs: [x], attributes: { axis, places } }, g): Gradients => {
    const size = x!.shape[axis]!;
    const { each, all } = occurrences(places, size);
    // The zero after the last gradient fills up.
    const apart = pick(pad(g, axis, 0, 1), axis, all);
    return [sum(reshape(apart, g.shape.toSpliced(axis, 1, size, each)), [axis + 1])];
  },
  reference: ([x], { axis, places }, shape) => {
    const [size, inner] = [x!.shape[axis]!, strides(x!.shape)[axis]!];
    return Float64Array.from({ length: elements(shape) }, (_, i) => {
      const row = Math.floor(i / inner);
      const outer = Math.floor(row / places.length);
      return x!.data[(outer * size + places[row % places.length]!) * inner + (i % inner)]!;
    });
  },
  emit: (emitter, [x], { attributes: { axis, places } }) =>
    emitter.node('Gather', [x!, emitter.integers(places)], { axis }),
});
