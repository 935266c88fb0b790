/** What a command says: results on stdout, everything else on stderr. */
import { describePlacement, type Placement } from '../runtime/profile.node.ts';

export interface TerminalOptions {
  /** One JSON document on stdout, and nothing else there. */
  json?: boolean;
  /** Nothing on stderr but errors. */
  quiet?: boolean;
  /** Details on stderr: where an error arose, and what ran on which device. */
  verbose?: boolean;
}

const CLEAR_LINE = '\r\x1b[K';
const REDRAW_MILLISECONDS = 100;
const PLAIN_MILLISECONDS = 10_000;

export class Terminal {
  private hasProgress = false;
  private lastProgress = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: TerminalOptions) {}

  /** A line for people, on stderr. */
  note(message: string): void {
    if (this.options.quiet) return;
    this.endProgress();
    process.stderr.write(`${message}\n`);
  }

  /** What tells on which device a program's operations ran, if that is to be told. */
  placement(program: string): ((placement: Placement) => void) | undefined {
    if (!this.options.verbose || this.options.quiet) return undefined;
    return (placement) => this.note(`${program}: ${describePlacement(placement)}`);
  }

  /** Tells of each picture that is left out, and gathers them in `list`, for the result. */
  leavingOut(list: { name: string; reason: string }[]): (name: string, reason: string) => void {
    return (name, reason) => {
      list.push({ name, reason });
      this.note(`${name}: left out: ${reason}`);
    };
  }

  /** A line that replaces itself; where stderr is no terminal, one now and then. */
  progress(message: () => string): void {
    if (this.options.quiet) return;
    const now = performance.now();
    const interval = process.stderr.isTTY ? REDRAW_MILLISECONDS : PLAIN_MILLISECONDS;
    if (now - this.lastProgress < interval) return;
    this.lastProgress = now;
    if (!process.stderr.isTTY) {
      process.stderr.write(`${message()}\n`);
      return;
    }
    this.hasProgress = true;
    const width = process.stderr.columns ?? 80;
    process.stderr.write(`${CLEAR_LINE}${message().slice(0, width - 1)}`);
  }

  /** Takes the progress line away. */
  endProgress(): void {
    if (this.hasProgress) process.stderr.write(CLEAR_LINE);
    this.hasProgress = false;
    this.lastProgress = Number.NEGATIVE_INFINITY;
  }

  /** The command's result: text for people, or the JSON document, indented. */
  result(text: string, json: unknown, indentation = 2): void {
    this.endProgress();
    process.stdout.write(this.options.json ? `${JSON.stringify(json, null, indentation)}\n` : `${text}\n`);
  }
}

/** Seconds as people read them. @example duration(3725) // '1 h 02 min' */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}
