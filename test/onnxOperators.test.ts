/** Every ONNX operator that is read: the graph that we build of a node agrees with ONNX Runtime's result for the node itself. */
import { describe, expect, it } from 'vitest';
import { elements } from '../src/engine/graph/tensor.ts';
import { ONNX_OPERATORS } from '../src/engine/onnx/read/build.ts';
import { Random } from '../src/random/philox.ts';
import { bothResults, largestError } from './bothResults.ts';
import {
  onnxBytes,
  type WrittenAttribute,
  type WrittenGraph,
  type WrittenNode,
  type WrittenTensor,
} from './fixtures/onnx.ts';

/** One use of an operator. */
interface Sample {
  /** Shape of the picture-like input for one picture, without the batch. Default: [4, 6, 5]. */
  of?: readonly number[];
  /** Further inputs, fixed in the file; undefined leaves one out. */
  with?: readonly (WrittenTensor | undefined)[];
  attributes?: Readonly<Record<string, WrittenAttribute>>;
  opset?: number;
  /** Range of the input's values. Default -1…1. */
  range?: readonly [number, number];
  /** The operator works on `with` alone; its result is added to the input. */
  isFixed?: boolean;
  outputs?: number;
}

const whole = (...values: number[]): WrittenTensor => ({ type: 'int64', shape: [values.length], values });
const one = (value: number): WrittenTensor => ({ shape: [], values: [value] });
const yes = (...values: number[]): WrittenTensor => ({ type: 'bool', shape: [values.length], values });

/** Values that differ, in ±1. */
function floats(...shape: number[]): WrittenTensor {
  const random = new Random(1, 'test', elements(shape));
  return { shape, values: Array.from({ length: elements(shape) }, () => random.uniform(-1, 1)) };
}

const positive: Sample = { range: [0.5, 2] };
const pairs: Sample[] = [{ with: [floats(4, 1, 5)] }, { with: [one(0.5)] }];
const windows: Sample[] = [
  { attributes: { kernel_shape: [2, 2] } },
  { attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  { attributes: { kernel_shape: [3, 2], strides: [1, 2], pads: [1, 0, 2, 1] } },
  { attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 } },
  { attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 } },
  { attributes: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' } },
  { attributes: { kernel_shape: [2, 3], auto_pad: 'SAME_LOWER' } },
  { attributes: { kernel_shape: [3, 3], auto_pad: 'VALID' } },
];
const reductions: Sample[] = [
  { attributes: { axes: [2, 3] } },
  { attributes: { axes: [-1], keepdims: 0 } },
  { opset: 18, with: [whole(1)] },
  {},
];

const samples: Readonly<Record<string, readonly Sample[]>> = {
  Add: pairs,
  Sub: pairs,
  Mul: pairs,
  Div: [...pairs, { isFixed: true, with: [whole(7, -7, 9), whole(2, 2, -4)] }],
  Mod: [{ isFixed: true, with: [whole(7, -7, 9), whole(3, 3, -4)] }],
  Max: pairs,
  Min: [...pairs, { with: [one(0.5), one(-0.25)] }],
  Sum: pairs,
  Pow: [
    ...[2, 3, 5, 0, 1].map((exponent) => ({ with: [one(exponent)] })),
    ...[0.5, -0.5, 1.7, -2].map((exponent) => ({ ...positive, with: [one(exponent)] })),
    { ...positive, with: [floats(4, 1, 1)] },
  ],
  Where: [{ isFixed: true, with: [yes(1, 0, 1), whole(1, 2, 3), whole(4, 5, 6)] }],
  Abs: [{}],
  Neg: [{}],
  Sqrt: [positive],
  Exp: [{}],
  Log: [positive],
  Reciprocal: [positive],
  Erf: [{ range: [-4, 4] }],
  Sin: [{ range: [-9, 9] }],
  Cos: [{ range: [-9, 9] }],
  Sigmoid: [{ range: [-9, 9] }],
  Tanh: [{ range: [-9, 9] }],
  Softplus: [{ range: [-9, 9] }],
  Softsign: [{ range: [-9, 9] }],
  Relu: [{}],
  Clip: [
    { with: [one(-0.5), one(0.5)] },
    { with: [one(-0.5)] },
    { with: [undefined, one(0.5)] },
    { with: [one(0)] },
    {},
    { opset: 10, attributes: { min: { float: 0 }, max: { float: 0.5 } } },
  ],
  LeakyRelu: [{}, { attributes: { alpha: { float: 0.2 } } }],
  PRelu: [{ with: [floats(4, 1, 1)] }],
  Elu: [{ range: [-9, 9] }, { attributes: { alpha: { float: 0.5 } } }],
  Selu: [{ range: [-9, 9] }],
  HardSigmoid: [{ range: [-4, 4] }, { attributes: { alpha: { float: 0.25 }, beta: { float: 0.4 } } }],
  HardSwish: [{ range: [-4, 4] }],
  Mish: [{ opset: 18, range: [-4, 4] }],
  Swish: [{ opset: 24 }, { opset: 24, attributes: { alpha: { float: 0.5 } } }],
  Gelu: [
    { opset: 20, range: [-4, 4] },
    { opset: 20, range: [-4, 4], attributes: { approximate: 'tanh' } },
  ],
  Equal: [{ isFixed: true, with: [whole(1, 2, 3), whole(1, 3, 2)] }],
  Greater: [{ isFixed: true, with: [whole(1, 2, 3), whole(1, 3, 2)] }],
  GreaterOrEqual: [{ isFixed: true, with: [whole(1, 2, 3), whole(1, 3, 2)] }],
  Less: [{ isFixed: true, with: [whole(1, 2, 3), whole(1, 3, 2)] }],
  LessOrEqual: [{ isFixed: true, with: [whole(1, 2, 3), whole(1, 3, 2)] }],
  Not: [{ isFixed: true, with: [yes(0, 1)] }],
  And: [{ isFixed: true, with: [yes(0, 1, 1), yes(0, 0, 1)] }],
  Or: [{ isFixed: true, with: [yes(0, 1, 1), yes(0, 0, 1)] }],
  Floor: [{ isFixed: true, with: [floats(5)] }],
  Ceil: [{ isFixed: true, with: [floats(5)] }],
  Round: [{ isFixed: true, with: [{ shape: [6], values: [0.5, 1.5, -0.5, -1.5, 2.4, 2.6] }] }],
  Sign: [{ isFixed: true, with: [floats(5)] }],
  IsNaN: [{ isFixed: true, with: [{ shape: [2], values: [Number.NaN, 1] }] }],

  Reshape: [{ with: [whole(0, 2, 2, -1)] }, { with: [whole(-1, 120)] }, { with: [whole(0, 0, -1)] }],
  Flatten: [{}, { attributes: { axis: 2 } }, { attributes: { axis: -1 } }],
  Transpose: [{}, { attributes: { perm: [0, 2, 3, 1] } }],
  Shape: [
    { isFixed: true, with: [floats(2, 3, 4)] },
    { isFixed: true, with: [floats(2, 3, 4)], attributes: { start: 1, end: -1 } },
  ],
  Size: [{ isFixed: true, with: [floats(2, 3, 4)] }],
  Squeeze: [
    { of: [1, 3, 1], with: [whole(1)] },
    { of: [1, 3, 1], opset: 11, attributes: { axes: [-1] } },
  ],
  Unsqueeze: [{ with: [whole(0, -1)] }, { opset: 11, attributes: { axes: [2] } }],
  Concat: [{ isFixed: true, with: [whole(1, 2), whole(3)], attributes: { axis: 0 } }],
  Split: [
    { with: [whole(1, 3)], attributes: { axis: 1 }, outputs: 2 },
    { attributes: { axis: 2 }, outputs: 3 },
    { opset: 18, attributes: { axis: -1, num_outputs: 2 }, outputs: 2 },
    { opset: 11, attributes: { axis: 1, split: [2, 2] }, outputs: 2 },
  ],
  Slice: [
    { with: [whole(1), whole(3), whole(1)] },
    { with: [whole(-3, 0), whole(2 ** 31, -1), whole(-1, 2), whole(2, 1)] },
    { with: [whole(-1), whole(-(2 ** 40)), whole(3), whole(-1)] },
    { with: [whole(3), whole(0), whole(2), whole(-2)] },
    { opset: 9, attributes: { axes: [1, 3], starts: [0, -2], ends: [2, 9] } },
  ],
  Gather: [
    { with: [{ type: 'int64', shape: [], values: [2] }], attributes: { axis: 1 } },
    { with: [whole(3, 0, -2)], attributes: { axis: 2 } },
    { with: [{ type: 'int64', shape: [2, 2], values: [0, 1, 2, 3] }], attributes: { axis: 3 } },
  ],
  GatherND: [
    { isFixed: true, with: [floats(3, 6, 5), { type: 'int64', shape: [4, 1, 1], values: [2, 0, -3, 1] }] },
    {
      isFixed: true,
      with: [
        floats(3, 2),
        { type: 'int64', shape: [6, 1, 2], values: [2, 1, 0, 0, -1, 0, 1, 1, 0, 1, 2, 0] },
      ],
    },
  ],
  OneHot: [
    { isFixed: true, with: [whole(1, 0, -1, 7, 4, 2), whole(5), { shape: [2], values: [-1, 3] }] },
    {
      isFixed: true,
      with: [whole(1, 0, -1, 7, 4), whole(6), { shape: [2], values: [0, 1] }],
      attributes: { axis: 0 },
    },
  ],
  ScatterND: [
    {
      isFixed: true,
      with: [floats(3, 2, 2), { type: 'int64', shape: [2, 1], values: [2, -3] }, floats(2, 2, 2)],
    },
  ],
  Expand: [
    { of: [1, 3], with: [whole(1, 4, 1)] },
    { of: [1, 3], with: [whole(4, 3)] },
  ],
  Tile: [{ with: [whole(1, 2, 1, 3)] }],
  Pad: [
    { with: [whole(0, 0, 1, 2, 0, 0, 3, 0)] },
    { with: [whole(0, 0, 1, -2, 0, 1, -3, 0)] },
    { opset: 18, with: [whole(1, 2), one(0), whole(-1)] },
    { with: [whole(0, 0, 1, 2, 0, 0, -3, 1), one(0.5)] },
    ...['reflect', 'edge'].map((mode) => ({ with: [whole(0, 0, 1, 2, 0, 0, 3, 0)], attributes: { mode } })),
    { opset: 10, attributes: { pads: [0, 0, 1, 1, 0, 0, 1, 1] } },
  ],
  Resize: [
    { with: [undefined, { shape: [4], values: [1, 1, 2, 1.5] }], attributes: { mode: 'linear' } },
    {
      with: [undefined, undefined, whole(3, 9)],
      opset: 18,
      attributes: { axes: [2, 3], mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    },
    { with: [undefined, { shape: [4], values: [1, 1, 1.7, 2.3] }], attributes: { mode: 'cubic' } },
    {
      with: [undefined, { shape: [4], values: [1, 1, 0.5, 2] }],
      attributes: {
        mode: 'cubic',
        coordinate_transformation_mode: 'pytorch_half_pixel',
        cubic_coeff_a: { float: -0.5 },
      },
    },
    ...['linear', 'cubic'].map((mode) => ({
      with: [undefined, { shape: [4], values: [1, 1, 0.4, 1.5] }],
      opset: 18,
      attributes: { mode, antialias: 1, exclude_outside: Number(mode === 'cubic') },
    })),
    ...['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel'].flatMap((coordinates) =>
      ['floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil'].map((nearest) => ({
        with: [undefined, { shape: [4], values: [1, 1, 2, 1.4] }],
        attributes: { mode: 'nearest', coordinate_transformation_mode: coordinates, nearest_mode: nearest },
      })),
    ),
  ],
  DepthToSpace: [
    { of: [8, 2, 3], attributes: { blocksize: 2 } },
    { of: [8, 2, 3], attributes: { blocksize: 2, mode: 'CRD' } },
  ],
  SpaceToDepth: [{ of: [2, 4, 6], attributes: { blocksize: 2 } }],
  Range: [
    {
      isFixed: true,
      with: [
        [7, 0],
        [1, 0],
        [-2, 0],
      ].map(([value]) => ({ type: 'int64', shape: [], values: [value!] })),
    },
  ],
  Constant: [
    { isFixed: true, attributes: { value: { tensor: floats(5) } } },
    { isFixed: true, attributes: { value_int: 3 } },
    { isFixed: true, attributes: { value_float: { float: 0.5 } } },
    { isFixed: true, attributes: { value_ints: [3, 4] } },
  ],
  ConstantOfShape: [
    { isFixed: true, with: [whole(2, 3)], attributes: { value: { tensor: { shape: [1], values: [2.5] } } } },
    { isFixed: true, with: [whole(5)] },
  ],
  Cast: [
    { isFixed: true, with: [floats(5)], attributes: { to: 9 } },
    { isFixed: true, with: [{ shape: [3], values: [1.7, -1.7, 0] }], attributes: { to: 7 } },
  ],
  CastLike: [{ isFixed: true, with: [{ shape: [3], values: [1.7, -1.7, 0] }, whole(1)] }],
  Identity: [{}],
  Dropout: [{}],
  If: [],

  ReduceSum: [
    {},
    { with: [whole(1, 2)], attributes: { keepdims: 0 } },
    { attributes: { noop_with_empty_axes: 1 } },
  ],
  ReduceMean: reductions,
  ReduceMax: reductions,
  ReduceMin: reductions,
  ReduceSumSquare: reductions,
  ReduceL1: reductions,
  ReduceL2: reductions,
  ReduceLogSumExp: reductions,
  ReduceProd: [
    { isFixed: true, with: [whole(2, 3, 4)] },
    { isFixed: true, with: [whole(2, 3, 4)], attributes: { keepdims: 0 } },
  ],
  CumSum: [
    { with: [{ type: 'int64', shape: [], values: [2] }] },
    { with: [{ type: 'int64', shape: [], values: [-1] }], attributes: { exclusive: 1, reverse: 1 } },
  ],
  GlobalAveragePool: [{}],
  GlobalMaxPool: [{}],
  Softmax: [{}, { attributes: { axis: 1 } }, { opset: 11, attributes: { axis: 2 } }, { of: [6], opset: 11 }],
  LogSoftmax: [{}, { attributes: { axis: 1 } }],
  LpNormalization: [{}, { attributes: { axis: 1 } }],
  MeanVarianceNormalization: [{}],

  Conv: [
    { with: [floats(3, 4, 3, 3)] },
    { with: [floats(3, 4, 3, 2), floats(3)], attributes: { pads: [1, 0, 2, 1], strides: [2, 1] } },
    { with: [floats(4, 1, 3, 3)], attributes: { group: 4, pads: [1, 1, 1, 1], strides: [2, 2] } },
    { with: [floats(6, 2, 3, 3)], attributes: { group: 2, dilations: [2, 1], pads: [2, 1, 2, 1] } },
    { with: [floats(3, 4, 3, 3)], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] } },
    { with: [floats(3, 4, 2, 2)], attributes: { auto_pad: 'SAME_LOWER' } },
    { of: [4, 6], with: [floats(3, 4, 3), floats(3)], attributes: { pads: [2, 1], strides: [2] } },
  ],
  MaxPool: [...windows, { attributes: { kernel_shape: [2, 2], dilations: [2, 2] } }],
  AveragePool: [
    ...windows,
    ...windows.map(({ attributes }) => ({ attributes: { ...attributes!, count_include_pad: 1 } })),
  ],
  MatMul: [{ with: [floats(5, 3)] }, { with: [floats(5)] }, { with: [floats(4, 5, 3)] }],
  Einsum: [
    { with: [floats(4, 3)], attributes: { equation: 'nchw,cd->ndhw' } },
    { with: [floats(5, 4, 3)], attributes: { equation: 'n c h w, w c k -> n c k h' } },
    { with: [floats(2, 6)], attributes: { equation: 'nchw,kh->nk' } },
    { attributes: { equation: 'nchw->nwh' } },
  ],
  Gemm: [
    { of: [6], with: [floats(6, 3), floats(3)] },
    {
      of: [6],
      with: [floats(3, 6), one(1)],
      attributes: { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
    },
  ],
  BatchNormalization: [
    {
      with: [floats(4), floats(4), floats(4), { shape: [4], values: [0.5, 1, 1.5, 2] }],
      attributes: { epsilon: { float: 1e-3 } },
    },
  ],
  LayerNormalization: [
    { with: [floats(5), floats(5)] },
    { with: [floats(4, 6, 5)], attributes: { axis: 1, epsilon: { float: 1e-3 } } },
  ],
  InstanceNormalization: [{ with: [floats(4), floats(4)] }],
  LRN: [
    { attributes: { size: 1 } },
    { attributes: { size: 3, alpha: { float: 0.5 }, beta: { float: 0.5 } } },
  ],
  GroupNormalization: [{ opset: 21, with: [floats(4), floats(4)], attributes: { num_groups: 2 } }],
};

/** The file of a sample. A result for fixed numbers is added to the input. */
function fileOf(type: string, sample: Sample): Uint8Array {
  const { of = [4, 6, 5], with: more = [], attributes, opset = 17, isFixed, outputs: count = 1 } = sample;
  const names = more.map((tensor, i) => (tensor ? `fixed${i}` : ''));
  const results = Array.from({ length: count }, (_, i) => `y${i}`);
  const node: WrittenNode = {
    type,
    name: 'node',
    inputs: isFixed ? names : ['x', ...names],
    outputs: isFixed ? ['known'] : results,
    attributes,
  };
  const added: WrittenNode[] = [
    { type: 'Cast', inputs: ['known'], outputs: ['floats'], attributes: { to: 1 } },
    { type: 'ReduceMean', inputs: ['x'], outputs: ['mean'], attributes: { keepdims: 0 } },
    { type: 'Add', inputs: ['mean', 'floats'], outputs: ['y0'] },
  ];
  const graph: WrittenGraph = {
    nodes: isFixed ? [node, ...added] : [node],
    initializers: Object.fromEntries(more.flatMap((tensor, i) => (tensor ? [[`fixed${i}`, tensor]] : []))),
    inputs: { x: ['N', ...of] },
    outputs: results,
  };
  return onnxBytes(graph, opset);
}

describe('operators of ONNX files', () => {
  it('each have samples', () => {
    expect(Object.keys(samples).sort()).toEqual(Object.keys(ONNX_OPERATORS).sort());
  });

  const cases = Object.entries(samples).flatMap(([type, each]) =>
    each.map((sample, i) => [`${type} ${i + 1}`, type, sample] as const),
  );
  it.each(cases)('%s agrees with ONNX Runtime', async (_, type, sample) => {
    for (const pictures of [1, 3]) {
      const shape = [pictures, ...(sample.of ?? [4, 6, 5])];
      for (const { ours, theirs } of await bothResults(fileOf(type, sample), shape, sample.range)) {
        expect(ours.shape).toEqual(theirs.shape);
        expect(largestError(ours.data, theirs.data)).toBeLessThan(2e-6);
      }
    }
  });
});
