/** Learning rates by epoch, bit-identical to PyTorch's schedulers stepped once an epoch. */

const FRACTION_BITS = 100n;

/**
 * cos(x), correctly rounded: the Taylor series in fixed point. The last bit of Math.cos depends on the JavaScript engine.
 */
function cosineOf(x: number): number {
  const angle = BigInt(Math.round(x * 2 ** Number(FRACTION_BITS)));
  let term = 1n << FRACTION_BITS;
  let sum = term;
  for (let n = 1n; term !== 0n; n += 2n) {
    term = -((((term * angle) >> FRACTION_BITS) * angle) >> FRACTION_BITS) / (n * (n + 1n));
    sum += term;
  }
  return Number(sum) / 2 ** Number(FRACTION_BITS);
}

/** A learning rate for each epoch, counted from 0. */
export type Schedule = (epoch: number) => number;

/**
 * CosineAnnealingLR: half a cosine from `base` down to `minimum` over `epochs`, by PyTorch's recurrence: the closed form
 * differs in the last bits.
 */
export function cosine(base: number, epochs: number, minimum = 1e-8): Schedule {
  const rates = [base];
  return (epoch) => {
    for (let e = rates.length; e <= epoch; e++) {
      const previous = rates[e - 1]!;
      const turn = (e - 1 - epochs) % (2 * epochs) === 0;
      rates.push(
        turn
          ? previous! + ((base - minimum) * (1 - cosineOf(Math.PI / epochs))) / 2
          : ((1 + cosineOf((Math.PI * e) / epochs)) / (1 + cosineOf((Math.PI * (e - 1)) / epochs))) *
              (previous! - minimum) +
              minimum,
      );
    }
    return rates[epoch]!;
  };
}

/**
 * CosineAnnealingWarmRestarts: minimum + (base - minimum)(1 + cos(π·t/T))/2, t epochs into a cycle of length T; the first
 * cycle has `firstCycle` epochs, each next one `factor` times as many.
 */
export function cosineWarmRestarts(
  base: number,
  firstCycle: number,
  factor: number,
  minimum = 1e-8,
): Schedule {
  return (epoch) => {
    let [start, length] = [0, firstCycle];
    while (epoch >= start + length) {
      start += length;
      length *= factor;
    }
    return minimum + ((base - minimum) * (1 + cosineOf((Math.PI * (epoch - start)) / length))) / 2;
  };
}

/**
 * The factor on the learning rate in the first steps; it rises linearly to 1 over `steps`.
 * @param step counted from 1
 * @example warmUp(50, 100) // 0.5
 */
export function warmUp(step: number, steps: number): number {
  return Math.min(1, step / Math.max(steps, 1));
}

/** The report's cycles: 60, 180, 540, … epochs. */
const WARM_RESTARTS = { firstCycle: 60, factor: 3 };

/**
 * The schedules by name, of a base rate and a number of epochs. To add one, name it here.
 * @example SCHEDULES.cosine(0.001, 24)(12) // 0.0005…
 */
export const SCHEDULES = {
  cosine,
  'warm-restarts': (base) => cosineWarmRestarts(base, WARM_RESTARTS.firstCycle, WARM_RESTARTS.factor),
  constant: (base) => () => base,
} as const satisfies Record<string, (base: number, epochs: number) => Schedule>;

export type ScheduleName = keyof typeof SCHEDULES;
