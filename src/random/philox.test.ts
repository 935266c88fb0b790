import { describe, expect, it } from 'vitest';
import { philox, Random } from './philox.ts';

describe('philox', () => {
  // Known answers of Random123's kat_vectors.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as [[number, number, number, number], [number, number], number[]][])(
    'counter %j, key %j',
    (counter, key, words) => {
      expect(philox(counter, key)).toEqual(words);
    },
  );
});

describe('Random', () => {
  it('depends on seed, stream and position', () => {
    const draw = (...a: ConstructorParameters<typeof Random>) => new Random(...a).integer();
    expect(draw(1, 'view', 2, 3)).toBe(draw(1, 'view', 2, 3));
    const others = [
      draw(2, 'view', 2, 3),
      draw(1, 'split', 2, 3),
      draw(1, 'view', 3, 3),
      draw(1, 'view', 2, 4),
    ];
    expect(new Set([draw(1, 'view', 2, 3), ...others]).size).toBe(5);
  });

  it('draws uniform and normal numbers', () => {
    const random = new Random(7, 'test');
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 20000; i++) sum += random.uniform(2, 4) / 20000;
    for (let i = 0; i < 20000; i++) squares += random.normal() ** 2 / 20000;
    expect(sum).toBeCloseTo(3, 1);
    expect(squares).toBeCloseTo(1, 1);
  });

  it('draws permutations', () => {
    const order = new Random(7, 'test').permutation(100);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
  });
});
