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
