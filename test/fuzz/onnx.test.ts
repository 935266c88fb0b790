import { expect } from 'vitest';
import { elements, input, type Shape } from '../../src/engine/graph/tensor.ts';
import { buildOnnx } from '../../src/engine/onnx/read/build.ts';
import { parseOnnx } from '../../src/engine/onnx/read/parse.ts';
import { withoutWeights } from '../../src/engine/onnx/read/skeleton.ts';
import type { Random } from '../../src/random/philox.ts';
import {
  onnxBytes,
  type WrittenAttribute,
  type WrittenGraph,
  type WrittenNode,
  type WrittenTensor,
} from '../fixtures/onnx.ts';
import { fuzz, type Sample } from './fuzz.ts';
import { pick, spoil } from './spoil.ts';

const file = 'network.onnx';
const whole = (...values: number[]): WrittenTensor => ({ type: 'int64', shape: [values.length], values });

interface Step {
  node: Omit<WrittenNode, 'inputs' | 'outputs'>;
  fixed: readonly WrittenTensor[];
  shape: Shape;
}

/** A node that fits a map [N, C, H, W], and the shape of its result. */
function drawStep(random: Random, [n, c, h, w]: readonly [number, number, number, number]): Step {
  const step = (
    type: string,
    shape: Shape,
    fixed: WrittenTensor[] = [],
    attributes: Record<string, WrittenAttribute> = {},
  ): Step => ({
    node: { type, attributes },
    fixed,
    shape,
  });
  const outputs = 1 + random.below(3);
  const kernel = {
    shape: [outputs, c, 1, 1],
    values: Array.from({ length: outputs * c }, () => random.below(8) / 4),
  };
  return pick(random, [
    () => step('Relu', [n, c, h, w]),
    () =>
      step(
        'Clip',
        [n, c, h, w],
        [
          { shape: [], values: [0] },
          { shape: [], values: [6] },
        ],
      ),
    () => step('Conv', [n, outputs, h, w], [kernel], { kernel_shape: [1, 1] }),
    () => step('MaxPool', [n, c, h, w], [], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    () => step('Transpose', [n, c, w, h], [], { perm: [0, 1, 3, 2] }),
    () => step('Reshape', [n, c, w, h], [whole(0, c, w, -1)]),
    () => step('Slice', [n, c, 1, w], [whole(0), whole(1), whole(2)]),
    () => step('Pad', [n, c, h + 1, w], [whole(0, 0, 1, 0, 0, 0, 0, 0)]),
    () => step('Tile', [n, c, h, 2 * w], [whole(1, 1, 1, 2)]),
    () => step('Gather', [n, c, 2, w], [whole(0, -1)], { axis: 2 }),
    () => step('ReduceMean', [n, c, 1, 1], [], { axes: [2, 3] }),
    () => step('Softmax', [n, c, h, w], [], { axis: 1 }),
  ])();
}

function drawGraph(random: Random): { graph: WrittenGraph; shape: Shape } {
  let shape: Shape = [2, 1 + random.below(3), 2 + random.below(3), 2 + random.below(3)];
  const inputs = { x: ['N', ...shape.slice(1)] };
  const nodes: WrittenNode[] = [];
  const initializers: Record<string, WrittenTensor> = {};
  const count = 1 + random.below(6);
  for (let i = 0; i < count; i++) {
    const { node, fixed, shape: next } = drawStep(random, shape as [number, number, number, number]);
    const names = fixed.map((tensor, at) => {
      initializers[`w${i}.${at}`] = tensor;
      return `w${i}.${at}`;
    });
    nodes.push({
      ...node,
      inputs: [i === 0 ? 'x' : `y${i - 1}`, ...names],
      outputs: [i === count - 1 ? 'y' : `y${i}`],
    });
    shape = next;
  }
  return { graph: { nodes, initializers, inputs, outputs: ['y'] }, shape };
}

const NUMBERS = [-1, 0, 1, 2, 3, 1024, 2 ** 31, -(2 ** 31), 2 ** 40];
const TYPES = [
  'Add',
  'MatMul',
  'Where',
  'If',
  'Concat',
  'Split',
  'Range',
  'ConstantOfShape',
  'Expand',
  'Squeeze',
  'LayerNormalization',
  'Cast',
  'AveragePool',
  'DepthToSpace',
  'Gelu',
  'Loop',
  'Identity',
];

/** A graph with other numbers, operators or names. */
function spoilGraph(random: Random, graph: WrittenGraph): WrittenGraph {
  const numbers = (values: ArrayLike<number>) =>
    Array.from(values, (value) => (random.below(2) === 0 ? pick(random, NUMBERS) : value));
  const attribute = (value: WrittenAttribute): WrittenAttribute => {
    if (typeof value === 'number') return pick(random, NUMBERS);
    return Array.isArray(value) ? numbers(value) : value;
  };
  const node = (each: WrittenNode): WrittenNode => {
    switch (random.below(6)) {
      case 0:
        return { ...each, type: pick(random, TYPES) };
      case 1:
        return { ...each, inputs: each.inputs.slice(random.below(each.inputs.length + 1)) };
      case 2:
        return {
          ...each,
          attributes: Object.fromEntries(
            Object.entries(each.attributes ?? {}).map(([name, value]) => [name, attribute(value)]),
          ),
        };
      default:
        return each;
    }
  };
  const tensor = (each: WrittenTensor): WrittenTensor =>
    random.below(3) === 0 && each.type === 'int64' ? { ...each, values: numbers(each.values) } : each;
  return {
    ...graph,
    nodes: graph.nodes.map(node),
    initializers: Object.fromEntries(
      Object.entries(graph.initializers ?? {}).map(([name, each]) => [name, tensor(each)]),
    ),
  };
}

function draw(random: Random): Sample<Uint8Array, Shape> {
  const { graph, shape } = drawGraph(random);
  return { input: onnxBytes(graph), result: shape };
}

fuzz<Uint8Array, Shape>({
  name: 'ONNX file',
  file,
  growth: 150,
  sound: draw,
  spoilt(random) {
    if (random.below(2) === 0) return spoil(random, draw(random).input, [draw(random).input]);
    return onnxBytes(spoilGraph(random, drawGraph(random).graph));
  },
  read(bytes) {
    const parsed = parseOnnx(bytes, file);
    const sizes = [...parsed.graph.inputs.values()][0]?.shape ?? [];
    const image = input('image', [2, ...sizes.slice(1).map((size) => Math.min(size ?? 1, 64))]);
    const build = {
      state: (name: string) => input(`state ${name}`, parsed.graph.initializers.get(name)!.shape),
      moves: () => false,
      update: () => {},
    };
    const outputs = parsed.graph.outputs.slice(0, 1);
    const shapeOf = (each: typeof parsed) => buildOnnx(each, image, outputs, build, file)[0]?.shape ?? [];
    const shape = shapeOf(parsed);
    expect(shapeOf(parseOnnx(withoutWeights(bytes), file, true))).toEqual(shape);
    return shape;
  },
  check(shape) {
    expect(Number.isSafeInteger(elements(shape))).toBe(true);
  },
});
