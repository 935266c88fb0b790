/** How much a table's labels count, as `--solutions teacher.csv:0.5` says it. */
import { UserError } from '../errors.ts';

/** A table and what its labels weigh. */
export interface WeightedTable {
  readonly path: string;
  /** Finite and greater than 0; 1 where none is given. */
  readonly weight: number;
}

/** What is meant as a number, whether or not it can be a weight: `-1` and `NaN` are refused rather than sought as files. */
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?|nan)$/i;

/**
 * Reads `PATH` or `PATH:WEIGHT`. A path that exists just as it is written is that path, whatever its name ends in; the
 * colon of `C:\sky.csv` has no number behind it and stays in the path.
 *
 * @param exists tells whether there is something at a path
 * @throws UserError where the weight is not a number, not finite or not greater than 0
 * @example
 * parseWeightedTable('teacher.csv:0.5', existsSync); // { path: 'teacher.csv', weight: 0.5 }
 */
export function parseWeightedTable(text: string, exists: (path: string) => boolean): WeightedTable {
  const colon = text.lastIndexOf(':');
  if (colon === -1 || exists(text)) return { path: text, weight: 1 };
  const [path, behind] = [text.slice(0, colon), text.slice(colon + 1)];
  const refuse = (problem: string) => new UserError(`--solutions ${text}: ${problem}`);
  if (!NUMBER.test(behind)) {
    if (exists(path)) throw refuse(`expected a weight behind the colon, got '${behind}'`);
    return { path: text, weight: 1 };
  }
  if (path === '') throw refuse('expected a table before the colon, got none');
  const weight = Number(behind);
  if (!Number.isFinite(weight)) throw refuse(`expected a finite weight, got ${behind}`);
  if (weight <= 0) throw refuse(`expected a weight greater than 0, got ${behind}`);
  return { path, weight };
}
