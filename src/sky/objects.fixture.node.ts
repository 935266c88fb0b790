/** Simple objects that tests vary. */
import type { SkyObject } from './object.ts';

const COLOUR = { gr: 0.6, ri: 0.3 };

/** A round elliptical, bright and well resolved. */
export const ELLIPTICAL: SkyObject = {
  kind: 'elliptical',
  magnitude: 15.5,
  redshift: 0.05,
  positionAngle: 30,
  bulge: { flux: 1, effectiveRadius: 6, sersicIndex: 4, axisRatio: 0.95, boxiness: 0, colour: COLOUR },
  disk: null,
  bar: null,
  arms: null,
  ring: null,
  lens: null,
  dustLane: null,
  companion: null,
  disturbance: 0,
  lumpiness: 0,
  artifact: null,
  seeing: 1.2,
};

/** A nearly face-on, two-armed grand-design spiral without a bar, bright and well resolved. */
export const SPIRAL: SkyObject = {
  ...ELLIPTICAL,
  kind: 'disk',
  magnitude: 14.5,
  bulge: { flux: 0.1, effectiveRadius: 2, sersicIndex: 2, axisRatio: 0.9, boxiness: 0, colour: COLOUR },
  disk: { scaleLength: 6, inclination: 20, thickness: 0.15, colour: COLOUR, warp: 0 },
  arms: {
    number: 2,
    pitch: 20,
    sense: 1,
    phase: 0,
    contrast: 0.9,
    flocculence: 0,
    clumps: 0.3,
    dust: 0.2,
  },
};

/** The same disk without arms. */
export const DISK: SkyObject = { ...SPIRAL, arms: null };

/** A bar for DISK. */
export const BAR = { flux: 0.15, length: 5, axisRatio: 0.3, angle: 0 };

/** A disk galaxy at another inclination. */
export const tilted = (object: SkyObject, inclination: number): SkyObject => ({
  ...object,
  disk: { ...object.disk!, inclination },
});
