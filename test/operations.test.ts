/** Every operation: its reference against ONNX Runtime, its gradient against finite differences. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { depthwise, depthwiseKernels } from '../src/engine/graph/depthwise.ts';
import { multiply } from '../src/engine/graph/elementwise.ts';
import { gradients } from '../src/engine/graph/gradient.ts';
import { interpret } from '../src/engine/graph/interpret.ts';
import { type OperationName, operations } from '../src/engine/graph/operations.ts';
import { sum } from '../src/engine/graph/reduce.ts';
import { constant, elements, input, isOperation } from '../src/engine/graph/tensor.ts';
import { BLOCKED_DOMAIN } from '../src/engine/onnx/emitter.ts';
import { type OnnxOptions, writeOnnx } from '../src/engine/onnx/write.ts';
import { channelBlock } from '../src/node/runtime/channelBlock.ts';
import { depthwiseSamples, expectReference, largestDifference, samples, use } from './operationSamples.ts';

describe('the table of operations', () => {
  it('contains every operation of the graph files', async () => {
    const folder = new URL('../src/engine/graph/', import.meta.url);
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
    const all = modules.flatMap((module) => Object.values(module)).filter(isOperation);
    expect(all.length).toBeGreaterThan(0);
    expect(new Set(all)).toEqual(new Set(Object.values(operations)));
  });
});

describe.each(Object.keys(operations) as OperationName[])('%s', (name) => {
  it('has the name of its key', () => {
    expect(operations[name].name).toBe(name);
  });

  it('agrees with its reference in ONNX Runtime', () =>
    expectReference(name, { name: 'cpu', threads: 1 }, { numRuns: 30, tolerance: 2e-6 }));

  it('has a gradient that agrees with finite differences', () => {
    fc.assert(
      fc.property(samples[name], fc.nat(), (sample, seed) => {
        const { inputs, feeds, random, output } = use(name, sample, seed);
        const weights = Float32Array.from({ length: elements(output.shape) }, () => random.uniform(-1, 1));
        const weighted = multiply(output, constant(weights, output.shape));
        const loss = sum(weighted);
        const exact = interpret(gradients(loss, inputs), feeds);
        inputs.forEach((_, i) => {
          expect(exact[i]!.shape).toEqual(sample.shapes[i]);
          const data = feeds[`x${i}`];
          const differences = data!.map((value, at) => {
            const step = 1e-4 / data!.length;
            const lossAt = (moved: number) =>
              interpret([loss], { ...feeds, [`x${i}`]: data!.with(at, moved) })[0]!.data[0];
            return (lossAt(value + step)! - lossAt(value - step)!) / (2 * step);
          });
          expect(largestDifference(differences, exact[i]!.data)).toBeLessThan(1e-4);
        });
      }),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe.each(['depthwise', 'depthwiseKernels'] as const)('%s in ONNX Runtime', (name) => {
  it.skipIf(process.arch !== 'x64')('uses blocks of channels', async () => {
    const block = await channelBlock();
    expect([8, 16]).toContain(block);
    const [map, other] = [
      input('map', [4, 4, 8, 8]),
      input('other', [4, ...(name === 'depthwise' ? [1, 3, 3] : [4, 8, 8])]),
    ];
    const window = { padding: 1 };
    const y =
      name === 'depthwise' ? depthwise(map, other, window) : depthwiseKernels(map, other, [3, 3], window);
    const text = (options: OnnxOptions) => Buffer.from(writeOnnx({ y }, options)).toString('latin1');
    expect(text({ channelBlock: block! })).toContain(BLOCKED_DOMAIN);
    for (const others of [
      {},
      { portable: true, channelBlock: block! },
      { freeBatch: true, channelBlock: block! },
    ])
      expect(text(others)).not.toContain(BLOCKED_DOMAIN);
  });

  it.each([
    ['in blocks of channels', depthwiseSamples([4, 4], [4, 4], [6, 8])],
    ['in two blocks', depthwiseSamples([32, 32], [1, 1], [6, 8])],
    ['of large maps', depthwiseSamples([1, 1], [1, 2], [30, 31])],
  ])('agrees with its reference %s', (_, samplesOf) =>
    expectReference(
      name,
      { name: 'cpu', threads: 1 },
      { numRuns: 15, tolerance: 3e-6, from: samplesOf[name] },
    ),
  );
});

it.each(['sumOfSquares', 'sumOfProducts'] as const)('%s of many rows agrees with its reference', (name) => {
  const shape = [4, 5, 3, 2];
  const from = fc.constantFrom([2, 3], [1, 2, 3], [3]).map((axes) => ({
    shapes: name === 'sumOfSquares' ? [shape] : [shape, shape],
    attributes: { axes },
  }));
  return expectReference(name, { name: 'cpu', threads: 1 }, { numRuns: 10, tolerance: 2e-6, from });
});
