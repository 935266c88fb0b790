import { describe, expect, it } from 'vitest';
import { Random } from '../../random/philox.ts';
import { add, multiply, square } from './elementwise.ts';
import { gradients } from './gradient.ts';
import { interpret } from './interpret.ts';
import { max, sum } from './reduce.ts';
import { elements, input, type Tensor } from './tensor.ts';

const SHAPE = [3, 4, 2, 2];

/** Losses that add gradients of maxima over whole maps to other gradients, or to each other. */
const LOSSES: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
  'a maximum alone': (x) => square(max(x, [0, 1])),
  'two maxima': (x, y) => multiply(max(x, [0, 1]), max(multiply(x, y), [0, 1])),
  'a maximum beside a sum': (x, y) => add(max(x, [1, 0]), sum(multiply(x, y), [0, 1])),
  'a maximum of a sum, whose gradient its terms share': (x, y) => {
    const both = add(x, y);
    return add(max(both, [0, 1]), sum(square(both), [0, 1]));
  },
  'a maximum beside a broadcast sum': (x) => multiply(max(x, [0, 1]), sum(x, [0, 1])),
};

describe('gradients', () => {
  it.each(Object.entries(LOSSES))('equal finite differences: %s', (_, lossOf) => {
    const [x, y] = [input('x', SHAPE), input('y', SHAPE)];
    const random = new Random(1, 'test');
    const draw = () => Float64Array.from({ length: elements(SHAPE) }, () => random.normal());
    const feeds: Record<string, Float64Array> = { x: draw(), y: draw() };
    const loss = sum(lossOf(x, y));
    const exact = interpret(gradients(loss, [x, y]), feeds);
    for (const [i, name] of ['x', 'y'].entries()) {
      for (const [at, value] of feeds[name]!.entries()) {
        const lossAt = (moved: number) =>
          interpret([loss], { ...feeds, [name]: feeds[name]!.with(at, moved) })[0]!.data[0];
        const difference = (lossAt(value + 1e-5)! - lossAt(value - 1e-5)!) / 2e-5;
        expect(exact[i]!.data[at], `${name}, ${at}`).toBeCloseTo(difference, 5);
      }
    }
  });
});
