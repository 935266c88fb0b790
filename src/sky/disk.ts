/** Exponential disks (Freeman 1970), from face-on to edge-on. */
import type { SpiralArms } from './arms.ts';
import { radians } from './ellipse.ts';
import { Field, gOverR, iOverR } from './field.ts';
import type { Colour, SkyObject } from './object.ts';

type Disk = NonNullable<SkyObject['disk']>;

/** Inclination (degrees) from which the light is integrated along the line of sight; below it the disk is drawn as thin. */
export const THICK_FROM = 70;

/** Colours of young and old stars relative to the disk as a whole. */
const YOUNG_COLOUR: Colour = { gr: -0.36, ri: -0.17 };
const OLD_COLOUR: Colour = { gr: 0.06, ri: 0.03 };

/** Extinction in g and i over that in r (Cardelli, Clayton & Mathis 1989). */
export const EXTINCTION = { g: 1.32, i: 0.76 };

/** Samples along the line of sight, and the half length they cover, in scale lengths. */
const LINE_OF_SIGHT = { samples: 48, reach: 5.4 };

/** Radius beyond which a disk has no light, in scale lengths. */
export const DISK_REACH = 6;

/**
 * Exponential profile with a soft truncation at about four scale lengths (van der Kruit & Searle 1981), tabulated over R/h in
 * steps of 1/64.
 */
const TRUNCATION = { radius: 4, width: 0.4 };
const PROFILE = Float32Array.from(
  { length: 64 * 9 },
  (_, k) => Math.exp(-k / 64) / (1 + Math.exp((k / 64 - TRUNCATION.radius) / TRUNCATION.width)),
);

/** ∫ profile(x) x dx; 1 for an untruncated exponential. */
const PROFILE_LIGHT = PROFILE.reduce((sum, each, k) => sum + (each * k) / 64 / 64, 0);

/** Surface brightness at x = R/h of a face-on disk of unit light and unit scale length; scales as light / h². */
export function diskProfile(x: number): number {
  const position = x * 64;
  const k = Math.floor(position);
  if (k >= PROFILE.length - 1) return 0;
  return (PROFILE[k]! + (PROFILE[k + 1]! - PROFILE[k]!) * (position - k)) / (2 * Math.PI * PROFILE_LIGHT);
}

const addColours = (a: Colour, b: Colour): Colour => ({ gr: a.gr + b.gr, ri: a.ri + b.ri });

/** Apparent axis ratio b/a of a disk: √(cos² i + q₀² sin² i) (Hubble 1926). */
export function apparentAxisRatio({ inclination, thickness }: Disk): number {
  return Math.hypot(Math.cos(radians(inclination)), thickness * Math.sin(radians(inclination)));
}

/** Light, orientation and arms of a disk in the field. */
export interface DiskOptions {
  /** nanomaggies in r. */
  readonly light: number;
  /** Degrees. */
  readonly positionAngle: number;
  readonly arms: SpiralArms | null;
}

/** Flux in g and i over that in r, for old and young stars. */
function fluxRatios({ colour }: Disk, arms: SpiralArms | null) {
  const old = arms === null ? colour : addColours(colour, OLD_COLOUR);
  const young = addColours(colour, YOUNG_COLOUR);
  return { oldG: gOverR(old), oldI: iOverR(old), youngG: gOverR(young), youngI: iOverR(young) };
}

/** A thin disk: its plane is foreshortened by the axis ratio across the major axis. */
function addThin(field: Field, disk: Disk, { light, positionAngle, arms }: DiskOptions): void {
  const { scaleLength: h, warp } = disk;
  const q = apparentAxisRatio(disk);
  const [cosine, sine] = [Math.cos(radians(positionAngle)), Math.sin(radians(positionAngle))];
  const central = (Field.perSquareArcsecond * light) / (h * h * q);
  const { oldG, oldI, youngG, youngI } = fluxRatios(disk, arms);
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
    arms.sample(radius, Math.atan2(v, u));
    const old = mean * arms.old;
    const young = mean * arms.young;
    const transmission = arms.dust === 0 ? 1 : Math.exp(-arms.dust);
    field.g[at]! += (old * oldG + young * youngG) * transmission ** EXTINCTION.g;
    field.r[at]! += (old + young) * transmission;
    field.i[at]! += (old * oldI + young * youngI) * transmission ** EXTINCTION.i;
  }
}

/** sech²(x), tabulated for x = 0…5. */
const SECH = Float32Array.from({ length: 1025 }, (_, k) => 1 / Math.cosh((5 * k) / 1024) ** 2);

/**
 * A thick disk: the light falls off as sech²(Z / z₀) above the plane (van der Kruit & Searle 1981), with z₀ = thickness · h, and
 * is integrated along the line of sight. The line of sight through (u, v) passes over the point Y of the plane at height Z:
 *
 *     v = Y cos i + Z sin i,   I(u, v) = ∫ ρ(u, Y) sech²((v − Y cos i) / (z₀ sin i)) dY / sin i
 *
 * where ρ is the surface brightness of the plane, arms included, over 2 z₀. ρ is first tabulated over u and Y.
 */
function addThick(field: Field, disk: Disk, setting: DiskOptions): void {
  const { positionAngle, arms } = setting;
  const { scaleLength: h, warp, inclination } = disk;
  const [cosI, siOverR] = [Math.cos(radians(inclination)), Math.sin(radians(inclination))];
  // A disk thinner than a third of a pixel would fall between samples.
  const z = Math.max(disk.thickness * h, field.pixel / 3) * siOverR;
  const step = (2 * LINE_OF_SIGHT.reach * h) / LINE_OF_SIGHT.samples;
  const fine = field.pixel / 2;
  const reach = Math.min(LINE_OF_SIGHT.reach * h, 1.5 * field.half);
  const columns = Math.ceil((2 * reach) / fine);
  const old = new Float32Array(columns * LINE_OF_SIGHT.samples);
  const young = new Float32Array(columns * LINE_OF_SIGHT.samples);
  const central = (Field.perSquareArcsecond * setting.light * step) / (h * h * 2 * z);
  // Light transmitted by the arms' dust: the ratios to r redden the disk as a whole.
  let [totalR, totalG, totalI] = [0, 0, 0];
  for (let column = 0, to = 0; column < columns; column++) {
    const u = (column + 0.5) * fine - reach;
    for (let k = 0; k < LINE_OF_SIGHT.samples; k++, to++) {
      const Y = (k + 0.5) * step - LINE_OF_SIGHT.reach * h;
      const radius = Math.hypot(u, Y);
      const mean = central * diskProfile(radius / h);
      arms?.sample(radius, Math.atan2(Y, u));
      const light = mean * Math.exp(-(arms?.dust ?? 0));
      old[to] = light * (arms?.old ?? 1);
      young[to] = light * (arms?.young ?? 0);
      totalR += light;
      totalG += light * Math.exp(-(EXTINCTION.g - 1) * (arms?.dust ?? 0));
      totalI += light * Math.exp(-(EXTINCTION.i - 1) * (arms?.dust ?? 0));
    }
  }
  const [reddeningG, reddeningI] = [totalG / totalR, totalI / totalR];
  const [cosine, sine] = [Math.cos(radians(positionAngle)), Math.sin(radians(positionAngle))];
  const { oldG, oldI, youngG, youngI } = fluxRatios(disk, arms);
  const widest = LINE_OF_SIGHT.reach * h * cosI + 5 * z;
  for (let at = 0; at < field.r.length; at++) {
    const u = field.x[at]! * cosine + field.y[at]! * sine;
    const column = Math.floor((u + reach) / fine);
    if (column < 0 || column >= columns) continue;
    const v = field.y[at]! * cosine - field.x[at]! * sine - (warp * u * Math.abs(u)) / (9 * h);
    if (Math.abs(v) > widest) continue;
    let oldSum = 0;
    let youngSum = 0;
    // Only samples with |v − Y cos i| < 5 z contribute.
    const width = (5 * z) / Math.max(cosI, 1e-6);
    const middle = v / Math.max(cosI, 1e-6);
    const first = Math.max(0, Math.floor((middle - width) / step + LINE_OF_SIGHT.samples / 2));
    const end = Math.min(
      LINE_OF_SIGHT.samples,
      Math.ceil((middle + width) / step + LINE_OF_SIGHT.samples / 2),
    );
    const row = column * LINE_OF_SIGHT.samples;
    for (let k = first; k < end; k++) {
      const Y = (k + 0.5 - LINE_OF_SIGHT.samples / 2) * step;
      const share = SECH[Math.min(1024, (Math.abs(v - Y * cosI) / z) * 204.8) | 0];
      oldSum += old[row + k]! * share!;
      youngSum += young[row + k]! * share!;
    }
    field.g[at]! += (oldSum * oldG + youngSum * youngG) * reddeningG;
    field.r[at]! += oldSum + youngSum;
    field.i[at]! += (oldSum * oldI + youngSum * youngI) * reddeningI;
  }
}

/** Adds the light of a disk to the field. */
export function addDisk(field: Field, disk: Disk, setting: DiskOptions): void {
  if (disk.inclination < THICK_FROM) addThin(field, disk, setting);
  else addThick(field, disk, setting);
}
