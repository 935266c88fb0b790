/** What a command says: results on stdout, everything else on stderr. */
import { printable, readableLine } from '../errors.ts';
import { cutToWidth, displayWidth, printableLines } from './printable.ts';

export interface TerminalOptions {
  /** One JSON document on stdout, and nothing else there. */
  json?: boolean;
  /** Nothing on stderr but errors. */
  quiet?: boolean;
  /** Details on stderr: where an error arose, and what ran on which device. */
  verbose?: boolean;
}

const REDRAW_MILLISECONDS = 100;
const PLAIN_MILLISECONDS = 10_000;
/** Where a terminal does not tell how wide it is. */
const DEFAULT_COLUMNS = 80;

/** Whether a line on stderr can be written over. */
const isRedrawn = () => process.stderr.isTTY === true && process.env.TERM !== 'dumb';

/** The columns that a line may take: in the last one, terminals begin a new line. */
const lineWidth = () => (process.stderr.columns || DEFAULT_COLUMNS) - 1;

/** How wide the progress line is that stands on the terminal: there is one stderr. */
let progressWidth = 0;

/** Takes the progress line away: with blanks, so that a terminal need not know any escape sequence. */
export function clearProgress(): void {
  if (progressWidth > 0) process.stderr.write(`\r${' '.repeat(Math.min(progressWidth, lineWidth()))}\r`);
  progressWidth = 0;
}
process.on('exit', clearProgress);

/**
 * Goes on where a pipe or a terminal is closed: whoever closed it has read enough, and what is worked on may be files. That what
 * stdout leads to cannot be written for another reason, such as a full disk, is a failure.
 */
export function tolerateClosedPipes(): void {
  process.stderr.on('error', () => {}); // there is nowhere to tell it
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || (code === 'EIO' && process.stdout.isTTY)) return;
    process.exitCode = 1;
    process.stderr.write(`tuningfork: stdout: ${message}\n`);
  });
}

export class Terminal {
  private lastProgress = Number.NEGATIVE_INFINITY;
  /** Progress that is not told yet, for it was told of just before. */
  private withheld: (() => string) | undefined;

  constructor(private readonly options: TerminalOptions) {}

  /** A line for people, on stderr. */
  note(message: string): void {
    if (this.options.quiet) return;
    this.endProgress();
    process.stderr.write(`${readableLine(message)}\n`);
  }

  /** Details are to be printed. */
  get isVerbose(): boolean {
    return this.options.verbose === true && !this.options.quiet;
  }

  /** A line that replaces itself; where stderr is no terminal, one now and then. */
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

  /** Takes the progress line away. */
  private endProgress(): void {
    clearProgress();
    this.withheld = undefined;
    this.lastProgress = Number.NEGATIVE_INFINITY;
  }

  /** The command's result: text for people, or the JSON document, indented. In a log, how far it came is told before. */
  result(text: string, json: unknown, indentation = 2): void {
    if (this.withheld && !isRedrawn()) process.stderr.write(`${printable(this.withheld())}\n`);
    this.endProgress();
    const { json: isJson } = this.options;
    process.stdout.write(
      isJson ? `${JSON.stringify(json, null, indentation)}\n` : `${printableLines(text)}\n`,
    );
  }
}
