/** Learning rates by epoch, bit-identical to PyTorch's schedulers stepped once an epoch. To add one, list it here. */

const FRACTION_BITS = 100n;

/** cos(x), correctly rounded: the Taylor series in fixed point. The last bit of Math.cos depends on the JavaScript engine. */
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

/** The learning rate of an epoch, counted from 0. */
type Schedule = (epoch: number) => number;

/** Options of a schedule. The defaults are the report's. */
export interface ScheduleOptions {
  /** The lowest learning rate of the cosine schedules. Default 1e-8. */
  minimum?: number;
  /** Epochs of the first cycle of `warm-restarts`. Default 60. */
  firstCycle?: number;
  /** Ratio of the length of a `warm-restarts` cycle to that of the one before. Default 3. */
  factor?: number;
}

/**
 * CosineAnnealingLR: half a cosine from `base` down to the minimum over `epochs`. It follows PyTorch's recurrence, because the
 * closed form differs in the last bits.
 */
function cosine(base: number, epochs: number, { minimum = 1e-8 }: ScheduleOptions = {}): Schedule {
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
 * The epochs, counted from 0 and below `epochs`, at which `warm-restarts` begins a new cycle.
 * @example restartEpochs(240, { firstCycle: 60, factor: 3 }) // [60]
 */
export function restartEpochs(
  epochs: number,
  { firstCycle = 60, factor = 3 }: ScheduleOptions = {},
): number[] {
  const starts: number[] = [];
  let length = firstCycle;
  for (let start = length; start < epochs; start += length) {
    starts.push(start);
    length *= factor;
  }
  return starts;
}

/**
 * CosineAnnealingWarmRestarts: minimum + (base - minimum)(1 + cos(π·t/T))/2 for epoch t of a cycle of T epochs. The report's
 * cycles have 60, 180, 540, … epochs.
 */
function warmRestarts(base: number, _epochs: number, options: ScheduleOptions = {}): Schedule {
  const { minimum = 1e-8, firstCycle = 60, factor = 3 } = options;
  return (epoch) => {
    const starts = restartEpochs(epoch + 1, options);
    const length = firstCycle * factor ** starts.length;
    const done = epoch - (starts.at(-1) ?? 0);
    return minimum + ((base - minimum) * (1 + cosineOf((Math.PI * done) / length))) / 2;
  };
}

/**
 * The factor on the learning rate in the first steps. It rises linearly to 1 over `steps`.
 * @param step counted from 1
 * @example warmUp(50, 100) // 0.5
 */
export function warmUp(step: number, steps: number): number {
  return Math.min(1, step / Math.max(steps, 1));
}

/**
 * The schedules by name: functions of the highest learning rate, the number of epochs and options.
 * @example SCHEDULES.cosine(0.001, 24)(12) // 0.0005…
 */
export const SCHEDULES = {
  cosine,
  'warm-restarts': warmRestarts,
  constant: (base) => () => base,
} as const satisfies Record<string, (base: number, epochs: number, options?: ScheduleOptions) => Schedule>;

export type ScheduleName = keyof typeof SCHEDULES;
