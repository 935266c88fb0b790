/** Random inputs of each operation, and the comparison with its reference on a device. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { interpret } from '../src/engine/graph/interpret.ts';
import { type OperationName, operations } from '../src/engine/graph/operations.ts';
import { apply, constant, elements, input, type Operation, type Shape } from '../src/engine/graph/tensor.ts';
import { compile } from '../src/node/runtime/device.ts';
import type { Device } from '../src/platform.ts';
import { Random } from '../src/random/philox.ts';

/** One use of an operation: the shapes of its inputs, its attributes, and the range of its inputs' values. */
interface Sample {
  shapes: Shape[];
  attributes?: unknown;
  range?: [number, number];
}

const size = fc.integer({ min: 1, max: 4 });
const shape = (min: number, max: number) => fc.array(size, { minLength: min, maxLength: max });

/** A shape and one that broadcasts with it. */
const broadcastable = shape(0, 4).chain((full) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }), fc.nat(full.length))
    .map(([ones, drop]) => [full, full.map((n, i) => (ones[i] ? 1 : n)).slice(drop)]),
);
const pair = broadcastable.map((shapes): Sample => ({ shapes }));
const positivePair = broadcastable.map((shapes): Sample => ({ shapes, range: [0.5, 2] }));
const single = shape(0, 4).map((each): Sample => ({ shapes: [each] }));
const positive = shape(0, 4).map((each): Sample => ({ shapes: [each], range: [0.5, 2] }));
const withAxes = shape(1, 4).chain((each) =>
  fc.subarray(each.map((_, axis) => axis)).map((axes): Sample => ({ shapes: [each], attributes: { axes } })),
);
const withAxis = shape(1, 4).chain((each) => fc.tuple(fc.constant(each), fc.nat(each.length - 1)));
const axisSizes = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const tiled = fc.tuple(size, size, axisSizes(1, 3), axisSizes(1, 3)).map(
  ([n, c, windows, places]): Sample => ({
    shapes: [[n, c, windows[0] * places[0], windows[1] * places[1]]],
    attributes: { size: windows, stride: windows, padding: [0, 0, 0, 0], dilation: [1, 1] },
  }),
);
/** Pools whose windows overlap, reach into the padding or leave out rows. */
const overlapping = fc
  .tuple(
    size,
    axisSizes(5, 7),
    axisSizes(2, 3),
    axisSizes(1, 2),
    axisSizes(1, 2),
    fc.array(fc.nat(1), { minLength: 4, maxLength: 4 }),
  )
  .filter(([, , windows, stride]) => windows.join() !== stride.join())
  .map(
    ([c, places, windows, stride, dilation, padding]): Sample => ({
      shapes: [[1, c, ...places]],
      attributes: { size: windows, stride, padding, dilation },
    }),
  );
const pools = fc.oneof(tiled, overlapping);

type Range = readonly [min: number, max: number];

/** @param sides of the maps */
export function depthwiseSamples(channels: Range, pictures: Range, sides: Range) {
  const between = ([min, max]: Range) => fc.integer({ min, max });
  const made = fc
    .tuple(
      between(channels),
      between(pictures),
      axisSizes(1, 3),
      axisSizes(...sides),
      axisSizes(1, 3),
      axisSizes(1, 2),
      fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
    )
    .map(([c, n, kernel, side, stride, dilation, padding]) => ({
      shapes: [
        [c, n, ...side],
        [c, 1, ...kernel],
      ] as [Shape, Shape],
      attributes: { padding, stride, dilation, groups: 1 },
    }));
  return {
    depthwise: made satisfies fc.Arbitrary<Sample>,
    depthwiseKernels: made.map(({ shapes: [map, kernel], attributes: at }): Sample => {
      const size = kernel.slice(2);
      return {
        shapes: [map, operations.depthwise.infer([map, kernel], at)],
        attributes: { size, at },
      };
    }),
  };
}

/** Inputs of each operation. An operation without an entry here does not compile. */
export const samples: Record<OperationName, fc.Arbitrary<Sample>> = {
  add: pair,
  subtract: pair,
  multiply: pair,
  divide: positivePair,
  maximum: pair,
  equal: pair,
  greaterEqual: pair,
  negative: single,
  relu: single,
  isPositive: single,
  sigmoid: single,
  softplus: single,
  tanh: single,
  sine: single,
  cosine: single,
  erf: single.map((sample) => ({ ...sample, range: [-3, 3] })),
  exp: single,
  log: positive,
  log1p: single.map((sample) => ({ ...sample, range: [-0.5, 3] })),
  sqrt: positive,
  square: single,
  clip: single.map((sample) => ({ ...sample, attributes: { low: -0.4, high: 0.6 } })),
  sum: withAxes,
  sumOfSquares: withAxes,
  sumOfProducts: withAxes.map(({ shapes: [each], ...rest }) => ({ shapes: [each!, each!], ...rest })),
  max: withAxes,
  atMaximum: fc.tuple(shape(2, 4), fc.boolean()).map(([each, hasBase]) => ({
    shapes: [each, each.map((n, i) => (i < 2 ? 1 : n)), ...(hasBase ? [each] : [])],
  })),
  broadcastTo: broadcastable.map(([to, from]) => ({ shapes: [from!], attributes: { shape: to! } })),
  reshape: shape(1, 4).map((each) => ({ shapes: [each], attributes: { shape: [elements(each), 1] } })),
  transpose: shape(1, 4).chain((each) =>
    fc
      .shuffledSubarray(
        each.map((_, axis) => axis),
        { minLength: each.length },
      )
      .map((permutation) => ({ shapes: [each], attributes: { permutation } })),
  ),
  slice: withAxis.chain(([each, axis]) =>
    fc
      .nat(each[axis]! - 1)
      .chain((start) =>
        fc
          .tuple(fc.integer({ min: start + 1, max: each[axis] }), fc.integer({ min: 1, max: 3 }))
          .map(([end, step]) => ({ shapes: [each], attributes: { axis, start, end, step } })),
      ),
  ),
  pad: fc.tuple(withAxis, fc.nat(2), fc.nat(2)).map(([[each, axis], before, after]) => ({
    shapes: [each],
    attributes: { axis, before, after },
  })),
  concatenate: fc
    .tuple(withAxis, fc.array(size, { minLength: 1, maxLength: 3 }))
    .map(([[each, axis], sizes]) => ({
      shapes: sizes.map((length) => each.map((n, i) => (i === axis ? length : n))),
      attributes: { axis },
    })),
  flip: withAxes,
  pick: withAxis.chain(([each, axis]) =>
    fc
      .array(fc.nat(each[axis]! - 1), { minLength: 1, maxLength: 6 })
      .map((places) => ({ shapes: [each], attributes: { axis, places } })),
  ),
  matmul: fc
    .tuple(size, size, size, broadcastable, fc.boolean(), fc.boolean())
    .map(([rows, inner, columns, [batchA, batchB], transposeA, transposeB]) => ({
      shapes: [
        [...batchA!, ...(transposeA ? [inner, rows] : [rows, inner])],
        [...batchB!, ...(transposeB ? [columns, inner] : [inner, columns])],
      ],
      attributes: { transposeA, transposeB },
    })),
  convolution: fc
    .tuple(
      fc.tuple(
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 2 }),
      ),
      fc.constantFrom(1, 2, 3),
      axisSizes(1, 3),
      axisSizes(6, 8),
      axisSizes(1, 3),
      axisSizes(1, 2),
      fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
    )
    .map(([[n, c, o], groups, kernel, places, stride, dilation, padding]) => ({
      shapes: [
        [n, groups * c, ...places],
        [groups * o, c, ...kernel],
      ],
      attributes: { padding, stride, dilation, groups },
    })),
  depthwise: depthwiseSamples([1, 3], [1, 2], [6, 8]).depthwise,
  depthwiseKernels: depthwiseSamples([1, 3], [1, 2], [6, 8]).depthwiseKernels,
  maxPool: pools,
  averagePool: pools.map(({ attributes, ...sample }) => ({
    ...sample,
    attributes: { ...(attributes as object), dilation: [1, 1] },
  })),
};

/** Random values, distinct and away from 0: kinks and ties have a subgradient, but no finite difference. */
function values(count: number, [low, high]: [number, number], random: Random): Float64Array {
  const order = random.permutation(count);
  return Float64Array.from(order, (rank) => {
    const value = low + ((high - low) * (rank + 0.25 + 0.5 * random.uniform())) / count;
    return Math.fround(value + Math.sign(value) * 0.01);
  });
}

/** Applies an operation to a sample's inputs; the first ones may be constants. */
export function use(
  name: OperationName,
  { shapes, attributes = {}, range = [-1, 1] }: Sample,
  seed: number,
  constants = 0,
) {
  const random = new Random(seed, 'test');
  const arrays = shapes.map((each) => values(elements(each), range, random));
  const inputs = shapes.map((each, i) =>
    i < constants ? constant(Float32Array.from(arrays[i]!), each) : input(`x${i}`, each),
  );
  const feeds = Object.fromEntries(arrays.map((array, i) => [`x${i}`, array]));
  return { inputs, feeds, random, output: apply(operations[name] as Operation<unknown>, inputs, attributes) };
}

/** The largest difference of two arrays, relative for values above 1. */
export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(0, ...Array.from(a, (value, i) => Math.abs(value - b[i]!) / Math.max(1, Math.abs(value))));

/** Expects an operation on a device to agree with its reference. */
export async function expectReference(
  name: OperationName,
  device: Device,
  {
    numRuns,
    tolerance,
    from = samples[name],
  }: { numRuns: number; tolerance: number; from?: fc.Arbitrary<Sample> },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(from, fc.nat(), fc.boolean(), fc.nat(2), async (sample, seed, portable, constants) => {
      const { output, feeds } = use(name, sample, seed, constants);
      const program = await compile({ y: output }, device, { portable });
      const arrays = Object.fromEntries(
        Object.entries(feeds).map(([key, data]) => [key, Float32Array.from(data)]),
      );
      const { y } = await program.run(arrays);
      await program.release();
      expect(largestDifference(interpret([output], feeds)[0]!.data, y!)).toBeLessThan(tolerance);
    }),
    { numRuns, seed: 1 },
  );
}
