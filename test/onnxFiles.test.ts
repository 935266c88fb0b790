/** ONNX files as exporters write them, and files that are refused. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { square } from '../src/engine/graph/elementwise.ts';
import { gradients } from '../src/engine/graph/gradient.ts';
import { interpret } from '../src/engine/graph/interpret.ts';
import { sum } from '../src/engine/graph/reduce.ts';
import { input, type Tensor, topologicalOrder } from '../src/engine/graph/tensor.ts';
import { buildOnnx } from '../src/engine/onnx/read/build.ts';
import { parseOnnx } from '../src/engine/onnx/read/parse.ts';
import { withoutWeights } from '../src/engine/onnx/read/skeleton.ts';
import { Message } from '../src/files/protobuf.ts';
import { Random } from '../src/random/philox.ts';
import { bothResults, largestError } from './bothResults.ts';
import {
  onnxBytes,
  type WrittenFunction,
  type WrittenGraph,
  type WrittenNode,
  type WrittenTensor,
} from './fixtures/onnx.ts';
import { describeWithShared, sharedPath } from './goldens.ts';

const node = (
  type: string,
  inputs: string[],
  outputs: string[],
  attributes?: WrittenNode['attributes'],
): WrittenNode => ({
  type,
  inputs,
  outputs,
  ...(attributes && { attributes }),
});

const graphOf = (...nodes: WrittenNode[]): WrittenGraph => ({
  nodes,
  inputs: { x: ['N', 4] },
  outputs: ['y'],
});

async function expectAgreement(bytes: Uint8Array, shape: readonly number[], tolerance = 2e-6): Promise<void> {
  for (const { ours, theirs } of await bothResults(bytes, shape)) {
    expect(ours.shape).toEqual(theirs.shape);
    expect(largestError(ours.data, theirs.data)).toBeLessThan(tolerance);
  }
}

describe('a file', () => {
  const weights = { shape: [4, 2], values: [1, 2, -0.5, 0.25, 4, -8, 0.125, 3] };

  it.each(['float', 'float16', 'double'] as const)('may hold its weights as %s', async (type) => {
    for (const isTyped of [false, true]) {
      const cast = node('Cast', ['w'], ['w32'], { to: 1 });
      const graph = graphOf(cast, node('MatMul', ['x', 'w32'], ['y']));
      await expectAgreement(
        onnxBytes({ ...graph, initializers: { w: { ...weights, type, isTyped } } }),
        [3, 4],
      );
    }
  });

  it('may compute shapes from those of the picture', async () => {
    const graph: WrittenGraph = {
      nodes: [
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'first'], ['n'], { axis: 0 }),
        node('Unsqueeze', ['n', 'axes'], ['ns']),
        node('Concat', ['ns', 'rest'], ['target'], { axis: 0 }),
        node('Reshape', ['x', 'target'], ['y']),
      ],
      initializers: {
        first: { type: 'int64', shape: [], values: [0] },
        axes: { type: 'int64', shape: [1], values: [0] },
        rest: { type: 'int64', shape: [2], values: [2, -1] },
      },
      inputs: { x: ['N', 4, 3] },
      outputs: ['y'],
    };
    await expectAgreement(onnxBytes(graph), [3, 4, 3]);
  });

  it('may have functions that call each other, with attributes', async () => {
    const functions: WrittenFunction[] = [
      {
        domain: 'own',
        name: 'Scaled',
        inputs: ['a'],
        outputs: ['b'],
        attributes: ['slope'],
        nodes: [{ ...node('LeakyRelu', ['a'], ['b']), attributes: { alpha: { parameter: 'slope' } } }],
      },
      {
        domain: 'own',
        name: 'Twice',
        inputs: ['a'],
        outputs: ['c'],
        nodes: [
          { ...node('Scaled', ['a'], ['b'], { slope: { float: 0.5 } }), domain: 'own' },
          { ...node('Scaled', ['b'], ['c'], { slope: { float: 0.25 } }), domain: 'own' },
        ],
      },
    ];
    const graph = graphOf({ ...node('Twice', ['x'], ['y']), domain: 'own' });
    await expectAgreement(onnxBytes(graph, 17, functions), [3, 4]);
  });

  it('may hold weights as nodes', async () => {
    const values = Array.from({ length: 20 }, (_, i) => Math.sin(i));
    const graph = graphOf(
      node('Constant', [], ['w'], { value: { tensor: { shape: [4, 5], values } } }),
      node('MatMul', ['x', 'w'], ['y']),
    );
    const bytes = onnxBytes(graph);
    expect([...parseOnnx(bytes, 'test.onnx').graph.initializers.keys()]).toEqual(['w']);
    await expectAgreement(bytes, [3, 4]);
  });

  it.each([1, 0])('may choose a branch by a known condition: %i', async (condition) => {
    const branch = (type: string): { graph: WrittenGraph } => ({
      graph: { nodes: [node(type, ['x'], ['inner'])], inputs: {}, outputs: ['inner'] },
    });
    const nodes = [node('If', ['c'], ['y'], { then_branch: branch('Relu'), else_branch: branch('Neg') })];
    const c = { type: 'bool', shape: [], values: [condition] } as const;
    await expectAgreement(onnxBytes({ ...graphOf(...nodes), initializers: { c } }), [3, 4]);
  });

  it('may have nodes that its outputs do not need, whatever they are', async () => {
    const bytes = onnxBytes(graphOf(node('Relu', ['x'], ['y']), node('NonZero', ['x'], ['unused'])));
    await expectAgreement(bytes, [2, 4]);
  });
});

describeWithShared('a network of the shared folder', () => {
  it.each([
    ['resnet-tiny', 160, [1, 2, 7]],
    ['convnext-tiny', 160, [1, 2, 7]],
    ['vit-tiny', 160, [1, 2, 7]],
    ['efficientnet-lite0', 224, [2]],
  ] as const)('agrees with ONNX Runtime: %s', async (name, side, batches) => {
    const bytes = readFileSync(sharedPath(`backbones/${name}.onnx`));
    for (const pictures of batches) await expectAgreement(bytes, [pictures, 3, side, side], 1e-5);
  });
});

describe('maps with their channels first', () => {
  it('give the same results', () => {
    const random = new Random(7, 'test');
    const weights = (...shape: number[]): WrittenTensor => ({
      shape,
      values: Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.uniform(0.2, 1)),
    });
    const bytes = onnxBytes({
      inputs: { x: ['N', 3, 8, 8] },
      nodes: [
        node('Conv', ['x', 'stem'], ['a'], { pads: [1, 1, 1, 1] }),
        node('BatchNormalization', ['a', 'scale', 'shift', 'mean', 'variance'], ['b']),
        node('Clip', ['b', 'zero', 'six'], ['c']),
        node('Pad', ['c', 'margins'], ['d']),
        node('Conv', ['d', 'depthwise', 'bias'], ['e'], { group: 4, strides: [2, 2] }),
        node('Mul', ['e', 'perChannel'], ['f']),
        node('HardSwish', ['f'], ['g']),
        // Squeeze and excitation.
        node('ReduceMean', ['g'], ['h'], { axes: [2, 3] }),
        node('Conv', ['h', 'point'], ['i']),
        node('Sigmoid', ['i'], ['j']),
        node('Mul', ['g', 'j'], ['k']),
        node('Conv', ['k', 'point'], ['l']),
        node('Add', ['l', 'g'], ['m']),
        node('MaxPool', ['m'], ['n'], { kernel_shape: [2, 2], strides: [2, 2] }),
        node('GlobalAveragePool', ['n'], ['o']),
        node('Flatten', ['o'], ['y']),
      ],
      initializers: {
        stem: weights(4, 3, 3, 3),
        scale: weights(4),
        shift: weights(4),
        mean: weights(4),
        variance: weights(4),
        zero: { shape: [], values: [0] },
        six: { shape: [], values: [6] },
        margins: { type: 'int64', shape: [8], values: [0, 0, 0, 0, 0, 0, 1, 1] },
        depthwise: weights(4, 1, 3, 3),
        bias: weights(4),
        perChannel: weights(4, 1, 1),
        point: weights(4, 4, 1, 1),
      },
      outputs: ['y'],
    });
    const file = parseOnnx(bytes, 'test.onnx');
    const image = Float32Array.from({ length: 3 * 3 * 64 }, () => random.uniform(-1, 1));
    for (const isMoving of [false, true]) {
      const [plain, turned] = [false, true].map((channelsFirst) => {
        const states = new Map<string, Tensor>();
        const updates: Tensor[] = [];
        const build = {
          state(name: string) {
            const tensor = states.get(name) ?? input(name, file.graph.initializers.get(name)!.shape);
            states.set(name, tensor);
            return tensor;
          },
          moves: () => isMoving,
          update: (_: string, value: Tensor) => updates.push(value),
          channelsFirst,
        };
        const [y] = buildOnnx(file, input('image', [3, 3, 8, 8]), ['y'], build, 'test.onnx');
        const tensor = y!.tensor();
        const wanted = [...states.values()];
        const feeds = Object.fromEntries(
          [...states.keys()].map((name) => [name, file.graph.initializers.get(name)!.data]),
        );
        const results = interpret([tensor, ...updates, ...gradients(sum(square(tensor)), wanted)], {
          image,
          ...feeds,
        });
        const orders = topologicalOrder([tensor]).flatMap(({ source }) =>
          source.kind === 'application' ? [source.application.operation.name] : [],
        );
        return { names: [...states.keys()], results, orders };
      });
      expect(turned!.orders).toContain('matmul');
      expect(turned!.orders.filter((name) => name === 'convolution')).toHaveLength(1); // the stem
      expect(plain!.names.toSorted()).toEqual(turned!.names.toSorted());
      const first = plain!.results.length - plain!.names.length;
      plain!.results.forEach(({ data }, i) => {
        const at = i < first ? i : first + turned!.names.indexOf(plain!.names[i - first]!);
        for (const [j, value] of data.entries()) expect(turned!.results[at]!.data[j]).toBeCloseTo(value, 8);
      });
    }
  });
});

describe('a skeleton', () => {
  it('is the file without its weights', () => {
    const values = Array.from({ length: 20 }, (_, i) => i);
    const tensor = { shape: [4, 5], values };
    const bytes = onnxBytes({
      ...graphOf(
        node('Constant', [], ['v'], { value: { tensor } }),
        node('Add', ['w', 'v'], ['sum']),
        node('MatMul', ['x', 'sum'], ['y']),
      ),
      initializers: {
        w: tensor,
        axes: { type: 'int64', shape: [20], values },
        few: { shape: [2], values: [1, 2] },
      },
    });
    const whole = parseOnnx(bytes, 'whole');
    const skeleton = parseOnnx(withoutWeights(bytes), 'skeleton', true);
    const sizes = ({ graph }: typeof whole) =>
      [...graph.initializers].map(([name, { shape, kind }]) => [name, kind, shape]);
    expect(sizes(skeleton)).toEqual(sizes(whole));
    const lengths = [...skeleton.graph.initializers.values()].map(({ data }) => data.length);
    expect(lengths).toEqual([0, 20, 2, 0]);
    expect(skeleton.graph.nodes).toEqual(whole.graph.nodes);
    expect(() => parseOnnx(withoutWeights(bytes), 'skeleton')).toThrow('lies in another file');
  });
});

describe('refused:', () => {
  const build = (bytes: Uint8Array, shape = [2, 4]) => {
    const file = parseOnnx(bytes, 'other.onnx');
    const never = () => expect.unreachable();
    return buildOnnx(
      file,
      input('x', shape),
      file.graph.outputs,
      { state: never, moves: never, update: never },
      'other.onnx',
    );
  };
  const sound = onnxBytes(graphOf(node('Relu', ['x'], ['y'])));

  it.each<[what: string, bytes: Uint8Array, message: string]>([
    [
      'an unknown operator',
      onnxBytes(graphOf({ ...node('LSTM', ['x'], ['y']), name: 'layer/lstm' })),
      'other.onnx: node layer/lstm (LSTM): is not supported',
    ],
    [
      'an operator of another domain',
      onnxBytes(graphOf({ ...node('FusedConv', ['x'], ['y']), domain: 'com.microsoft' })),
      'other.onnx: node y (FusedConv): belongs to com.microsoft, which is not supported; ONNX Runtime has optimised the file: take the one that it was made from',
    ],
    [
      'a quantised file',
      onnxBytes(
        graphOf(node('QuantizeLinear', ['x', 'x'], ['q']), node('DequantizeLinear', ['q', 'x'], ['y'])),
      ),
      'other.onnx: node q (QuantizeLinear): is not supported; the file is quantised: export the network with weights of 16 or 32 bits',
    ],
    [
      'a shape that depends on the picture',
      onnxBytes(graphOf(node('Reshape', ['x', 'x'], ['y']))),
      'other.onnx: node y (Reshape): input 1 depends on the picture; expected fixed numbers',
    ],
    [
      'a missing attribute',
      onnxBytes(graphOf(node('MaxPool', ['x'], ['y']))),
      'other.onnx: node y (MaxPool): attribute kernel_shape is missing',
    ],
    [
      'shapes that do not fit',
      onnxBytes({
        ...graphOf(node('MatMul', ['x', 'w'], ['y'])),
        initializers: { w: { shape: [], values: [1] } },
      }),
      'other.onnx: node y (MatMul): matmul: [2,4] times [] does not fit',
    ],
    [
      'a node whose input nobody computes',
      onnxBytes(graphOf(node('Add', ['x', 'z'], ['y']))),
      'other.onnx: node y (Add): input z is computed by no earlier node',
    ],
    [
      'an output that nobody computes',
      onnxBytes({ ...graphOf(), outputs: ['z'] }),
      'other.onnx: no node computes z',
    ],
    [
      'functions that call themselves',
      onnxBytes(graphOf({ ...node('F', ['x'], ['y']), domain: 'own' }), 17, [
        {
          domain: 'own',
          name: 'F',
          inputs: ['a'],
          outputs: ['b'],
          nodes: [{ ...node('F', ['a'], ['b']), domain: 'own' }],
        },
      ]),
      'other.onnx: node b (F): calls functions deeper than 16',
    ],
    ['an empty file', new Uint8Array(), 'other.onnx: has no graph'],
    ['a text', new TextEncoder().encode('{"layers": []}'), 'other.onnx: not an ONNX file, or damaged: '],
    ['a truncated file', sound.slice(0, -20), 'other.onnx: not an ONNX file, or damaged: a field is cut off'],
    [
      'two inputs',
      onnxBytes({ ...graphOf(node('Add', ['x', 'z'], ['y'])), inputs: { x: ['N', 4], z: ['N', 4] } }),
      'other.onnx: expected one input, got x, z',
    ],
    [
      'weights in another file',
      new Message()
        .message(
          7,
          new Message()
            .message(1, new Message().string(1, 'w').string(2, 'y').string(4, 'Relu'))
            .message(5, new Message().integer(1, 3).integer(2, 1).string(8, 'w').integer(14, 1)),
        )
        .message(8, new Message().integer(2, 17))
        .finish(),
      'other.onnx: node y (Relu): tensor w lies in another file: export the model as one file',
    ],
    [
      'a tensor with too few values',
      onnxBytes({
        ...graphOf(node('Relu', ['x'], ['y'])),
        initializers: { w: { shape: [2, 3], values: [1, 2] } },
      }),
      'other.onnx: tensor w: the shape [2,3] has 6 values, got 2',
    ],
    [
      'a shape of negative sizes',
      onnxBytes({
        ...graphOf(node('Relu', ['x'], ['y'])),
        initializers: { w: { shape: [-2, -1], values: [1, 2] } },
      }),
      'other.onnx: tensor w has the shape [-2,-1]',
    ],
    [
      'too many numbers',
      onnxBytes({
        ...graphOf(node('ConstantOfShape', ['w'], ['c']), node('Add', ['x', 'c'], ['y'])),
        initializers: { w: { type: 'int64', shape: [2], values: [1e6, 1e6] } },
      }),
      'other.onnx: node c (ConstantOfShape): has the shape [1000000,1000000]',
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => build(bytes)).toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringContaining(message) }),
    );
  });

  it('nothing of a sound file', () => {
    expect(build(sound)[0]!.shape).toEqual([2, 4]);
  });
});
