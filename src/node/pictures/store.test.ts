import { mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noise } from '../../../test/fixtures/pictures.ts';
import { UserError } from '../../errors.ts';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../files/safetensors.ts';
import { RECORD_BYTES } from '../../picture/record.ts';
import { GALAXY_ZOO_2 } from '../../tree/surveys/galaxyZoo2.ts';
import { defineTree } from '../../tree/tree.ts';
import { encodeStore, ImageStore, STORE_HEADER_BYTES } from './store.ts';
import { storedCounts, storedFlags, storedFractions, storedFrames, storedTree } from './storedLabels.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ids = ['100008', '9007199254740991', '3'];
const records = ids.map((_, i) => noise(212, 212, i));
const votes = Float64Array.from({ length: 3 * 37 }, (_, i) => i / 111);
const weights = Float64Array.of(1, 0.5, 2.25);
const FORMAT = { format: 'tuning-fork-store' };

interface Extras {
  fractions?: boolean;
  weights?: boolean;
}

/** A store of three galaxies, as one array of bytes. */
function store(extras: Extras, of: readonly string[] = ids, fractions = votes): Buffer {
  const galaxies = of.map((id, i) => ({
    id,
    ...(extras.fractions && { fractions: fractions.subarray(i * 37, (i + 1) * 37) }),
    ...(extras.weights && { weight: weights[i]! }),
  }));
  const [header, tail] = encodeStore(galaxies, GALAXY_ZOO_2, 2);
  return Buffer.concat([header, ...records, tail]);
}

/** The same in version 1, which has integers as IDs and no tree. */
function storeOfVersion1(extras: Extras, of = ids, fractions = votes): Uint8Array {
  const tensors = new Map<string, StoredTensor>([
    ['images', { dtype: 'U8', shape: [3, 212, 212, 3], data: Buffer.concat(records) }],
    ['galaxy_id', { dtype: 'I64', shape: [3], data: BigInt64Array.from(of, BigInt) }],
  ]);
  if (extras.fractions)
    tensors.set('fractions', { dtype: 'F64', shape: [3, fractions.length / 3], data: fractions });
  if (extras.weights) tensors.set('weight', { dtype: 'F64', shape: [3], data: weights });
  return encodeSafetensors(tensors, { ...FORMAT, version: '1', record_size: '212', left_out: '2' });
}

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength);
const bytesOf = (store: ImageStore, index: number) => Buffer.from(store.read(index).buffer);

describe('ImageStore', () => {
  it.each([
    ['this version', store],
    ['version 1', storeOfVersion1],
  ])('reads the records, ids, fractions and weights that %s has', (_, written) => {
    for (const extras of [{}, { fractions: true }, { weights: true }, { fractions: true, weights: true }]) {
      const opened = ImageStore.open(write('three.pack', written(extras)));
      expect([opened.count, opened.leftOut]).toEqual([3, 2]);
      expect(opened.ids()).toEqual(ids);
      expect(storedFractions(opened, GALAXY_ZOO_2)).toEqual('fractions' in extras ? votes : undefined);
      const hasTree = 'fractions' in extras && written === store;
      expect(storedTree(opened)).toEqual(hasTree ? GALAXY_ZOO_2 : undefined);
      expect(storedFrames(opened)).toMatchObject({ bands: ['red', 'green', 'blue'] });
      expect(opened.weights()).toEqual('weights' in extras ? weights : undefined);
      for (const i of [2, 0, 1]) expect(Buffer.compare(bytesOf(opened, i), records[i]!)).toBe(0);
      for (const bad of [-1, 3, 0.5]) expect(() => opened.read(bad)).toThrow(`no record ${bad} among 3`);
      opened.close();
    }
  });

  it('keeps any ID, and unknown fractions', () => {
    const any = ['000123', 'J094651.40-010228.5', '1237649770260463687\n"\ud83c\udf0c'];
    const some = votes.with(5, Number.NaN);
    const opened = ImageStore.open(write('any.pack', store({ fractions: true }, any, some)));
    expect(opened.ids()).toEqual(any);
    expect(storedFractions(opened, GALAXY_ZOO_2)).toEqual(some);
    opened.close();
  });

  it('keeps the counts of the galaxies that have them', () => {
    const counted = (count: number) =>
      encodeStore(
        ids.map((id, i) => ({
          id,
          fractions: votes.subarray(0, 37),
          ...(i === 1 && { counts: new Float64Array(37).fill(count) }),
        })),
        GALAXY_ZOO_2,
        0,
      );
    const opened = (count: number) => {
      const [header, tail] = counted(count);
      return ImageStore.open(write('counts.pack', Buffer.concat([header, ...records, tail])));
    };
    const none = new Array<number>(37).fill(Number.NaN);
    expect(storedCounts(opened(5))).toEqual(Float64Array.of(...none, ...new Array(37).fill(5), ...none));
    expect(() => storedCounts(opened(0.5))).toThrow("'counts': value 37: expected a count, got 0.5");
  });

  it('keeps the flags of the galaxies that have them', () => {
    const flags = [['black', 'tiny'], undefined, ['tiny']] as const;
    const [header, tail] = encodeStore(
      ids.map((id, i) => ({ id, flags: flags[i] })),
      undefined,
      0,
    );
    const bytes = Buffer.concat([header, ...records, tail]);
    const opened = (json: string) => {
      const changed = bytes.toString('latin1').replace('{"black":[0],"tiny":[0,2]}', json.padEnd(26));
      return ImageStore.open(write('flags.pack', Buffer.from(changed, 'latin1')));
    };
    const tiny = [
      [0, ['black', 'tiny']],
      [2, ['tiny']],
    ];
    expect([...storedFlags(opened('{"tiny":[0,2],"black":[0]}'))]).toEqual(tiny);
    expect(() => storedFlags(opened('{"tiny":[3]}'))).toThrow("'flags': tiny.0: expected 2 or less, got 3");
    expect(() => storedFlags(opened('{"dark":[0]}'))).toThrow(`'flags': unknown key "dark"`);
    expect(() => storedFlags(opened('[]'))).toThrow("'flags': expected an object, got []");
    expect(storedFlags(ImageStore.open(write('none.pack', store({})))).size).toBe(0);
  });

  it('refuses votes for another tree, repeated or invalid IDs, and numbers outside 0…1', () => {
    const question = {
      topic: 'shape',
      text: 'Which?',
      answers: ['a', 'b'].map((text) => ({ text, column: text })),
    };
    const tree = defineTree({ name: 'other', title: 'Other', source: '', questions: [question] });
    const refusal = (bytes: Uint8Array, read: (opened: ImageStore) => unknown) => {
      const opened = ImageStore.open(write('bad.pack', bytes));
      try {
        expect(() => read(opened)).toThrow(UserError);
        return expect(() => read(opened));
      } finally {
        opened.close();
      }
    };
    const other = 'another decision tree: expected 2 columns with "a", got 37 with';
    for (const written of [store, storeOfVersion1]) {
      refusal(written({ fractions: true }), (opened) => storedFractions(opened, tree));
      const opened = ImageStore.open(write('tree.pack', written({ fractions: true })));
      expect(() => storedFractions(opened, tree)).toThrow(other);
      opened.close();
      refusal(written({}, ['5', '6', '5']), (opened) => opened.ids());
      refusal(written({ fractions: true }, ids, votes.with(5, 1.5)), (opened) =>
        storedFractions(opened, GALAXY_ZOO_2),
      );
    }
    refusal(storeOfVersion1({}, ['5', '-6', '7']), (opened) => opened.ids());
  });

  it('is a safetensors file', () => {
    const { tensors, metadata } = decodeSafetensors(store({ fractions: true, weights: true }), 'store');
    const tree = JSON.stringify(GALAXY_ZOO_2.data);
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['images', 'U8', [3, 212, 212, 3]],
      ['fractions', 'F64', [3, 37]],
      ['weight', 'F64', [3]],
      ['ids', 'U8', [JSON.stringify(ids).length]],
      ['tree', 'U8', [Buffer.byteLength(tree)]],
    ]);
    expect(Buffer.from(tensors.get('tree')!.data as Uint8Array).toString()).toBe(tree);
    expect(metadata).toEqual({ ...FORMAT, version: '2', record_size: '212', left_out: '2' });
  });

  it('keeps stretched records of 16 bits and their settings', () => {
    const frames = { bands: ['g', 'r'], stretch: 'sqrt:low=0,high=9', field: 30 };
    const deep = Uint16Array.from({ length: 212 * 212 * 2 }, (_, i) => i);
    const [header, tail] = encodeStore([{ id: 'a' }, { id: 'b' }], undefined, 0, frames);
    const path = write('deep.pack', Buffer.concat([header, deep, deep.toReversed(), tail].map(bytes)));
    const opened = ImageStore.open(path);
    expect(storedFrames(opened)).toEqual(frames);
    expect(opened.read(1)).toEqual(deep.toReversed());
    expect(opened.ids()).toEqual(['a', 'b']);
    opened.close();
  });

  it('reads beyond 4 GiB', () => {
    const count = 40_000;
    const galaxies = Array.from({ length: count }, (_, i) => ({ id: String(i) }));
    const [header, tail] = encodeStore(galaxies, undefined, 0);
    expect(header.length).toBe(STORE_HEADER_BYTES);
    const path = write('large.pack', header);
    const end = STORE_HEADER_BYTES + count * RECORD_BYTES;
    truncateSync(path, end + tail.length); // a hole, which takes no space on the disk
    writeSync(openSync(path, 'r+'), records[1]!, 0, RECORD_BYTES, end - RECORD_BYTES);
    const opened = ImageStore.open(path);
    expect(Buffer.compare(bytesOf(opened, count - 1), records[1]!)).toBe(0);
    expect(opened.read(count - 2).every((value) => value === 0)).toBe(true);
    opened.close();
  });

  it('refuses files that are not stores, and names them', () => {
    const other = { dtype: 'F32', shape: [1], data: new Float32Array(1) } as const;
    const whole = store({ fractions: true, weights: true });
    const small = { dtype: 'U8', shape: [1, 2, 2, 3], data: new Uint8Array(12) } as const;
    const format = { ...FORMAT, version: '1' };
    const cases: [string, Uint8Array, RegExp][] = [
      ['empty', new Uint8Array(0), /not a safetensors file/],
      ['text', Buffer.from('GalaxyID,Class1.1,Class1.2\n'), /not a safetensors file/],
      ['cut', whole.subarray(0, whole.length - 1), /truncated/],
      ['header', whole.subarray(0, 2000), /truncated/],
      ['weights', encodeSafetensors(new Map([['w', other]])), /a safetensors file, but not a store/],
      [
        'newer',
        encodeSafetensors(new Map([['w', other]]), { ...format, version: '4' }),
        /version 4; .* versions 1, 2, 3/,
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

  it('notices that an open file is truncated', () => {
    const path = write('shrinking.pack', store({}));
    const opened = ImageStore.open(path);
    truncateSync(path, 5000);
    expect(() => opened.read(1)).toThrow(/truncated/);
    opened.close();
  });
});
