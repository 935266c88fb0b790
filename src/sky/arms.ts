/** Logarithmic spiral arms: they redistribute a disk's light in azimuth and add dust. */
import { radians } from './ellipse.ts';
import { type FastRandom, ValueNoise } from './noise.ts';
import type { SkyObject } from './object.ts';

type Arms = NonNullable<SkyObject['arms']>;

/** Fraction of an arm's light emitted by young stars. */
const YOUNG = 0.55;

/** Noise cells per turn. */
const PERIOD = 24;

/** 1σ scatter between arms: in phase (fraction of the arm spacing) and in relative strength. */
const JITTER = { phase: 0.1, strength: 0.32 };

/** Radial envelope in scale lengths: arms fade in over `rise` from `inner` and fade out over `fall` at `outer`. */
const EXTENT = { inner: 0.35, rise: 0.5, outer: 4, fall: 0.9 };

/** Modified Bessel function I₀ (Abramowitz & Stegun 9.8.1): normalises the azimuthal profile. */
function besselI0(x: number): number {
  const t = (x / 3.75) ** 2;
  return (
    1 +
    t * (3.5156229 + t * (3.0899424 + t * (1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813)))))
  );
}

/** exp(κ (cos 2πt − 1)) over its mean, tabulated for t = 0…1. */
function profileTable(sharpness: number): Float32Array {
  const mean = Math.exp(-sharpness) * besselI0(sharpness);
  return Float32Array.from(
    { length: 257 },
    (_, k) => Math.exp(sharpness * (Math.cos((2 * Math.PI * k) / 256) - 1)) / mean,
  );
}

/**
 * Logarithmic spirals, R = h exp(tan(pitch) · θ). In azimuth the light follows exp(κ (cos mψ − 1)), where ψ is the angle from
 * the spiral. The azimuthal mean is 1 at every radius, so arms redistribute the disk's light without adding to it.
 */
export class SpiralArms {
  /** Set by {@link sample}: light of the old stars over the disk's mean. */
  old = 1;
  /** Set by {@link sample}: light of the young stars over the disk's mean. */
  young = 0;
  /** Set by {@link sample}: optical depth of the dust in r. */
  dust = 0;

  private readonly winding: number;
  private readonly inner: number;
  private readonly phases: Float64Array;
  private readonly strengths: Float64Array;
  private readonly table: Float32Array;
  private readonly coarse: ValueNoise;
  private readonly fine: ValueNoise;

  /** @param inner smallest radius of the arms, arc seconds (the end of a bar) */
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

  /** Angle from the first arm, in units of the arm spacing. @param azimuth radians in the disk plane */
  armPhase(radius: number, azimuth: number): number {
    const { number, sense, phase } = this.arms;
    const angle = sense * azimuth - this.winding * Math.log(radius / this.scaleLength) - radians(phase);
    return (number * angle) / (2 * Math.PI);
  }

  /** Azimuth of an arm's ridge at a radius, radians. */
  ridge(arm: number, radius: number): number {
    const { number, sense, phase } = this.arms;
    const angle = (2 * Math.PI * (arm - this.phases[arm]!)) / number;
    return sense * (angle + this.winding * Math.log(radius / this.scaleLength) + radians(phase));
  }

  /** Relative arm strength at a radius, 0…1. */
  envelope(radius: number): number {
    const { inner, rise, outer, fall } = { ...EXTENT, inner: this.inner / this.scaleLength };
    const r = radius / this.scaleLength;
    const start = Math.min(1, Math.max(0, (r - inner + 0.25) / rise));
    const end = Math.min(1, Math.max(0, (outer - r) / fall));
    return start * start * (3 - 2 * start) * end;
  }

  /** Sets {@link old}, {@link young} and {@link dust} for a point in the disk plane. @param azimuth radians */
  sample(radius: number, azimuth: number): void {
    const { number, contrast, flocculence, dust, sense } = this.arms;
    const strength = contrast * this.envelope(radius);
    if (strength === 0) {
      [this.old, this.young, this.dust] = [1, 0, 0];
      return;
    }
    // Noise cells are elongated along the arms: they follow a more open spiral.
    const log = Math.log(radius / this.scaleLength);
    const along = ((sense * azimuth - 0.6 * this.winding * log) / (2 * Math.PI)) * PERIOD;
    const coarse = this.coarse.at(along / 3, 4 * log + 31) - 0.5;
    const fine = this.fine.at(along, 13 * log + 17);
    const phase = this.armPhase(radius, azimuth) + 1.1 * flocculence * coarse;
    const nearest = Math.round(phase);
    const arm = ((nearest % number) + number) % number;
    let offset = phase - nearest + this.phases[arm]!;
    offset -= Math.floor(offset);
    const patchiness = 1 + (0.35 + 1.25 * flocculence) * (2 * fine - 1);
    const ridge = this.table[(offset * 256) | 0]! * this.strengths[arm]! * Math.max(0.05, patchiness);
    const light = strength * ridge;
    this.old = 1 - strength + (1 - YOUNG) * light;
    this.young = YOUNG * light;
    if (dust === 0) return;
    // Dust lanes lie along the concave inner edge of an arm.
    let lane = offset + 0.13;
    lane -= Math.floor(lane);
    this.dust = 0.3 * dust * this.envelope(radius) * this.table[(lane * 256) | 0]! * (0.4 + fine);
  }
}
