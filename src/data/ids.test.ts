import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareIds, idKey, isKaggleId, jsonId } from './ids.ts';

describe('idKey', () => {
  it('is the value of a canonical integer below 2⁵³', () => {
    for (const value of [0, 7, 100008, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER]) {
      expect(idKey(String(value))).toBe(value);
    }
  });

  it('is the FNV-1a hash of any other text', () => {
    // Test vectors of FNV-1a, 64 bits.
    expect(idKey('')).toEqual([0x84222325, 0xcbf29ce4]);
    expect(idKey('a')).toEqual([0x8601ec8c, 0xaf63dc4c]);
    expect(idKey('foobar')).toEqual([0xf73967e8, 0x85944171]);
  });

  it.each(['000123', '007', '+5', '-5', '1.0', '1e5', '9007199254740992', '1237649770260463687', ' 5', '٣'])(
    'hashes %j',
    (id) => {
      expect(idKey(id)).toHaveLength(2);
    },
  );

  it('differs between IDs', () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => String(idKey(`J${i}`)));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('compareIds', () => {
  it('puts integers first, by value, then the others by code point', () => {
    const sorted = [
      '0',
      '9',
      '10',
      '9007199254740991',
      '',
      '000123',
      '9007199254740992',
      'a',
      'ab',
      '\uff01',
      '🌌',
    ];
    expect(sorted.toReversed().sort(compareIds)).toEqual(sorted);
  });

  it('is a total order', () => {
    const id = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.nat().map(String));
    fc.assert(
      fc.property(id, id, id, (a, b, c) => {
        expect(Math.sign(compareIds(a, b))).toBe(0 - Math.sign(compareIds(b, a)));
        expect(compareIds(a, b) === 0).toBe(a === b);
        if (compareIds(a, b) < 0 && compareIds(b, c) < 0) expect(compareIds(a, c)).toBeLessThan(0);
      }),
    );
  });
});

it('writes canonical integers as numbers in JSON, and everything else as text', () => {
  const ids = ['100008', '0', '000123', '9007199254740992', 'J094651.40-010228.5'];
  expect(ids.map(jsonId)).toEqual([100008, 0, '000123', '9007199254740992', 'J094651.40-010228.5']);
});

it("recognises Kaggle's IDs: positive integers", () => {
  expect(['1', '100008', '0', '-1', '007', '1.5', 'a', ''].map(isKaggleId)).toEqual([
    true,
    true,
    ...Array(6).fill(false),
  ]);
});
