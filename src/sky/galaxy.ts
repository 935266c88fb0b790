/** Assembles a galaxy from its parts: its light in the field, and its R90. */
import { SpiralArms } from './arms.ts';
import { addDisk, apparentAxisRatio, diskProfile } from './disk.ts';
import { addCompanion, distort } from './disturbance.ts';
import { addEllipse, type Ellipse, ellipseBrightness, radians } from './ellipse.ts';
import { type Field, nanomaggies, PICTURE_SCALE } from './field.ts';
import type { FastRandom } from './noise.ts';
import type { Colour, SkyObject } from './object.ts';
import { addBar, addDustLane, addKnots, addLens, addLumps, addRing, planeOf } from './parts.ts';
import { petrosianR90 } from './profile.ts';

/** Fraction of the disk's light in lumps at lumpiness 1. */
const LUMP_FRACTION = 0.55;

/** R90 over seeing of stars and artifacts that the survey measured as galaxies. */
const POINT_SOURCE_R90 = 2.2;

/** The disk's fraction of the light: all that is not in bulge, bar and ring. */
export function diskFlux({ bulge, bar, ring, disk }: SkyObject): number {
  if (disk === null) return 0;
  return Math.max(0, 1 - (bulge?.flux ?? 0) - (bar?.flux ?? 0) - (ring?.flux ?? 0));
}

/** Sérsic profile of the bulge or elliptical. @param light nanomaggies in r of the whole object */
function bulgeEllipse(object: SkyObject, light: number): Ellipse | null {
  const { bulge, positionAngle, disk } = object;
  if (bulge === null) return null;
  const flux = disk === null ? 1 - (object.ring?.flux ?? 0) : bulge.flux;
  return { x: 0, y: 0, positionAngle, ...bulge, light: light * flux };
}

/**
 * R90 in arc seconds: the radius enclosing 90 % of the Petrosian flux, seeing included. It sets the picture's scale. Only
 * bulge, disk, bar and ring count.
 *
 * @example
 * r90({ ...object, seeing: 0 }); // 3.08 scale lengths for a face-on disk without a bulge
 */
export function r90(object: SkyObject): number {
  const { disk, bar, ring, positionAngle, seeing, artifact } = object;
  const ellipse = bulgeEllipse(object, 1);
  if (disk === null && ellipse === null) return POINT_SOURCE_R90 * seeing * (artifact === null ? 1 : 1.6);
  const bulge = ellipse === null ? () => 0 : ellipseBrightness(ellipse);
  const [cosine, sine] = [Math.cos(radians(positionAngle)), Math.sin(radians(positionAngle))];
  const q = disk === null ? 1 : Math.max(0.05, apparentAxisRatio(disk));
  const h = disk?.scaleLength ?? 1;
  const central = diskFlux(object) / (h * h * q);
  const barLight = bar === null ? 0 : bar.flux / (Math.PI * bar.length ** 2 * 0.5 * q);
  const sigma = ring === null ? 1 : ring.width * ring.radius;
  const crest = ring === null ? 0 : ring.flux / ((2 * Math.PI) ** 1.5 * ring.radius * sigma * q);
  const scale = Math.max(h * (disk === null ? 0 : 1), ellipse?.effectiveRadius ?? 0, ring?.radius ?? 0);
  const sharp = petrosianR90((x, y) => {
    const radius = Math.hypot(x * cosine + y * sine, (y * cosine - x * sine) / q);
    const inRing = ring === null ? 0 : crest * Math.exp(-0.5 * ((radius - ring.radius) / sigma) ** 2);
    // The bar is averaged over azimuth.
    const inBar = bar === null ? 0 : barLight * Math.exp(-2 * (radius / bar.length) ** 2);
    return bulge(x, y) + central * diskProfile(radius / h) + inRing + inBar;
  }, scale);
  return Math.hypot(sharp, 0.55 * seeing);
}

/** Colour of the dominant component. */
export function mainColour({ disk, bulge }: SkyObject): Colour {
  return disk?.colour ?? bulge?.colour ?? { gr: 0.7, ri: 0.35 };
}

const averageColour = (a: Colour, b: Colour): Colour => ({ gr: (a.gr + b.gr) / 2, ri: (a.ri + b.ri) / 2 });

/**
 * Adds the light of a galaxy to the field, before the PSF.
 * @param random draws details that are not parameters, such as the positions of knots
 */
export function addGalaxy(field: Field, object: SkyObject, random: FastRandom): void {
  const { bulge, disk, bar, ring, arms, lens, dustLane, companion, disturbance, lumpiness } = object;
  const light = nanomaggies(object.magnitude);
  const radius = field.pictureScale / PICTURE_SCALE;
  const plane = planeOf(object);
  const colour = mainColour(object);
  distort(field, disturbance, 0.6 * radius, random);

  const ellipse = bulgeEllipse(object, light);
  if (ellipse !== null) addEllipse(field, ellipse, true);
  if (disk !== null) {
    const lumps = LUMP_FRACTION * lumpiness;
    const diskLight = light * diskFlux(object) * (1 - lumps);
    const spiral =
      arms === null
        ? null
        : new SpiralArms(arms, disk.scaleLength, random, bar === null ? 0 : 0.85 * bar.length);
    addDisk(field, disk, { light: diskLight, positionAngle: object.positionAngle, arms: spiral });
    if (arms !== null && spiral !== null) {
      addKnots(field, arms, spiral, plane, disk.scaleLength, diskLight, random);
    }
    if (lumps > 0) {
      addLumps(field, plane, 1.4 * disk.scaleLength, light * diskFlux(object) * lumps, disk.colour, random);
    }
  }
  const inner = bulge === null ? colour : averageColour(bulge.colour, colour);
  if (bar !== null) addBar(field, bar, plane, light * bar.flux, inner);
  if (ring !== null)
    addRing(field, ring, plane, light * ring.flux, { gr: colour.gr - 0.08, ri: colour.ri - 0.04 });
  if (dustLane !== null) addDustLane(field, object, dustLane);
  if (lens !== null) addLens(field, lens, light * lens.flux);
  if (companion !== null) addCompanion(field, companion, light, 0.6 * radius, colour, random);
}
