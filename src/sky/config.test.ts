import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.ts';
import { fixedOf, parseSkyConfig } from './config.ts';
import { drawObject, POPULATION } from './population.ts';

const config = (value: unknown) => parseSkyConfig(JSON.stringify(value), 'sky.json');

/** All numbers in a nested value. */
const numbersIn = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbersIn)
      : [];

describe('a config', () => {
  it('cycles through the values of a list', () => {
    const inclinations = config({ object: { kind: 'disk', disk: { inclination: [0, 30, 60] } } });
    const drawn = [0, 1, 2, 3, 4].map((ordinal) => drawObject(1, 9, fixedOf(inclinations, ordinal)));
    expect(drawn.map(({ disk }) => disk?.inclination)).toEqual([0, 30, 60, 0, 30]);
    expect(drawn[3]).toEqual(drawn[0]);
  });

  it('fixes a parameter without changing the others', () => {
    for (let index = 1; index <= 20; index++) {
      const free = drawObject(1, index, { kind: 'disk' });
      const fixed = drawObject(1, index, fixedOf(config({ object: { kind: 'disk', magnitude: 15 } }), 0));
      expect(fixed).toEqual({ ...free, magnitude: 15 });
      const near = drawObject(1, index, { kind: 'disk', redshift: 0.01, seeing: 2 });
      expect(near).toMatchObject({
        positionAngle: free.positionAngle,
        arms: free.arms,
        redshift: 0.01,
        seeing: 2,
      });
    }
  });

  it('adds a part, drawing what is not fixed, and removes one', () => {
    const barred = drawObject(1, 5, fixedOf(config({ object: { kind: 'disk', bar: { flux: 0.3 } } }), 0));
    expect(barred.bar).toMatchObject({ flux: 0.3 });
    expect(barred.bar!.length).toBeGreaterThan(0);
    const { arms, bar } = drawObject(
      1,
      5,
      fixedOf(config({ object: { kind: 'disk', bar: null, arms: null } }), 0),
    );
    expect([arms, bar]).toEqual([null, null]);
  });

  it("derives the bulge's axis ratio from the inclination", () => {
    const ratios = [0, 45, 90].map((inclination) => {
      const { bulge } = drawObject(1, 5, { kind: 'disk', bulge: {}, disk: { inclination } });
      return bulge!.axisRatio;
    });
    expect(ratios[0]).toBeCloseTo(1, 6);
    expect(ratios[1]).toBeLessThan(ratios[0]!);
    expect(ratios[2]).toBeLessThan(ratios[1]!);
  });

  it.each([
    [{ objects: {} }, /^sky\.json: unknown key "objects"$/],
    [{ object: { disk: { inclinaton: 3 } } }, /^sky\.json: object\.disk: unknown key "inclinaton"$/],
    [{ object: { kind: 'spiral' } }, /^sky\.json: object\.kind: expected one of elliptical, disk/],
    [
      { object: { kind: 'disk', disk: { inclination: [0, 100] } } },
      /^sky\.json: object\.disk\.inclination\.1: expected 90 or less, got 100$/,
    ],
    [
      { object: { kind: 'disk', arms: { number: 2.5 } } },
      /^sky\.json: object\.arms\.number: expected a whole number 1…12/,
    ],
    [
      { object: { kind: 'elliptical', bar: {} } },
      /^sky\.json: object\.bar: expected object\.kind to be disk or irregular, got elliptical/,
    ],
    [
      { object: { disk: { inclination: 3 } } },
      /^sky\.json: object\.disk: expected object\.kind to be disk or irregular, got no kind/,
    ],
    [{ object: { kind: 'disk', disk: null, arms: {} } }, /^sky\.json: object\.arms: expected a disk/],
  ])('rejects %j', (value, message) => {
    expect(() => config(value)).toThrow(UserError);
    expect(() => config(value)).toThrow(message);
  });

  it('rejects invalid JSON, naming the line', () => {
    expect(() => parseSkyConfig('{\n  "same": tru\n}', 'sky.json')).toThrow(/^sky\.json line 2: not JSON/);
  });
});

describe('the population', () => {
  const objects = Array.from({ length: 3000 }, (_, k) => drawObject(11, 100_001 + k));
  const share = (is: (object: (typeof objects)[0]) => boolean) => objects.filter(is).length / objects.length;

  it('has the proportions of kinds in its table', () => {
    const all = Object.values(POPULATION.kinds).reduce((sum, each) => sum + each, 0);
    for (const [kind, weight] of Object.entries(POPULATION.kinds)) {
      const expected = weight / all;
      const error = Math.sqrt((expected * (1 - expected)) / objects.length);
      expect(Math.abs(share((object) => object.kind === kind) - expected)).toBeLessThan(4 * error + 1e-3);
    }
  });

  it('has isotropic inclinations: cos i is uniform', () => {
    const cosines = objects
      .filter(({ kind }) => kind === 'disk')
      .map(({ disk }) => Math.cos((disk!.inclination * Math.PI) / 180));
    for (const limit of [0.25, 0.5, 0.75]) {
      expect(cosines.filter((each) => each < limit).length / cosines.length).toBeCloseTo(limit, 1);
    }
  });

  it('has arms and bars only in disks, and only finite numbers', () => {
    for (const object of objects) {
      if (object.kind !== 'disk') expect([object.arms, object.bar]).toEqual([null, null]);
      expect(numbersIn(object).length).toBeGreaterThan(4);
      expect(numbersIn(object).every(Number.isFinite)).toBe(true);
      expect(object.magnitude).toBeLessThan(17.85);
    }
  });
});
