/**
 * EMA against its formulas in plain loops, in float64: its output, and its gradients against finite differences of the loops.
 * Both kinds of attention in both layouts.
 */
import { describe, expect, it } from 'vitest';
import { Random } from '../../random/philox.ts';
import { multiply } from '../graph/elementwise.ts';
import { gradients } from '../graph/gradient.ts';
import { interpret } from '../graph/interpret.ts';
import { sum } from '../graph/reduce.ts';
import { transpose } from '../graph/shape.ts';
import { constant, elements, GraphError, input, type Shape, type Tensor } from '../graph/tensor.ts';
import { ATTENTIONS, type AttentionDescription } from './attention.ts';
import type { ConvolutionMethod } from './convolution.ts';
import { ema } from './ema.ts';
import type { PlacedLayer } from './layer.ts';
import { HWCN, type Layout, NCHW } from './layout.ts';
import { recordOf } from './schema.ts';

const [BATCH, CHANNELS, HEIGHT, WIDTH] = [2, 6, 4, 6];
const PLACES = HEIGHT * WIDTH;
const SHAPE = [BATCH, CHANNELS, HEIGHT, WIDTH];
const MAP = { kind: 'map', size: HEIGHT, channels: CHANNELS } as const;
const FIRST = { index: 0, number: 1 };

type Arrays = Readonly<Record<string, Float64Array>>;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

function softmax(values: readonly number[]): number[] {
  const exponentials = values.map(Math.exp);
  return exponentials.map((each) => each / exponentials.reduce((a, b) => a + b));
}

/** EMA of one group's map x[channel][position]. */
function ofGroup(x: readonly (readonly number[])[], arrays: Arrays): number[][] {
  const of = (name: string) => arrays[`0.${name}`];
  const channels = numbers(x.length);
  const places = numbers(PLACES);
  const [row, column] = [(place: number) => Math.floor(place / WIDTH), (place: number) => place % WIDTH];

  /** σ of the 1×1 convolution of each channel's mean over the positions that `isIn` selects. */
  const gate = (channel: number, isIn: (place: number) => boolean) =>
    sigmoid(
      channels.reduce(
        (sum, from) =>
          sum! +
          of('conv1x1.weight')![channel * x.length + from]! *
            average(places.filter(isIn).map((place) => x[from]![place]!)),
        of('conv1x1.bias')![channel]!,
      ),
    );
  const normalised = channels.map((channel) => {
    const ofRow = numbers(HEIGHT).map((i) => gate(channel, (place) => row(place) === i));
    const ofColumn = numbers(WIDTH).map((j) => gate(channel, (place) => column(place) === j));
    const gated = places.map((place) => x[channel]![place]! * ofRow[row(place)]! * ofColumn[column(place)]!);
    const mean = average(gated);
    const deviation = Math.sqrt(average(gated.map((value) => (value - mean) ** 2)) + 1e-5);
    return gated.map(
      (value) => (of('gn.weight')![channel]! * (value - mean)) / deviation + of('gn.bias')![channel]!,
    );
  });

  const convolved = channels.map((channel) =>
    places.map((place) => {
      let sum = of('conv3x3.bias')![channel]!;
      for (const from of channels) {
        for (const tap of numbers(9)) {
          const [i, j] = [row(place) + Math.floor(tap / 3) - 1, column(place) + (tap % 3) - 1];
          if (i < 0 || i >= HEIGHT || j < 0 || j >= WIDTH) continue;
          sum! += of('conv3x3.weight')![(channel * x.length + from) * 9 + tap]! * x[from]![i * WIDTH + j]!;
        }
      }
      return sum;
    }),
  );

  const [first, second] = [softmax(convolved.map(average)), softmax(normalised.map(average))];
  const weight = (place: number) =>
    channels.reduce(
      (sum, c) => sum + first[c]! * normalised[c]![place]! + second[c]! * convolved[c]![place]!,
      0,
    );
  return channels.map((channel) => places.map((place) => x[channel]![place]! * sigmoid(weight(place))));
}

/** EMA of x [N, C, H, W]. */
function plainEma(arrays: Arrays, factor: number): number[] {
  const each = CHANNELS / factor;
  return numbers(BATCH * factor).flatMap((group) => {
    const maps = numbers(each).map((channel) => {
      const start = (group * each + channel) * PLACES;
      return [...arrays.x!.subarray(start, start + PLACES)];
    });
    return ofGroup(maps, arrays).flat();
  });
}

/** Attention of an input x, and all inputs by name. Input and output are [N, C, H, W] in any inner layout. */
function applyAttention(
  attention: PlacedLayer,
  layout: Layout,
  method: ConvolutionMethod = 'direct',
): { output: Tensor; inputs: Readonly<Record<string, Tensor>> } {
  const inputs = {
    x: input('x', SHAPE),
    ...Object.fromEntries(attention.parameters.map(({ name, shape }) => [name, input(name, shape)])),
  } as Record<string, Tensor>;
  const isTurned = layout.name === 'HWCN';
  const tensor = isTurned ? transpose(inputs.x!, [2, 3, 1, 0]) : inputs.x!;
  const build = {
    training: true,
    method,
    state: (name: string) => inputs[name]!,
    update: () => {},
    random: () => {
      throw new Error('attention draws no random numbers');
    },
  };
  const { tensor: result } = attention.forward({ kind: 'map', layout, tensor }, build);
  return { output: isTurned ? transpose(result, [3, 2, 0, 1]) : result, inputs };
}

/** Random numbers for the inputs of attention, and for the weights of a loss Σ weight · output. */
function draw(layer: PlacedLayer): { arrays: Record<string, Float64Array>; weights: Float32Array } {
  const random = new Random(1, 'test');
  const of = (shape: Shape) => Float64Array.from({ length: elements(shape) }, () => random.normal());
  const arrays = {
    x: of(SHAPE),
    ...Object.fromEntries(layer.parameters.map(({ name, shape }) => [name, of(shape)])),
  };
  return { arrays, weights: Float32Array.from(of(SHAPE)) };
}

// Constants of the graph are float32.
const DIGITS = 5;

describe.each([
  [6, 'one channel in a group'],
  [2, 'three channels in a group'],
])('EMA with factor %i: %s', (factor) => {
  it.each([HWCN, NCHW])('equals the formulas, $name', (layout) => {
    const layer = ema.place({ factor }, MAP, FIRST);
    const { arrays } = draw(layer);
    const { output } = applyAttention(layer, layout);
    const { shape, data } = interpret([output], arrays)[0]!;
    expect(shape).toEqual(SHAPE);
    for (const [i, value] of plainEma(arrays, factor).entries()) expect(data[i]).toBeCloseTo(value, DIGITS);
  });

  it.each([HWCN, NCHW])('has the gradients of the formulas, $name', (layout) => {
    const layer = ema.place({ factor }, MAP, FIRST);
    const { arrays, weights } = draw(layer);
    const { output, inputs } = applyAttention(layer, layout);
    const weighted = multiply(output, constant(weights, SHAPE));
    const names = Object.keys(inputs);
    const exact = interpret(gradients(sum(weighted), Object.values(inputs)), arrays);
    const lossOf = (moved: Arrays) =>
      plainEma(moved, factor).reduce((sum, value, i) => sum + weights[i]! * value, 0);
    const step = 1e-5;
    for (const [i, name] of names.entries()) {
      for (const [at, value] of arrays[name]!.entries()) {
        const lossAt = (to: number) => lossOf({ ...arrays, [name]: arrays[name]!.with(at, to) });
        const difference = (lossAt(value + step) - lossAt(value - step)) / (2 * step);
        expect(exact[i]!.data[at], `${name}, ${at}`).toBeCloseTo(difference, DIGITS - 1);
      }
    }
  });
});

const KINDS: AttentionDescription[] = [
  { cbam: { reduction: 1 } },
  { cbam: { reduction: 3 } },
  { ema: { factor: 6 } },
  { ema: { factor: 2 } },
];

function attention(description: AttentionDescription): PlacedLayer {
  const { record, own } = recordOf(ATTENTIONS, description);
  return record.place(own, MAP, FIRST);
}

describe('attention', () => {
  it.each(KINDS)('gives the same in both layouts and with both methods: %j', (description) => {
    const layer = attention(description);
    const direct = applyAttention(layer, NCHW).output;
    const others = (['direct', 'spectral'] as const).map(
      (method) => applyAttention(layer, HWCN, method).output,
    );
    const [expected, ...results] = interpret([direct, ...others], draw(layer).arrays);
    for (const { shape, data } of results) {
      expect(shape).toEqual(SHAPE);
      // The spectral matrices are float32.
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo(expected!.data[i]!, 4);
    }
  });

  it('refuses settings that do not divide the channels', () => {
    const refused = [
      [{ cbam: { reduction: 4 } }, 'cbam: the reduction must divide the 6 channels, got 4'],
      [{ ema: { factor: 4 } }, 'ema: the factor must divide the 6 channels, got 4'],
      [{ ema: { factor: 12 } }, 'ema: the factor must divide the 6 channels, got 12'],
    ] as const;
    for (const [description, message] of refused) {
      expect(() => attention(description)).toThrow(new GraphError(message));
    }
  });
});
