import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { encodeStore, ImageStore } from '../../src/node/pictures/store.ts';
import { storedFlags, storedFractions } from '../../src/node/pictures/storedLabels.ts';
import type { PictureFlag } from '../../src/picture/flags.ts';
import { RECORD_BYTES } from '../../src/picture/record.ts';
import type { Random } from '../../src/random/philox.ts';
import { GALAXY_ZOO_2 } from '../../src/tree/surveys/galaxyZoo2.ts';
import { fuzz, quickFolder, type Sample } from './fuzz.ts';
import { joinParts, partsOf } from './header.ts';
import { pick, spoil, spoilJsonText } from './spoil.ts';

const path = join(quickFolder(), 'galaxies.pack');
const record = Buffer.alloc(RECORD_BYTES, 'record');

/** The content of a store. */
interface Content {
  ids: string[];
  fractions?: Float64Array;
  weights?: Float64Array;
  leftOut: number;
  flags: ReadonlyMap<number, readonly PictureFlag[]>;
  /** Expects the records that were packed. */
  records: boolean;
}

/** A store of one galaxy; `tail` is everything after the record. */
function draw(random: Random): { header: Uint8Array; tail: Buffer; result: Content } {
  const id = pick(random, [
    String(1 + random.below(10 ** 9)),
    '000123',
    'J094651.40-010228.5',
    '\n\u{1f30c}',
  ]);
  const fractions =
    random.below(2) === 0
      ? Float64Array.from({ length: GALAXY_ZOO_2.columns.length }, () => random.uniform())
      : undefined;
  const weights = random.below(2) === 0 ? Float64Array.of(random.uniform(0.1, 2)) : undefined;
  const leftOut = random.below(100);
  const flags: PictureFlag[] = random.below(2) === 0 ? ['black', 'tiny'] : [];
  const galaxy = { id, fractions, weight: weights?.[0], flags };
  const [header, tail] = encodeStore([galaxy], GALAXY_ZOO_2, leftOut);
  return {
    header,
    tail: Buffer.from(tail),
    result: {
      ...{ ids: [id], fractions, weights, leftOut, records: true },
      flags: new Map(flags.length > 0 ? [[0, flags]] : []),
    },
  };
}

function sound(random: Random): Sample<Uint8Array, Content> {
  const { header, tail, result } = draw(random);
  return { input: Buffer.concat([header, record, tail]), result };
}

fuzz<Uint8Array, Content>({
  name: 'pack store',
  file: path,
  growth: 150,
  sound,
  spoilt(random) {
    const { header, tail } = draw(random);
    const behind = Buffer.concat([record, random.below(2) === 0 ? spoil(random, tail) : tail]);
    const parts = partsOf(header);
    if (random.below(2) === 0) return joinParts(random, spoilJsonText(random, parts.header), behind);
    const filled = 8 + JSON.stringify(parts.header).length;
    return Buffer.concat([spoil(random, header.subarray(0, filled)), header.subarray(filled), behind]);
  },
  read(bytes) {
    writeFileSync(path, bytes);
    const store = ImageStore.open(path);
    try {
      return {
        ids: store.ids(),
        fractions: storedFractions(store, GALAXY_ZOO_2),
        weights: store.weights(),
        leftOut: store.leftOut,
        flags: storedFlags(store),
        records: store.ids().every((_, i) => Buffer.from(store.read(i).buffer).equals(record)),
      };
    } finally {
      store.close();
    }
  },
  check({ ids, fractions, weights, leftOut, flags }) {
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => typeof id === 'string')).toBe(true);
    expect(fractions?.length ?? GALAXY_ZOO_2.columns.length * ids.length).toBe(
      GALAXY_ZOO_2.columns.length * ids.length,
    );
    expect(fractions?.every((value) => Number.isNaN(value) || (value >= 0 && value <= 1))).not.toBe(false);
    expect(weights?.every((value) => value > 0 && Number.isFinite(value))).not.toBe(false);
    expect(Number.isSafeInteger(leftOut)).toBe(true);
    expect([...flags.keys()].every((index) => index < ids.length)).toBe(true);
  },
});
