/** The longest message, in characters: messages may quote files. */
const LONGEST_MESSAGE = 2000;

/** Control characters, line ends, lone surrogates and marks of writing direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * A text, cut if it is too long for a message.
 * @example shorten('aaaaaaaa', 3) // 'aaa…'
 */
export function shorten(text: string, most = 40): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/**
 * Lists the first names and the number of the others.
 * @example enumerate(['a', 'b', 'c', 'd'], 2) // 'a, b and 2 more'
 */
export function enumerate(names: readonly string[], most = 4): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}

/**
 * The number of further faults, as the end of a message; nothing if there are none.
 * @example andMore(2, 'cell is no number', 'cells are no numbers') // '; 2 more cells are no numbers'
 */
export const andMore = (count: number, one: string, several: string): string =>
  count > 0 ? `; ${count} more ${count === 1 ? one : several}` : '';

/**
 * A value as short JSON for a message.
 * @example inWords([1, 'two']) // '[1,"two"]'
 */
export function inWords(value: unknown): string {
  try {
    return shorten(JSON.stringify(value) ?? 'nothing', 80);
  } catch {
    return 'a value nested too deeply'; // RangeError: stack overflow
  }
}

/**
 * A text whose control characters are escaped, so that it cannot control a terminal. Names of files, columns and tensors are
 * untrusted.
 * @example printable('\u001b[2J.jpg') // '\\u001b[2J.jpg'
 */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Replaces the middle of a text that is too long by `…`. */
const cut = (text: string) => {
  const half = LONGEST_MESSAGE / 2;
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, half)} … ${text.slice(-half)}` : text;
};

/**
 * A message as one line for a terminal; a long one is cut in the middle.
 * @example readableLine('a\nb') // 'a\\u000ab'
 */
export const readableLine = (message: string): string => cut(printable(cut(message)));

/**
 * The cause of a UserError: `option`: a wrong option; `file`: a file that cannot be read or written; `data`: wrong content of a
 * file; `pictures`: unreadable pictures; `memory`: too little memory; `device`: a missing device; `locked`: another process works
 * in the folder.
 */
export type ErrorCode = 'option' | 'file' | 'data' | 'pictures' | 'memory' | 'device' | 'locked';

/**
 * An error that the user can fix. The command line prints its message in one line and exits with 2. Control characters are
 * escaped and long messages cut; see `readableLine`.
 * @example
 * throw new UserError('galaxies.csv: has no rows'); // UserError: galaxies.csv: has no rows
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly code: ErrorCode;

  /** @param code default: `data` */
  constructor(message: string, { code = 'data', ...options }: ErrorOptions & { code?: ErrorCode } = {}) {
    super(readableLine(message), options);
    this.code = code;
  }
}

/**
 * A wrong option. `option` is its path: `learningRate` or `layers.0`. The message reads `option value: problem`. The
 * command line replaces the option, and options in backticks in the problem, with their flags.
 * @example
 * throw new OptionError('warmup', 'longer than the 24 epochs', 30);
 * // UserError: warmup 30: longer than the 24 epochs
 */
export class OptionError extends UserError {
  constructor(
    readonly option: string,
    readonly problem: string,
    readonly value?: unknown,
    { code = 'option', ...options }: ErrorOptions & { code?: ErrorCode } = {},
  ) {
    super(`${option}${value === undefined ? '' : ` ${value}`}: ${problem}`, { code, ...options });
  }
}

/**
 * Wrong content of a file; `line` is counted from 1. The message reads `file line N: problem`.
 * @example
 * throw new LocatedError('solutions.csv', 812, 'Class7.2: expected 0…1, got 1.3');
 * // UserError: solutions.csv line 812: Class7.2: expected 0…1, got 1.3
 */
export class LocatedError extends UserError {
  constructor(
    readonly file: string,
    readonly line: number,
    problem: string,
  ) {
    super(`${file} line ${line}: ${problem}`);
  }
}

/**
 * The machine is out of memory.
 * @example new OutOfMemory('133 MB more were requested').message // 'out of memory: 133 MB more were requested'
 */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';

  constructor(
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`out of memory: ${detail}`, options);
  }
}

/** Messages of JavaScript, Node, zlib and ONNX Runtime when memory runs out. */
const REFUSALS =
  /bad_alloc|Failed to allocate memory|allocation failed|Invalid typed array length|ENOMEM|ERR_WORKER_OUT_OF_MEMORY|Z_MEM_ERROR/;

/** Turns an error that means lack of memory into {@link OutOfMemory}; returns others unchanged. */
export function asOutOfMemory(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof OutOfMemory || error instanceof UserError) return error;
  const { message, code = '' } = error as Error & { code?: string };
  if (!REFUSALS.test(`${message} ${code}`)) return error;
  const [, bytes] = /requested buffer of size (\d+)/.exec(message) ?? [];
  const isOnnxRuntimes = /onnxruntime|bad_alloc/.test(message);
  const asked =
    bytes === undefined
      ? 'ONNX Runtime could not allocate more'
      : `${(Number(bytes) / 1e6).toFixed(0)} MB more were requested`;
  return new OutOfMemory(isOnnxRuntimes ? asked : message, { cause: error });
}
