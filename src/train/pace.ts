/** The duration of training steps, for the time that is left. */

/** The first step is not counted: threads start and memory is used for the first time. */
const UNCOUNTED = 1;
/** Fewer steps give no estimate. */
const FEWEST = 3;
/** The mean is over about this number of the latest steps. */
const REMEMBERED = 100;

/** The mean duration of the latest steps. */
export class Pace {
  private steps = -UNCOUNTED;
  private mean = 0;
  private since = 0;

  /** Begins a row of steps. @param now in milliseconds */
  start(now: number): void {
    this.since = now;
  }

  /** Ends a step; the next one begins. */
  step(now: number): void {
    this.steps++;
    const duration = now - this.since;
    if (this.steps > 0) this.mean += (duration - this.mean) / Math.min(this.steps, REMEMBERED);
    this.since = now;
  }

  /** The seconds that some further steps take; undefined until there have been enough steps. */
  secondsOf(steps: number): number | undefined {
    return this.steps < FEWEST ? undefined : (steps * this.mean) / 1000;
  }
}
