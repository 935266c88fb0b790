/** Spiral arms: how a disk's light is spread over the azimuth, and where its dust lies. */
import { radians } from './ellipse.ts';
import { type FastRandom, ValueNoise } from './noise.ts';
import type { SkyObject } from './object.ts';

type Arms = NonNullable<SkyObject['arms']>;

/** Share of an arm's light that is of young stars. */
const YOUNG = 0.55;

/** Whole numbers of the noise around the galaxy. */
const PERIOD = 24;

/** How far real arms depart from their spiral, as a part of the way to the next arm, and in strength. */
const JITTER = { phase: 0.1, strength: 0.32 };

/** Arms run from the inner to beyond the outer radius, in scale lengths. */
const EXTENT = { inner: 0.35, rise: 0.5, outer: 4, fall: 0.9 };

/** Modified Bessel function I0, for the mean of the arms' profile (Abramowitz & Stegun 9.8.1). */
function besselI0(x: number): number {
  const t = (x / 3.75) ** 2;
  return (
    1 +
    t * (3.5156229 + t * (3.0899424 + t * (1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813)))))
  );
}

/** exp(κ (cos 2πt − 1)) as a table over t = 0…1. */
function profileTable(sharpness: number): Float32Array {
  const mean = Math.exp(-sharpness) * besselI0(sharpness);
  return Float32Array.from(
    { length: 257 },
    (_, k) => Math.exp(sharpness * (Math.cos((2 * Math.PI * k) / 256) - 1)) / mean,
  );
}

/**
 * Logarithmic spirals: R = h exp(tan(pitch) · θ). Along the azimuth the light follows exp(κ (cos mψ − 1)), where ψ is the angle
 * from the spiral. The mean over the azimuth is 1 at each radius: arms gather light and do not add to it.
 */
export class SpiralArms {
  /** What {@link at} found: the disk's old light there, over its mean. */
  old = 1;
  /** The young light, over the disk's mean. */
  young = 0;
  /** Optical depth of dust in r. */
  dust = 0;

  private readonly winding: number;
  private readonly inner: number;
  private readonly phases: Float64Array;
  private readonly strengths: Float64Array;
  private readonly table: Float32Array;
  private readonly coarse: ValueNoise;
  private readonly fine: ValueNoise;

  /** @param inner radius where the arms begin, arc seconds: a bar's end */
  constructor(
    private readonly arms: Arms,
    private readonly scaleLength: number,
    random: FastRandom,
    inner = 0,
  ) {
    const loose = arms.flocculence;
    this.winding = 1 / Math.tan(radians(Math.max(3, arms.pitch)));
    this.inner = Math.max(EXTENT.inner * scaleLength, inner);
    const spread = arms.number === 1 ? 0 : JITTER.phase * (1 + loose);
    this.phases = Float64Array.from({ length: arms.number }, () => spread * random.normal());
    this.strengths = Float64Array.from({ length: arms.number }, () =>
      Math.max(0.25, 1 + JITTER.strength * random.normal()),
    );
    this.table = profileTable(2.9 - 1.4 * loose);
    this.coarse = new ValueNoise(random, PERIOD / 3);
    this.fine = new ValueNoise(random, PERIOD);
  }

  /** The place along the azimuth, in arms from the first one. @param azimuth radians in the disk's plane */
  turn(radius: number, azimuth: number): number {
    const { number, sense, phase } = this.arms;
    const angle = sense * azimuth - this.winding * Math.log(radius / this.scaleLength) - radians(phase);
    return (number * angle) / (2 * Math.PI);
  }

  /** The azimuth of an arm's ridge at a radius, radians. */
  ridge(arm: number, radius: number): number {
    const { number, sense, phase } = this.arms;
    const angle = (2 * Math.PI * (arm - this.phases[arm]!)) / number;
    return sense * (angle + this.winding * Math.log(radius / this.scaleLength) + radians(phase));
  }

  /** How far the arms are developed at a radius, 0…1. */
  envelope(radius: number): number {
    const { inner, rise, outer, fall } = { ...EXTENT, inner: this.inner / this.scaleLength };
    const r = radius / this.scaleLength;
    const start = Math.min(1, Math.max(0, (r - inner + 0.25) / rise));
    const end = Math.min(1, Math.max(0, (outer - r) / fall));
    return start * start * (3 - 2 * start) * end;
  }

  /** Finds what is at a place in the disk's plane. */
  at(radius: number, azimuth: number): void {
    const { number, contrast, flocculence, dust, sense } = this.arms;
    const strength = contrast * this.envelope(radius);
    if (strength === 0) {
      [this.old, this.young, this.dust] = [1, 0, 0];
      return;
    }
    // The noise's cells are long along the arms: they follow the spiral, less tightly wound.
    const log = Math.log(radius / this.scaleLength);
    const along = ((sense * azimuth - 0.6 * this.winding * log) / (2 * Math.PI)) * PERIOD;
    const coarse = this.coarse.at(along / 3, 4 * log + 31) - 0.5;
    const fine = this.fine.at(along, 13 * log + 17);
    const place = this.turn(radius, azimuth) + 1.1 * flocculence * coarse;
    const nearest = Math.round(place);
    const arm = ((nearest % number) + number) % number;
    let part = place - nearest + this.phases[arm]!;
    part -= Math.floor(part);
    const broken = 1 + (0.35 + 1.25 * flocculence) * (2 * fine - 1);
    const ridge = this.table[(part * 256) | 0]! * this.strengths[arm]! * Math.max(0.05, broken);
    const light = strength * ridge;
    this.old = 1 - strength + (1 - YOUNG) * light;
    this.young = YOUNG * light;
    if (dust === 0) return;
    // Lanes run along the inner, concave edge of an arm.
    let lane = part + 0.13;
    lane -= Math.floor(lane);
    this.dust = 0.3 * dust * this.envelope(radius) * this.table[(lane * 256) | 0]! * (0.4 + fine);
  }
}
