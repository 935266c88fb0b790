import { describe, expect, it } from 'vitest';
import { SpiralArms } from './arms.ts';
import { addDisk, apparentAxisRatio } from './disk.ts';
import { addEllipse, addLump } from './ellipse.ts';
import { Field, nanomaggies } from './field.ts';
import { addGalaxy, r90 } from './galaxy.ts';
import type { FastRandom } from './noise.ts';
import type { SkyObject } from './object.ts';
import { addBar, addRing } from './parts.ts';
import { blurBand } from './pointSpread.ts';
import { drawObject } from './population.ts';
import { exposeField, renderPicture } from './render.ts';
import { fastRandom } from './streams.ts';

const colour = { gr: 0, ri: 0 };
const random = () => fastRandom(1, 'details', 1);
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((all, each) => all + each, 0);

/** Total light in a band, nanomaggies. */
const lightOf = (field: Field, band: 'g' | 'r' | 'i' = 'r') =>
  (sum(field[band]) * field.pixel ** 2) / Field.perSquareArcsecond;

/** Second moments of the r light about the picture's axes, arc seconds squared. */
function moments(field: Field): { xx: number; yy: number; xy: number } {
  let [xx, yy, xy] = [0, 0, 0];
  const all = sum(field.r);
  for (let row = 0, at = 0; row < field.size; row++) {
    for (let column = 0; column < field.size; column++, at++) {
      const x = (column - field.centre[0]) * field.pixel;
      const y = (row - field.centre[1]) * field.pixel;
      xx += (field.r[at]! * x * x) / all;
      yy += (field.r[at]! * y * y) / all;
      xy += (field.r[at]! * x * y) / all;
    }
  }
  return { xx, yy, xy };
}

const disk = { scaleLength: 3, inclination: 0, thickness: 0.12, colour, warp: 0 };
/** A disk without other parts. */
const plain: SkyObject = {
  ...drawObject(1, 1, {
    kind: 'disk',
    bar: null,
    arms: null,
    ring: null,
    lens: null,
    dustLane: null,
    companion: null,
    bulge: null,
  }),
  magnitude: 15,
  positionAngle: 0,
  disk,
  disturbance: 0,
  lumpiness: 0,
};

describe('light', () => {
  it.each([0, 40, 69, 71, 85, 90])('of a disk is conserved at inclination %d°', (inclination) => {
    const field = new Field(9);
    addDisk(field, { ...disk, inclination }, { light: 100, positionAngle: 30, arms: null });
    expect(lightOf(field) / 100).toBeCloseTo(1, 1);
    expect(Math.abs(lightOf(field) / 100 - 1)).toBeLessThan(0.03);
  });

  it.each([
    [1, 1, 0],
    [4, 0.5, 0],
    [2, 0.6, 1],
  ])(
    'of a Sérsic profile with n = %d, b/a = %d, boxiness %d is conserved',
    (sersicIndex, axisRatio, boxiness) => {
      const field = new Field(9);
      addEllipse(field, {
        x: 0,
        y: 0,
        light: 100,
        effectiveRadius: 2.5,
        sersicIndex,
        axisRatio,
        positionAngle: 20,
        boxiness,
        colour,
      });
      expect(Math.abs(lightOf(field) / 100 - 1)).toBeLessThan(sersicIndex > 3 ? 0.1 : 0.03); // the wings of n = 4 are truncated
    },
  );

  it('of bars, rings and lumps is conserved', () => {
    const plane = { positionAngle: 25, axisRatio: 0.6 };
    const parts: ((field: Field) => void)[] = [
      (field) => addBar(field, { flux: 1, length: 4, axisRatio: 0.3, angle: 30 }, plane, 100, colour),
      (field) => addRing(field, { flux: 1, radius: 5, width: 0.15 }, plane, 100, colour),
      (field) => addLump(field, { x: 1, y: -2, light: 100, sigma: 0.8, colour }),
    ];
    for (const add of parts) {
      const field = new Field(9);
      add(field);
      expect(Math.abs(lightOf(field) / 100 - 1)).toBeLessThan(0.02);
    }
  });

  it('differs between bands by the colour', () => {
    const field = new Field(9);
    addDisk(field, { ...disk, colour: { gr: 0.8, ri: 0.4 } }, { light: 100, positionAngle: 0, arms: null });
    expect(lightOf(field, 'g') / lightOf(field)).toBeCloseTo(10 ** -0.32, 4);
    expect(lightOf(field, 'i') / lightOf(field)).toBeCloseTo(10 ** 0.16, 4);
  });

  it('is conserved by the PSF and moved by the shift', () => {
    const field = new Field(9);
    addLump(field, { x: 0, y: 0, light: 100, sigma: 0.7, colour });
    blurBand(field, field.r, { seeing: 1.4, shift: [0.5, -0.3] }, new Float32Array(field.r.length));
    expect(lightOf(field)).toBeCloseTo(100, 0);
    const mean = (place: Float32Array) => sum(field.r.map((light, at) => light * place[at]!)) / sum(field.r);
    expect(mean(field.x)).toBeCloseTo(0.5, 1);
    expect(mean(field.y)).toBeCloseTo(-0.3, 1);
  });

  it('is redistributed in azimuth by arms, not added', () => {
    const arms = {
      number: 2,
      pitch: 18,
      sense: 1 as const,
      phase: 0,
      contrast: 0.9,
      flocculence: 0,
      clumps: 0,
      dust: 0,
    };
    const spiral = new SpiralArms(arms, 3, random());
    for (const radius of [3, 5, 8]) {
      const around = Array.from({ length: 720 }, (_, k) => {
        spiral.sample(radius, (k * Math.PI) / 360);
        return spiral.old + spiral.young;
      });
      expect(Math.abs(sum(around) / 720 - 1)).toBeLessThan(0.35);
      expect(Math.max(...around) / Math.min(...around)).toBeGreaterThan(2);
    }
  });
});

describe('shapes', () => {
  it.each([0, 30, 50, 65, 75, 82, 90])(
    'have the axis ratio of a thick disk at inclination %d°',
    (inclination) => {
      const field = new Field(9);
      const inclined = { ...disk, inclination };
      addDisk(field, inclined, { light: 100, positionAngle: 0, arms: null });
      const { xx, yy, xy } = moments(field);
      expect(Math.abs(xy)).toBeLessThan(0.02 * xx);
      // The variance of sech²(Z / z₀) is π² z₀² / 12; that of a disk truncated at 4 scale lengths is about 2.2 h² per axis.
      const expected =
        inclination < 70
          ? apparentAxisRatio(inclined)
          : Math.hypot(Math.cos((inclination * Math.PI) / 180), 0.12 * 0.62);
      expect(Math.sqrt(yy / xx)).toBeGreaterThan(0.85 * expected - 0.01);
      expect(Math.sqrt(yy / xx)).toBeLessThan(1.15 * expected + 0.03);
    },
  );

  it('edge-on disks have the given thickness', () => {
    const widths = [0.08, 0.16, 0.32].map((thickness) => {
      const field = new Field(9);
      addDisk(
        field,
        { ...disk, scaleLength: 5, inclination: 90, thickness },
        { light: 100, positionAngle: 90, arms: null },
      );
      return Math.sqrt(moments(field).xx);
    });
    for (const [k, thickness] of [0.08, 0.16, 0.32].entries()) {
      expect(widths[k]! / ((Math.PI / Math.sqrt(12)) * thickness * 5)).toBeCloseTo(1, 1);
    }
  });

  it('lie along the position angle', () => {
    const field = new Field(9);
    addDisk(field, { ...disk, inclination: 60 }, { light: 100, positionAngle: 30, arms: null });
    const { xx, yy, xy } = moments(field);
    expect((Math.atan2(2 * xy, xx - yy) * 90) / Math.PI).toBeCloseTo(30, 0);
  });

  it.each([8, 20, 35])('arms wind at a pitch angle of %d°', (pitch) => {
    const arms = {
      number: 2,
      pitch,
      sense: -1 as const,
      phase: 40,
      contrast: 0.9,
      flocculence: 0,
      clumps: 0,
      dust: 0,
    };
    const spiral = new SpiralArms(arms, 3, random());
    const turned = Math.abs(spiral.ridge(0, 6) - spiral.ridge(0, 3));
    expect(turned).toBeCloseTo(Math.log(2) / Math.tan((pitch * Math.PI) / 180), 6);
    const around = Array.from({ length: 360 }, (_, k) => {
      spiral.sample(6, (k * Math.PI) / 180);
      return spiral.young;
    });
    const brightest = around.indexOf(Math.max(...around));
    const distances = [0, 1].map((arm) => {
      const angle = brightest - (spiral.ridge(arm, 6) * 180) / Math.PI;
      return Math.abs(angle - 360 * Math.round(angle / 360));
    });
    expect(Math.min(...distances)).toBeLessThan(25);
  });
});

describe('r90', () => {
  it('encloses 90 % of the light within 50 pixels of the picture', () => {
    for (const object of [
      plain,
      {
        ...plain,
        disk: null,
        bulge: { flux: 1, effectiveRadius: 3, sersicIndex: 1, axisRatio: 0.8, boxiness: 0, colour },
      },
    ]) {
      const field = new Field(r90({ ...object, seeing: 0 }));
      addGalaxy(field, object, random());
      const radius = 50 * field.pictureScale;
      let within = 0;
      for (const [at, light] of field.r.entries())
        if (Math.hypot(field.x[at]!, field.y[at]!) < radius) within += light;
      expect(within / sum(field.r)).toBeCloseTo(0.9, 1);
      expect(Math.abs(lightOf(field) / nanomaggies(15) - 1)).toBeLessThan(0.03);
    }
  });

  it('refers to the Petrosian flux, not to the total light', () => {
    const bulge = { flux: 1, effectiveRadius: 3, sersicIndex: 4, axisRatio: 1, boxiness: 0, colour };
    const ratio = r90({ ...plain, disk: null, bulge, seeing: 0 }) / 3;
    expect(ratio).toBeGreaterThan(2); // 90 % of the total light lies within 5.5 effective radii
    expect(ratio).toBeLessThan(3.2);
  });
});

describe('pictures', () => {
  const mean = (pixels: Uint8Array) => sum(pixels) / pixels.length;

  it('depend only on seed and index', () => {
    const object = drawObject(7, 100_005);
    const picture = renderPicture(object, 7, 100_005);
    expect(picture).toHaveLength(424 * 424 * 3);
    expect(Buffer.from(renderPicture(drawObject(7, 100_005), 7, 100_005)).equals(Buffer.from(picture))).toBe(
      true,
    );
    expect(Buffer.from(renderPicture(object, 7, 100_006)).equals(Buffer.from(picture))).toBe(false);
    expect(drawObject(8, 100_005)).not.toEqual(object);
  });

  it('are dark with a galaxy in the centre', () => {
    for (let index = 1; index <= 12; index++) {
      const object = drawObject(3, index, { kind: index % 2 === 0 ? 'disk' : 'elliptical' });
      const picture = renderPicture(object, 3, index);
      const middle = picture.subarray((212 * 424 + 208) * 3, (212 * 424 + 216) * 3);
      expect(mean(middle)).toBeGreaterThan(40);
      expect(mean(picture)).toBeLessThan(60);
    }
  });

  it('have the noise level of the survey', () => {
    const field = exposeField({ ...plain, magnitude: 30 }, 5, 5);
    const dark = Array.from({ length: 4000 }, (_, at) => field.r[at]).sort((a, b) => a! - b!);
    const deviation = (dark[3360]! - dark[640]!) / 2;
    expect(deviation).toBeGreaterThan(0.008);
    expect(deviation).toBeLessThan(0.03);
  });

  it.each(['saturated star', 'satellite trail', 'bleeding', 'diffraction spikes'] as const)(
    'show %s',
    (artifact) => {
      const object = drawObject(2, 9, { kind: 'artifact', artifact });
      expect(object).toMatchObject({ kind: 'artifact', artifact, disk: null, bulge: null });
      const picture = renderPicture(object, 2, 9);
      expect(picture.reduce((most, each) => Math.max(most, each))).toBeGreaterThan(120);
    },
  );
});

it('the fast generator is normal and uniform', () => {
  const fast: FastRandom = fastRandom(1, 'noise', 2);
  const normal = Array.from({ length: 50_000 }, () => fast.normal());
  expect(sum(normal) / 50_000).toBeCloseTo(0, 1);
  expect(sum(normal.map((x) => x * x)) / 50_000).toBeCloseTo(1, 1);
  const uniform = Array.from({ length: 50_000 }, () => fast.uniform());
  expect(sum(uniform) / 50_000).toBeCloseTo(0.5, 2);
});
