import { describe, expect, it } from 'vitest';
import { idKey } from '../data/ids.ts';
import type { LabelledGalaxy } from '../data/labels.ts';
import { augmentation, augustAugmentation } from '../picture/augmentation.ts';
import { type Augmentation, checkAugmentation, epochJobs } from './batches.ts';

const DECEMBER: Augmentation = {
  augmentation: 'december',
  crop: undefined,
  shift: 0,
  colourJitter: 0,
  blur: 0,
};
const AUGUST: Augmentation = { ...DECEMBER, augmentation: 'august' };

const galaxies = Array.from({ length: 11 }, (_, index): LabelledGalaxy => {
  const image = { kind: 'record', path: 'galaxies.store', index } as const;
  return { id: String(100 + index), fractions: new Float64Array(37), weight: 1, image };
});

/** The batches of an epoch, each as [GalaxyID, view] pairs. */
function epochOf(views: Augmentation, { epoch = 0, first = 0, seed = 1 } = {}) {
  const jobs = [...epochJobs(galaxies, { seed, epoch, first, views }, { size: 128, capacity: 4 })];
  return jobs.map(({ items, members }) => items.map((item, i) => [members[i]!.id, item.views[0]] as const));
}

describe('checkAugmentation', () => {
  it('accepts every setting of the pipeline', () => {
    const all = { ...DECEMBER, crop: [200, 300] as [number, number], shift: 4, colourJitter: 0.2, blur: 1 };
    expect(() => checkAugmentation(all, 64)).not.toThrow();
    expect(() => checkAugmentation(AUGUST, 128)).not.toThrow();
  });

  it("refuses August's views for pictures of another size", () => {
    const message = "augmentation august: its views have 128 pixels a side, the network's pictures 64";
    expect(() => checkAugmentation(AUGUST, 64)).toThrow(message);
  });
});

describe("an epoch's batches", () => {
  it('show each galaxy in the view of its epoch and GalaxyID, with all settings', () => {
    const more = { shift: 4, colourJitter: 0.2, blur: 0.5 };
    const views = { ...DECEMBER, crop: [200, 300] as [number, number], ...more };
    const options = { cropSizes: [200, 300] as const, ...more };
    const batches = epochOf(views, { epoch: 3, seed: 5 });
    expect(batches.map(({ length }) => length)).toEqual([4, 4]); // three galaxies do not fill a batch
    for (const [id, view] of batches.flat()) expect(view).toEqual(augmentation(5, 3, Number(id), options));
    for (const part of ['colour', 'blur']) expect(batches[0]![0]![1]).toHaveProperty(part);
    for (const [id, view] of epochOf(DECEMBER).flat()) expect(view).toEqual(augmentation(1, 0, Number(id)));
    for (const [id, view] of epochOf(AUGUST).flat())
      expect(view).toEqual(augustAugmentation(1, 0, Number(id)));
  });

  it('draw different views for IDs that are not numbers', () => {
    const named = ['J094651.40-010228.5', '000123', '1237649770260463687', '1237649770260463688'];
    const some = named.map((id, i) => ({ ...galaxies[i]!, id }));
    const [job] = epochJobs(
      some,
      { seed: 1, epoch: 0, first: 0, views: DECEMBER },
      { size: 128, capacity: 4 },
    );
    const views = new Map(job!.members.map(({ id }, i) => [id, job!.items[i]!.views[0]]));
    for (const id of named) {
      expect(views.get(id)).toEqual(augmentation(1, 0, idKey(id)));
      expect(views.get(id)).not.toEqual(augmentation(1, 0, Number(id) || 0));
    }
    expect(new Set([...views.values()].map((view) => view!.angle)).size).toBe(4);
  });

  it("come in the epoch's order, and continue where they stopped", () => {
    const whole = epochOf(DECEMBER);
    expect(epochOf(DECEMBER, { first: 1 })).toEqual(whole.slice(1));
    expect(epochOf(AUGUST, { first: 1 })).toEqual(epochOf(AUGUST).slice(1));
    const ids = (batches: typeof whole) => batches.flat().map(([id]) => id);
    expect(new Set(ids(whole)).size).toBe(8);
    expect(ids(epochOf(DECEMBER, { epoch: 1 }))).not.toEqual(ids(whole));
    expect(ids(epochOf(AUGUST))).toEqual(ids(whole));
  });
});
