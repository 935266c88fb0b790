/** The networks that `networkDiagram` is for, and some that a user may think of. */
import type { DiagramLayer, NetworkDiagram } from './diagram.ts';

const features = (name: string, kind: string, count: number, labels: string[]): DiagramLayer => ({
  name,
  kind,
  labels,
  output: { kind: 'features', count },
});

function convolutions(attention: string[]): DiagramLayer[] {
  return [32, 64, 128, 256].map((channels, i) => {
    const kernel = [17, 13, 9, 7][i];
    return {
      name: `conv${i + 1}`,
      kind: 'convolution',
      labels: [`conv ${kernel}×${kernel}`, 'batch norm, ReLU', ...attention, 'max pool 2×2'],
      kernel,
      output: { kind: 'map', size: 64 / 2 ** i, channels },
    };
  });
}

const conv5: DiagramLayer = {
  name: 'conv5',
  kind: 'convolution',
  labels: ['conv 1×1', 'batch norm, ReLU'],
  kernel: 1,
  output: { kind: 'map', size: 8, channels: 96 },
};

const picture = { size: 128, channels: 3 };
const CBAM = ['CBAM r = 1'];

function threeDense(dropout: boolean): DiagramLayer[] {
  const drop = (number: number, count: number) =>
    dropout ? [features(`dropout${number}`, 'dropout', count, ['p = 0.5'])] : [];
  return [
    features('flatten', 'flatten', 16_384, []),
    ...drop(1, 16_384),
    features('dense1', 'dense', 1024, ['dense, ReLU']),
    ...drop(2, 1024),
    features('dense2', 'dense', 512, ['dense, ReLU']),
    ...drop(3, 512),
    features('dense3', 'dense', 37, ['dense']),
  ];
}

const oneDense = [
  conv5,
  features('flatten', 'flatten', 6144, []),
  features('dense1', 'dense', 37, ['dense']),
];

/** By name of the picture. */
export const DIAGRAMS: Readonly<Record<string, NetworkDiagram>> = {
  cnn: { title: 'cnn', input: picture, layers: [...convolutions([]), ...threeDense(false)], head: 'sigmoid' },
  'cnn-attention-dropout': {
    title: 'cnn with attention and dropout',
    input: picture,
    layers: [...convolutions(CBAM), ...threeDense(true)],
    head: 'sigmoid',
  },
  baseline: {
    title: 'baseline',
    input: picture,
    layers: [...convolutions([]), ...oneDense],
    head: 'sigmoid',
  },
  'baseline-attention': {
    title: 'baseline with attention',
    input: picture,
    layers: [...convolutions(CBAM), ...oneDense],
    head: 'softmax by question',
  },
  one: {
    title: 'One layer, <script>alert("title")</script> & a long title',
    input: { size: 16, channels: 1 },
    layers: [features('a & <b>', 'flatten', 256, ['"quoted" \u0007'])],
    head: '<none>',
  },
  ten: {
    title: 'Ten layers',
    input: { size: 512, channels: 4 },
    layers: [
      ...Array.from(
        { length: 8 },
        (_, i): DiagramLayer => ({
          name: `conv${i + 1}`,
          kind: i === 4 ? 'transformer' : 'convolution',
          labels: [
            i === 4 ? 'a label of a user who has much to say' : 'conv 3×3',
            ...(i % 2 ? ['average pool 2×2'] : []),
          ],
          ...(i === 4 ? {} : { kernel: 3 }),
          output: { kind: 'map', size: 256 / 2 ** i, channels: 2 ** (i + 3) },
        }),
      ),
      features('flatten', 'flatten', 4096, []),
      features('dense1', 'dense', 3, ['dense']),
    ],
    head: 'softmax',
  },
};
