/** A table with a weight, `teacher.csv:0.5`. */
import { OptionError } from '../errors.ts';

/** Anything meant as a number, so that `-1` and `NaN` are refused as weights rather than sought as files. */
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?|nan)$/i;

/**
 * Reads `PATH` or `PATH:WEIGHT`. A path that exists as a whole has no weight, whatever its name ends in; nor has
 * `C:\sky.csv`, as no number follows the colon.
 * @throws OptionError if the weight is not a number, not finite or not greater than 0
 * @example parseWeightedTable('teacher.csv:0.5', existsSync) // { path: 'teacher.csv', weight: 0.5 }
 */
export function parseWeightedTable(
  text: string,
  exists: (path: string) => boolean,
): { path: string; weight: number } {
  const colon = text.lastIndexOf(':');
  if (colon === -1 || exists(text)) return { path: text, weight: 1 };
  const [path, behind] = [text.slice(0, colon), text.slice(colon + 1)];
  const refuse = (problem: string) => new OptionError('solutions', problem, text);
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
