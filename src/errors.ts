/** A mistake of the user's (a bad file, flag or value): told in one message without a stack trace, exit code 2. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** A mistake at a place in a file; `line` is 1-based. The message reads `file line N: problem`. */
export class LocatedError extends UserError {
  constructor(
    readonly file: string,
    readonly line: number,
    problem: string,
  ) {
    super(`${file} line ${line}: ${problem}`);
  }
}
