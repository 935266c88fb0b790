/**
 * A mistake of the user's (a bad file, flag or value): told in one message without a stack trace, exit code 2.
 * @example throw new UserError('--batch 0: expected 1 or more'); // UserError: --batch 0: expected 1 or more
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/**
 * A mistake at a place in a file; `line` is 1-based. The message reads `file line N: problem`.
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
 * Memory that was asked for and is not there.
 * @example throw new OutOfMemory('133 MB more were asked for'); // OutOfMemory: out of memory: 133 MB more were asked for
 */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';

  constructor(detail: string, options?: ErrorOptions) {
    super(`out of memory: ${detail}`, options);
  }
}

/** What JavaScript, Node, libvips and ONNX Runtime say when they are given no memory. */
const REFUSALS =
  /out of memory|bad_alloc|Failed to allocate memory|allocation failed|Invalid typed array length|ENOMEM|ERR_WORKER_OUT_OF_MEMORY/;

/** An error as {@link OutOfMemory} where that is what it means; else as it is. */
export function asOutOfMemory(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof OutOfMemory) return error;
  const { message, code = '' } = error as Error & { code?: string };
  if (!REFUSALS.test(`${message} ${code}`)) return error;
  const [, bytes] = /requested buffer of size (\d+)/.exec(message) ?? [];
  const isOnnxRuntimes = /onnxruntime|bad_alloc/.test(message);
  const asked =
    bytes === undefined
      ? 'ONNX Runtime was given no more'
      : `${(Number(bytes) / 1e6).toFixed(0)} MB more were asked for`;
  return new OutOfMemory(isOnnxRuntimes ? asked : message, { cause: error });
}

/** The system's codes for what it lacks itself: file descriptors, memory, threads, a disk that answers. */
const LACKS: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EIO']);

/**
 * Whether the system refused a file for want of something of its own. That says nothing of the file, which must not be left out
 * for it.
 */
export function isSystemFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return LACKS.has((error as Error & { code?: string }).code) || isSystemFailure(error.cause);
}
