import { describe, expect, it } from 'vitest';
import { add, exp, multiply, relu } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { graphMemory } from './memory.ts';
import { sum } from './reduce.ts';
import { reshape } from './shape.ts';
import { constant, input, type Tensor } from './tensor.ts';

/** Removing axes would add a reshape, which is counted too. */
const KEEP = { keepDims: true };
/** 4,000 bytes */
const x = input('x', [10, 100]);
const results = (...outputs: Tensor[]) => graphMemory(outputs).results;

describe('graphMemory', () => {
  it('does not count input and output arrays', () => {
    expect(graphMemory([relu(x)])).toEqual({ constants: 0, folded: 0, kept: 0, results: 0 });
  });

  it('stores a result over an operand that is no longer needed', () => {
    const chain = relu(exp(add(x, 1)));
    expect(results(sum(chain, [0, 1], KEEP))).toBe(4000);
    // The product needs `chain` too: two tensors at a time.
    expect(results(sum(multiply(chain, exp(chain)), [0, 1], KEEP))).toBe(8000);
    // A result of another size takes new memory.
    expect(results(sum(add(sum(chain, 0, KEEP), chain), [0, 1], KEEP))).toBe(4000 + 400);
  });

  it('counts a reshaped tensor once, and keeps it as long as either shape is needed', () => {
    const made = add(x, 1);
    const flat = reshape(made, [1000]);
    expect(results(sum(relu(flat), 0, KEEP))).toBe(4000);
    // The first relu takes new memory, the second is stored over `made`.
    expect(results(sum(multiply(relu(flat), reshape(relu(made), [1000])), 0, KEEP))).toBe(8000);
  });

  it('keeps operands of later results', () => {
    const first = matmul(x, input('w', [100, 10])); // 400 bytes
    const wide = matmul(first, x); // 4,000
    expect(results(matmul(matmul(wide, input('w2', [100, 10])), first))).toBe(400 + 4000 + 400);
  });

  it('separates results of constants from results of inputs', () => {
    const kernel = constant(new Float32Array(500), [100, 5]);
    const prepared = exp(multiply(kernel, 2));
    expect(graphMemory([matmul(x, prepared)])).toEqual({
      constants: 2000 + 4,
      folded: 2 * 2000,
      kept: 2000,
      results: 0,
    });
  });

  it('allocates nothing, so it can measure graphs that no machine can run', () => {
    const huge = input('huge', [1_000_000, 1_000_000]);
    expect(results(sum(relu(add(huge, 1)), [0, 1], KEEP))).toBe(4e12);
  });
});
