/** The output of a command: results on stdout, everything else on stderr. */
import { describeMemory } from '../engine/runtime/memory.ts';
import { printable, readableLine } from '../errors.ts';
import type { EpochMetrics, StepEvent, TaskEvent } from '../events.ts';
import { describePlacement } from '../node/runtime/profile.ts';
import { duration, inGroups } from '../report/table.ts';
import { cutToWidth, displayWidth, printableLines } from './printable.ts';

export interface TerminalOptions {
  /** Print one JSON document on stdout, nothing else. */
  json?: boolean;
  /** Print only errors on stderr. */
  quiet?: boolean;
  /** Print on stderr where in the code an error arose, and which device ran each operation. */
  verbose?: boolean;
}

const REDRAW_MILLISECONDS = 100;
const PLAIN_MILLISECONDS = 10_000;
/** For terminals that do not report their width. */
const DEFAULT_COLUMNS = 80;

/** The words of the progress line. */
const DOING = {
  reading: 'reading',
  decoding: 'decoding pictures',
  predicting: 'predicting galaxies',
  features: 'computing features',
  fitting: 'fitting probes',
  explaining: 'explaining pictures',
  drawing: 'drawing galaxies',
  downloading: 'downloading pictures',
} as const;

/** A line on stderr can be overwritten. */
const isRedrawn = () => process.stderr.isTTY === true && process.env.TERM !== 'dumb';

/** Columns of the longest line: text in the last column would begin a new line. */
const lineWidth = () => (process.stderr.columns || DEFAULT_COLUMNS) - 1;

/** Columns of the progress line on stderr. */
let progressWidth = 0;

/** Overwrites the progress line with blanks, which needs no escape sequences. */
export function clearProgress(): void {
  if (progressWidth > 0) process.stderr.write(`\r${' '.repeat(Math.min(progressWidth, lineWidth()))}\r`);
  progressWidth = 0;
}
process.on('exit', clearProgress);

/**
 * Keeps the command running when a pipe or terminal is closed: its reader needs no more, and the command may be writing files. Any other error of
 * stdout, such as a full disk, makes the command fail.
 */
export function tolerateClosedPipes(): void {
  process.stderr.on('error', () => {}); // there is nowhere to report it
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || (code === 'EIO' && process.stdout.isTTY)) return;
    process.exitCode = 1;
    process.stderr.write(`tuningfork: stdout: ${message}\n`);
  });
}

/** An event as a line of text; undefined for events of the progress line. */
function noteOf(event: TaskEvent): string | undefined {
  switch (event.kind) {
    case 'note':
      return event.message;
    case 'memory':
      return describeMemory(event);
    case 'placement':
      return `${event.program}: ${describePlacement(event.placement)}`;
    case 'skipped':
      return `${event.name}: skipped: ${event.reason}`;
    case 'epoch':
      return epochText(event.metrics);
    case 'training':
      return `${event.number}/${event.count} ${event.variant}, seed ${event.seed}`;
    case 'measured':
      return `RMSE ${event.run.rmse.toFixed(5)} on ${event.run.galaxies} galaxies`;
    default:
      return undefined;
  }
}

function epochText(metrics: EpochMetrics): string {
  const { epoch, loss, rmse, validationRmse, averagedValidationRmse, imagesPerSecond, seconds } = metrics;
  const validationLoss =
    metrics.validationLoss == null ? '' : ` validation loss ${metrics.validationLoss.toFixed(4)}`;
  const other = (name: string, value: number | null | undefined) =>
    value == null ? '' : ` ${name} RMSE ${value.toFixed(5)}`;
  return (
    `epoch ${epoch}: loss ${loss.toFixed(4)} RMSE ${rmse.toFixed(4)}` +
    `${validationLoss}${other('validation', validationRmse)}${other('averaged', averagedValidationRmse)} ` +
    `${imagesPerSecond.toFixed(0)} img/s ${duration(seconds)}`
  );
}

function stepText({ epoch, epochs, step, steps, loss, rmse, imagesPerSecond, secondsLeft }: StepEvent) {
  const left = secondsLeft === undefined ? '' : ` ${duration(secondsLeft)} left`;
  return (
    `epoch ${epoch}/${epochs} step ${step}/${steps} loss ${loss.toFixed(4)} RMSE ${rmse.toFixed(4)} ` +
    `${imagesPerSecond.toFixed(0)} img/s${left}`
  );
}

/** A rate with two digits, or all digits before the decimal point. @example rateText(1234.5) // '1,235' */
const rateText = (rate: number) =>
  rate < 10 ? String(Number(rate.toPrecision(2))) : inGroups(Math.round(rate));

export class Terminal {
  private lastProgress = Number.NEGATIVE_INFINITY;
  /** The latest progress, if it came too soon after the last line to be shown. */
  private withheld: (() => string) | undefined;

  /** The current task; `since` in milliseconds. */
  private task: { doing: string; since: number; done: number } | undefined;
  /** Time of the previous progress event, when the next task begins. */
  private lastEvent = performance.now();

  constructor(private readonly options: TerminalOptions) {}

  get isJson(): boolean {
    return this.options.json === true;
  }

  /** Prints a line of text on stderr. */
  note(message: string): void {
    if (this.options.quiet) return;
    this.endProgress();
    process.stderr.write(`${readableLine(message)}\n`);
  }

  /** The options of a task that reports to this terminal. */
  get listening() {
    const { verbose = false, quiet = false } = this.options;
    return { onEvent: (event: TaskEvent) => this.report(event), profile: verbose && !quiet };
  }

  private report(event: TaskEvent): void {
    const note = noteOf(event);
    if (note !== undefined) this.note(note);
    if (event.kind === 'step') this.progress(() => stepText(event));
    if (event.kind !== 'progress') return;
    const { doing, done, total } = event;
    const now = performance.now();
    if (doing !== this.task?.doing || done < this.task.done)
      this.task = { doing, since: this.lastEvent, done };
    this.task.done = done;
    const rate = (1000 * done) / (now - this.task.since);
    this.lastEvent = now;
    this.progress(() => {
      const left = done < total ? `, ${duration((total - done) / rate)} left` : '';
      return `${DOING[doing]} ${done}/${total}${rate > 0 ? `, ${rateText(rate)} a second${left}` : ''}`;
    });
  }

  /** Shows a line that replaces the last one; if stderr is no terminal, prints a line every ten seconds. */
  progress(message: () => string): void {
    if (this.options.quiet) return;
    const now = performance.now();
    const interval = isRedrawn() ? REDRAW_MILLISECONDS : PLAIN_MILLISECONDS;
    this.withheld = message;
    if (now - this.lastProgress < interval) return;
    this.lastProgress = now;
    this.withheld = undefined;
    const line = printable(message());
    if (!isRedrawn()) {
      process.stderr.write(`${line}\n`);
      return;
    }
    const shown = cutToWidth(line, lineWidth());
    clearProgress();
    process.stderr.write(shown);
    progressWidth = displayWidth(shown);
  }

  /** Removes the progress line. */
  private endProgress(): void {
    clearProgress();
    this.withheld = undefined;
    this.lastProgress = Number.NEGATIVE_INFINITY;
  }

  /** Prints the result: text, or a JSON document. In a log, the last progress line comes first. */
  result(text: string, json: unknown, indentation = 2): void {
    if (this.withheld && !isRedrawn()) process.stderr.write(`${printable(this.withheld())}\n`);
    this.endProgress();
    process.stdout.write(
      this.isJson ? `${JSON.stringify(json, null, indentation)}\n` : `${printableLines(text)}\n`,
    );
  }
}
