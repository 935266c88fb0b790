/** Variants of the layers: no batch norm, CBAM without its residual, dropout of whole channels; the steps of attention. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../random/philox.ts';
import { interpret } from '../graph/interpret.ts';
import { elements, input, type Shape, type Tensor } from '../graph/tensor.ts';
import { ATTENTIONS, type AttentionDescription } from './attention.ts';
import type { Build, Module } from './layer.ts';
import type { LayerDescription } from './layers.ts';
import { HWCN, type Layout, mapShape, NCHW } from './layout.ts';
import { Network } from './network.ts';
import { recordOf } from './schema.ts';

const SIZE = { height: 4, width: 4, channels: 2, batch: 3 };
const random = new Random(1, 'test');
const uniform = (shape: Shape) => Float64Array.from({ length: elements(shape) }, () => random.uniform(-1, 1));

/** The output of the first layer of a network, and the values that it was computed from. */
function run(layer: LayerDescription, layout: Layout, { training }: { training: boolean }) {
  const network = new Network({
    input: { size: SIZE.height, channels: SIZE.channels },
    layers: [layer, { flatten: true }, { dense: 2 }],
  });
  const values: Record<string, Float64Array> = {};
  const given = (name: string, shape: Shape, data: Float64Array): Tensor => {
    values[name] = data;
    return input(name, shape);
  };
  const shapes = new Map(network.parameters.map(({ name, shape }) => [name, shape]));
  const build: Build = {
    training,
    method: 'direct',
    state: (name) => given(name, shapes.get(name)!, values[name] ?? uniform(shapes.get(name)!)),
    update: () => {},
    random: (shape) => given('random', shape, uniform(shape).map(Math.abs)),
  };
  const shape = mapShape(layout, SIZE);
  const tensor = given('x', shape, uniform(shape));
  const { tensor: output } = network.layers[0]!.forward({ kind: 'map', layout, tensor }, build);
  return { network, values, output, result: interpret([output], values)[0]!.data };
}

describe.each([
  ['HWCN, training', HWCN, true],
  ['NCHW, prediction', NCHW, false],
] as const)('in %s', (_, layout, training) => {
  it('a convolution without batch norm adds its bias', () => {
    const layer = { convolution: { channels: 3, kernel: 1, batchNorm: false, pool: 'max' } } as const;
    const { network, values, result } = run(layer, layout, { training });
    expect(network.parameters.map(({ name }) => name)).toEqual(['0.weight', '0.bias', '4.weight', '4.bias']);
    const at = (h: number, w: number, c: number, n: number, side: number, channels: number) =>
      layout === HWCN
        ? ((h * side + w) * channels + c) * SIZE.batch + n
        : ((n * channels + c) * side + h) * side + w;
    for (let n = 0; n < SIZE.batch; n++) {
      for (let c = 0; c < 3; c++) {
        const pixels = [0, 1].flatMap((h) =>
          [0, 1].map((w) => {
            const sums = [0, 1].map(
              (from) => values['0.weight']![c * 2 + from]! * values.x![at(h, w, from, n, 4, 2)]!,
            );
            return Math.max(0, sums[0]! + sums[1]! + values['0.bias']![c]!);
          }),
        );
        expect(result[at(0, 0, c, n, 2, 3)]).toBeCloseTo(Math.max(...pixels), 6);
      }
    }
  });

  it('CBAM with `residual: false` returns the output of CBAM minus its input', () => {
    const convolution = { channels: 2, kernel: 1, batchNorm: false } as const;
    const withResidual = run(
      { convolution: { ...convolution, attention: { cbam: { reduction: 1 } } } },
      layout,
      {
        training,
      },
    );
    const network = new Network({
      input: { size: 4, channels: 2 },
      layers: [
        { convolution: { ...convolution, attention: { cbam: { reduction: 1, residual: false } } } },
        { flatten: true },
        { dense: 2 },
      ],
    });
    let active: Tensor | undefined;
    const build: Build = {
      training,
      method: 'direct',
      state: (name) => input(name, network.parameters.find((each) => each.name === name)!.shape),
      update: () => {},
      random: () => {
        throw new Error('there is no dropout');
      },
      tap: (name, map) => {
        if (name === 'conv1') active = map.tensor;
        return map;
      },
    };
    const tensor = input('x', mapShape(layout, SIZE));
    const without = network.layers[0]!.forward({ kind: 'map', layout, tensor }, build).tensor;
    const [alone, own] = interpret([without, active!], withResidual.values).map(({ data }) => data);
    for (const [i, value] of withResidual.result.entries()) {
      expect(alone![i]! + own![i]!).toBeCloseTo(value, 6);
    }
    expect(alone!.some((value) => Math.abs(value) > 0.01)).toBe(true);
  });
});

it('dropout of a map drops whole channels', () => {
  const { values, result } = run({ dropout: 0.5 }, HWCN, { training: true });
  expect(values.random).toHaveLength(SIZE.channels * SIZE.batch);
  for (const [i, value] of result.entries()) {
    const isKept = values.random![i % (SIZE.channels * SIZE.batch)]! >= 0.5;
    expect(value).toBeCloseTo(isKept ? 2 * values.x![i]! : 0, 6);
  }
  const { values: before, result: after } = run({ dropout: 0.5 }, HWCN, { training: false });
  expect(Array.from(after)).toEqual([...before.x!]);
});

it.each([HWCN, NCHW])('globalMean is the mean of each channel over the pixels: %#', (layout) => {
  const description = {
    input: { size: 4, channels: 2 },
    layers: [{ globalMean: true }, { dense: 3 }],
  } as const;
  const network = new Network(description);
  // As in PyTorch's Sequential of a pool, a Flatten and a Linear.
  expect(network.parameters.map(({ name, shape }) => [name, shape])).toEqual([
    ['2.weight', [3, 2]],
    ['2.bias', [3]],
  ]);
  const shape = mapShape(layout, SIZE);
  const value = { kind: 'map', layout, tensor: input('x', shape) } as const;
  const { tensor } = network.layers[0]!.forward(value, {} as Build);
  const x = uniform(shape);
  const { data } = interpret([tensor], { x })[0]!;
  for (let c = 0; c < 2; c++) {
    for (let n = 0; n < 3; n++) {
      const at = (pixel: number) => (layout === HWCN ? (pixel * 2 + c) * 3 + n : (n * 2 + c) * 16 + pixel);
      const mean = Array.from({ length: 16 }, (_, pixel) => x[at(pixel)]!).reduce((a, b) => a + b) / 16;
      expect(data[layout === HWCN ? c * 3 + n : n * 2 + c]).toBeCloseTo(mean, 6);
    }
  }
});

describe('the steps of an attention module', () => {
  it.each([{ cbam: { reduction: 2 } }, { cbam: { reduction: 2, residual: false } }, { ema: { factor: 2 } }])(
    'have all of its parameters, and read only earlier steps: %j',
    (attention) => {
      const { own, record } = recordOf(ATTENTIONS, attention as AttentionDescription);
      const map = { kind: 'map', size: 4, channels: 4 } as const;
      const { parameters } = record.place(own, map, { index: 0, number: 1 });
      const modules = (module: Module): Module[] => [
        module,
        ...module.steps.flatMap((step) => (step.module ? modules(step.module) : [])),
      ];
      const all = modules(record.module!(own)!);
      const prefixes = all.flatMap(({ steps }) => steps.flatMap((step) => step.parameters ?? []));
      const names = prefixes.flatMap((prefix) => [`0.${prefix}.weight`, `0.${prefix}.bias`]);
      expect(names.sort()).toEqual(parameters.map(({ name }) => name).sort());
      for (const { steps } of all) {
        const given = steps.map(({ name }) => name);
        expect(new Set(given).size).toBe(given.length);
        for (const [i, { from }] of steps.entries()) {
          expect(from.length === 0).toBe(i === 0);
          expect(given.slice(0, i)).toEqual(expect.arrayContaining([...from]));
        }
      }
    },
  );
});
