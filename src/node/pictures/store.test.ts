import { mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../errors.ts';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../files/safetensors.ts';
import { RECORD_BYTES } from '../../picture/record.ts';
import { noise } from './pictures.fixture.ts';
import { encodeStoreHeader, ImageStore, STORE_HEADER_BYTES, type StoreExtras } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ids = [100008, 9_007_199_254_740_991, 3];
const records = ids.map((_, i) => noise(212, 212, i));
const votes = Float64Array.from({ length: 3 * 37 }, (_, i) => i / 111);

const weights = Float64Array.of(1, 0.5, 2.25);

/** A store of three galaxies, as one array of bytes. */
function store(extras: StoreExtras): Buffer {
  const parts: (Uint8Array | BigInt64Array | Float64Array)[] = [
    encodeStoreHeader(3, extras, 2),
    ...records,
    BigInt64Array.from(ids, BigInt),
  ];
  if (extras.fractions) parts.push(votes);
  if (extras.weights) parts.push(weights);
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('ImageStore', () => {
  it('reads records, ids and fractions', () => {
    const opened = ImageStore.open(write('three.pack', store({ fractions: true })));
    expect([opened.count, opened.leftOut]).toEqual([3, 2]);
    expect(opened.galaxyIds()).toEqual(ids);
    expect(opened.fractions()).toEqual(votes);
    expect(opened.weights()).toBeUndefined(); // a store from before there were weights
    for (const i of [2, 0, 1]) expect(Buffer.compare(opened.read(i), records[i]!)).toBe(0);
    for (const bad of [-1, 3, 0.5]) expect(() => opened.read(bad)).toThrow(`no record ${bad} among 3`);
    opened.close();
  });

  it('may have no fractions', () => {
    const opened = ImageStore.open(write('unlabelled.pack', store({})));
    expect(opened.fractions()).toBeUndefined();
    expect(opened.weights()).toBeUndefined();
    opened.close();
  });

  it('may have weights, with fractions or without', () => {
    for (const fractions of [true, false]) {
      const opened = ImageStore.open(write('weighted.pack', store({ fractions, weights: true })));
      expect(opened.weights()).toEqual(weights);
      expect(opened.fractions()).toEqual(fractions ? votes : undefined);
      expect(opened.galaxyIds()).toEqual(ids);
      opened.close();
    }
    const { tensors } = decodeSafetensors(store({ fractions: true, weights: true }), 'store');
    expect([...tensors.keys()]).toEqual(['images', 'galaxy_id', 'fractions', 'weight']);
    expect(tensors.get('weight')).toEqual({ dtype: 'F64', shape: [3], data: weights });
  });

  it('has room for any header', () => {
    const largest = Math.floor(Number.MAX_SAFE_INTEGER / RECORD_BYTES / 2);
    const header = encodeStoreHeader(largest, { fractions: true, weights: true }, largest);
    expect(header.length).toBe(STORE_HEADER_BYTES);
    expect(Buffer.from(header).toString('latin1').trimEnd().length).toBeLessThan(STORE_HEADER_BYTES / 4);
  });

  it('is a safetensors file', () => {
    const { tensors, metadata } = decodeSafetensors(store({ fractions: true }), 'store');
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['images', 'U8', [3, 212, 212, 3]],
      ['galaxy_id', 'I64', [3]],
      ['fractions', 'F64', [3, 37]],
    ]);
    expect(metadata).toEqual({
      format: 'tuning-fork-store',
      version: '1',
      record_size: '212',
      left_out: '2',
    });
  });

  it('reads beyond 4 GiB', () => {
    const count = 40_000;
    const path = write('large.pack', encodeStoreHeader(count, {}, 0));
    const end = 4096 + count * RECORD_BYTES;
    truncateSync(path, end + count * 8); // a hole: it takes no room on the disk
    writeSync(openSync(path, 'r+'), records[1]!, 0, RECORD_BYTES, end - RECORD_BYTES);
    const opened = ImageStore.open(path);
    expect(Buffer.compare(opened.read(count - 1), records[1]!)).toBe(0);
    expect(opened.read(count - 2).every((value) => value === 0)).toBe(true);
    opened.close();
  });

  it('refuses what is not a store, by name', () => {
    const other = { dtype: 'F32', shape: [1], data: new Float32Array(1) } as const;
    const whole = store({ fractions: true, weights: true });
    const small = { dtype: 'U8', shape: [1, 2, 2, 3], data: new Uint8Array(12) } as const;
    const format = { format: 'tuning-fork-store', version: '1' };
    const cases: [string, Uint8Array, RegExp][] = [
      ['empty', new Uint8Array(0), /not a safetensors file/],
      ['text', Buffer.from('GalaxyID,Class1.1,Class1.2\n'), /not a safetensors file/],
      ['cut', whole.subarray(0, whole.length - 1), /truncated/],
      ['header', whole.subarray(0, 2000), /truncated/],
      ['weights', encodeSafetensors(new Map([['w', other]])), /a safetensors file, but not a store/],
      [
        'newer',
        encodeSafetensors(new Map([['w', other]]), { ...format, version: '2' }),
        /version 2; .* version 1/,
      ],
      ['nothing', encodeSafetensors(new Map([['w', other]]), format), /'images': expected .* got nothing/],
      [
        'weight',
        encodeSafetensors(
          new Map<string, StoredTensor>([
            ['images', { dtype: 'U8', shape: [1, 212, 212, 3], data: new Uint8Array(RECORD_BYTES) }],
            ['galaxy_id', { dtype: 'I64', shape: [1], data: new BigInt64Array(1) }],
            ['weight', { ...other, data: new Float32Array(1) }],
          ]),
          format,
        ),
        /'weight': expected F64 \[1\], got F32 \[1\]/,
      ],
      [
        'small',
        encodeSafetensors(new Map([['images', small]]), format),
        /U8 \[1,212,212,3\], got U8 \[1,2,2,3\]/,
      ],
    ];
    for (const [name, bytes, reason] of cases) {
      const path = write(`${name}.pack`, bytes);
      expect(() => ImageStore.open(path), name).toThrow(UserError);
      expect(() => ImageStore.open(path), name).toThrow(reason);
      expect(() => ImageStore.open(path), name).toThrow(path);
    }
    expect(() => ImageStore.open(join(folder, 'missing.pack'))).toThrow(
      /missing\.pack: no such file or folder/,
    );
  });

  it('notices that a file is cut while it is open', () => {
    const path = write('shrinking.pack', store({}));
    const opened = ImageStore.open(path);
    truncateSync(path, 5000);
    expect(() => opened.read(1)).toThrow(/truncated/);
    opened.close();
  });
});
