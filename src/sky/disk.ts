/** Exponential disks (Freeman 1970), from face-on to edge-on. */
import type { SpiralArms } from './arms.ts';
import { radians } from './ellipse.ts';
import { Field, inG, inI } from './field.ts';
import type { Colour, SkyObject } from './object.ts';

type Disk = NonNullable<SkyObject['disk']>;

/** From this inclination on the light is summed along the line of sight; below it a disk looks thin. */
export const THICK_FROM = 70;

/** Young stars are bluer than the disk as a whole, and old ones redder by what that leaves. */
const YOUNG_COLOUR: Colour = { gr: -0.36, ri: -0.17 };
const OLD_COLOUR: Colour = { gr: 0.06, ri: 0.03 };

/** What dust takes in g and i, over r (Cardelli, Clayton & Mathis 1989). */
export const EXTINCTION = { g: 1.32, i: 0.76 };

/** Samples along the line of sight, and how far they reach in scale lengths. */
const SIGHT = { samples: 48, reach: 5.4 };

/** Beyond so many scale lengths nothing of a disk is left. */
export const DISK_REACH = 6;

/**
 * Disks end at about four scale lengths, softly (van der Kruit & Searle 1981): what is left of the exponential
 * at R/h, by 1/64.
 */
const EDGE = { at: 4, over: 0.4 };
const PROFILE = Float32Array.from(
  { length: 64 * 9 },
  (_, k) => Math.exp(-k / 64) / (1 + Math.exp((k / 64 - EDGE.at) / EDGE.over)),
);

/** ∫ profile x dx, which is 1 for an endless exponential. */
const PROFILE_LIGHT = PROFILE.reduce((sum, each, k) => sum + (each * k) / 64 / 64, 0);

/** Brightness of a face-on disk of light and scale length 1 at R/h; times light / h². */
export function diskProfile(x: number): number {
  const place = x * 64;
  const k = Math.floor(place);
  if (k >= PROFILE.length - 1) return 0;
  return (PROFILE[k]! + (PROFILE[k + 1]! - PROFILE[k]!) * (place - k)) / (2 * Math.PI * PROFILE_LIGHT);
}

const bluer = (colour: Colour, by: Colour): Colour => ({ gr: colour.gr + by.gr, ri: colour.ri + by.ri });

/** Apparent b/a of a thin or thick disk: √(cos² i + q₀² sin² i) (Hubble 1926). */
export function apparentAxisRatio({ inclination, thickness }: Disk): number {
  return Math.hypot(Math.cos(radians(inclination)), thickness * Math.sin(radians(inclination)));
}

/** How a disk is placed in the field and what lies in it. */
export interface DiskSetting {
  /** nanomaggies in r. */
  readonly light: number;
  readonly positionAngle: number;
  readonly arms: SpiralArms | null;
}

/** The factors that turn old and young light in r into the three bands. */
function bandsOf({ colour }: Disk, arms: SpiralArms | null) {
  const old = arms === null ? colour : bluer(colour, OLD_COLOUR);
  const young = bluer(colour, YOUNG_COLOUR);
  return { oldG: inG(old), oldI: inI(old), youngG: inG(young), youngI: inI(young) };
}

/** Thin: the plane's places are the picture's, foreshortened across the major axis by cos i. */
function addThin(field: Field, disk: Disk, { light, positionAngle, arms }: DiskSetting): void {
  const { scaleLength: h, warp } = disk;
  const q = apparentAxisRatio(disk);
  const [cosine, sine] = [Math.cos(radians(positionAngle)), Math.sin(radians(positionAngle))];
  const central = (Field.perSquareSecond * light) / (h * h * q);
  const { oldG, oldI, youngG, youngI } = bandsOf(disk, arms);
  for (let at = 0; at < field.r.length; at++) {
    const u = field.x[at]! * cosine + field.y[at]! * sine;
    let v = field.y[at]! * cosine - field.x[at]! * sine;
    if (warp !== 0) v -= (warp * u * Math.abs(u)) / (9 * h);
    v /= q;
    const radius = Math.sqrt(u * u + v * v) + 1e-6;
    if (radius > DISK_REACH * h) continue;
    const mean = central * diskProfile(radius / h);
    if (arms === null) {
      field.g[at]! += mean * oldG;
      field.r[at]! += mean;
      field.i[at]! += mean * oldI;
      continue;
    }
    arms.at(radius, Math.atan2(v, u));
    const old = mean * arms.old;
    const young = mean * arms.young;
    const left = arms.dust === 0 ? 1 : Math.exp(-arms.dust);
    field.g[at]! += (old * oldG + young * youngG) * left ** EXTINCTION.g;
    field.r[at]! += (old + young) * left;
    field.i[at]! += (old * oldI + young * youngI) * left ** EXTINCTION.i;
  }
}

/** sech²(x) over 0…5 as a table. */
const SECH = Float32Array.from({ length: 1025 }, (_, k) => 1 / Math.cosh((5 * k) / 1024) ** 2);

/**
 * Thick: light falls off from the plane as sech²(Z / z₀) (van der Kruit & Searle 1981) with z₀ = thickness · h, and is summed
 * along the line of sight. A line across the picture at (u, v) meets the plane's Y at the height Z:
 *
 *     v = Y cos i + Z sin i,   I(u, v) = ∫ ρ(u, Y) sech²((v − Y cos i) / (z₀ sin i)) dY / sin i
 *
 * where ρ is the plane's brightness over 2 z₀. ρ is tabulated over u and Y first, with the arms in it.
 */
function addThick(field: Field, disk: Disk, setting: DiskSetting): void {
  const { positionAngle, arms } = setting;
  const { scaleLength: h, warp, inclination } = disk;
  const [cosI, sinI] = [Math.cos(radians(inclination)), Math.sin(radians(inclination))];
  // Thinner than a third of a pixel it would fall between the samples.
  const z = Math.max(disk.thickness * h, field.pixel / 3) * sinI;
  const step = (2 * SIGHT.reach * h) / SIGHT.samples;
  const fine = field.pixel / 2;
  const reach = Math.min(SIGHT.reach * h, 1.5 * field.half);
  const columns = Math.ceil((2 * reach) / fine);
  const old = new Float32Array(columns * SIGHT.samples);
  const young = new Float32Array(columns * SIGHT.samples);
  const central = (Field.perSquareSecond * setting.light * step) / (h * h * 2 * z);
  // Light that the arms' dust leaves in r, and what it leaves of that in g and i: the disk as a whole is reddened.
  let [leftR, leftG, leftI] = [0, 0, 0];
  for (let column = 0, to = 0; column < columns; column++) {
    const u = (column + 0.5) * fine - reach;
    for (let k = 0; k < SIGHT.samples; k++, to++) {
      const Y = (k + 0.5) * step - SIGHT.reach * h;
      const radius = Math.hypot(u, Y);
      const mean = central * diskProfile(radius / h);
      arms?.at(radius, Math.atan2(Y, u));
      const left = mean * Math.exp(-(arms?.dust ?? 0));
      old[to] = left * (arms?.old ?? 1);
      young[to] = left * (arms?.young ?? 0);
      leftR += left;
      leftG += left * Math.exp(-(EXTINCTION.g - 1) * (arms?.dust ?? 0));
      leftI += left * Math.exp(-(EXTINCTION.i - 1) * (arms?.dust ?? 0));
    }
  }
  const [redG, redI] = [leftG / leftR, leftI / leftR];
  const [cosine, sine] = [Math.cos(radians(positionAngle)), Math.sin(radians(positionAngle))];
  const { oldG, oldI, youngG, youngI } = bandsOf(disk, arms);
  const widest = SIGHT.reach * h * cosI + 5 * z;
  for (let at = 0; at < field.r.length; at++) {
    const u = field.x[at]! * cosine + field.y[at]! * sine;
    const column = Math.floor((u + reach) / fine);
    if (column < 0 || column >= columns) continue;
    const v = field.y[at]! * cosine - field.x[at]! * sine - (warp * u * Math.abs(u)) / (9 * h);
    if (Math.abs(v) > widest) continue;
    let oldSum = 0;
    let youngSum = 0;
    // Only where |v − Y cos i| < 5 z.
    const width = (5 * z) / Math.max(cosI, 1e-6);
    const middle = v / Math.max(cosI, 1e-6);
    const first = Math.max(0, Math.floor((middle - width) / step + SIGHT.samples / 2));
    const end = Math.min(SIGHT.samples, Math.ceil((middle + width) / step + SIGHT.samples / 2));
    const row = column * SIGHT.samples;
    for (let k = first; k < end; k++) {
      const Y = (k + 0.5 - SIGHT.samples / 2) * step;
      const share = SECH[Math.min(1024, (Math.abs(v - Y * cosI) / z) * 204.8) | 0];
      oldSum += old[row + k]! * share!;
      youngSum += young[row + k]! * share!;
    }
    field.g[at]! += (oldSum * oldG + youngSum * youngG) * redG;
    field.r[at]! += oldSum + youngSum;
    field.i[at]! += (oldSum * oldI + youngSum * youngI) * redI;
  }
}

/** Adds a disk's light. */
export function addDisk(field: Field, disk: Disk, setting: DiskSetting): void {
  if (disk.inclination < THICK_FROM) addThin(field, disk, setting);
  else addThick(field, disk, setting);
}
