/** Parses a table with a weight, `teacher.csv:0.5`. */
import { OptionError } from '../errors.ts';

/** Anything that looks like a number, so that `-1` and `NaN` are bad weights and not parts of a path. */
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?|nan)$/i;

/**
 * Parses `PATH` or `PATH:WEIGHT`. If the whole text is an existing path, it has no weight, whatever its ending.
 * `C:\sky.csv` has none either: no number follows the colon.
 * @throws OptionError if the weight is not a number, not finite or not greater than 0
 * @example parseWeightedTable('teacher.csv:0.5', existsSync) // { path: 'teacher.csv', weight: 0.5 }
 */
export function parseWeightedTable(
  text: string,
  exists: (path: string) => boolean,
): { path: string; weight: number } {
  const colon = text.lastIndexOf(':');
  if (colon === -1 || exists(text)) return { path: text, weight: 1 };
  const [path, after] = [text.slice(0, colon), text.slice(colon + 1)];
  const refuse = (problem: string) => new OptionError('solutions', problem, text);
  if (!NUMBER.test(after)) {
    if (exists(path)) throw refuse(`expected a weight after the colon, got '${after}'`);
    return { path: text, weight: 1 };
  }
  if (path === '') throw refuse('expected a table before the colon, got none');
  const weight = Number(after);
  if (!Number.isFinite(weight)) throw refuse(`expected a finite weight, got ${after}`);
  if (weight <= 0) throw refuse(`expected a weight greater than 0, got ${after}`);
  return { path, weight };
}
