/** Lines of a submission, in the format of Kaggle's own `central_pixel_benchmark.csv`: CRLF behind every line. */
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';

/** A galaxy's predicted weighted vote fractions `[37]`. */
export interface Prediction {
  /** GalaxyID; the file's name for a picture that has none. */
  readonly id: number | string;
  readonly fractions: ArrayLike<number>;
}

/** The first line of a submission. */
export const SUBMISSION_HEADER = `${['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',')}\r\n`;

/**
 * The shortest decimal that reads back as the same float32. Six digits survive the way through a float32, so that if
 * fewer than seven are enough, rounding to six finds them; nine are always enough.
 *
 * @example
 * shortestFloat32(Math.fround(0.1)); // '0.1', where String gives '0.10000000149011612'
 */
export function shortestFloat32(value: number): string {
  const target = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(target.toPrecision(digits));
    if (Math.fround(short) === target) return String(short);
  }
  return String(Number(target.toPrecision(9)));
}

/**
 * One line of a submission. Fractions are rounded to float32.
 *
 * @throws RangeError where there are not 37, or one is not finite or beyond 0…1 as a float32; it names galaxy and column
 * @example
 * submissionLine({ id: 100018, fractions }); // '100018,0.4684812,0.506185,…\r\n'
 */
export function submissionLine({ id, fractions }: Prediction): string {
  if (fractions.length !== GALAXY_ZOO_2.columns.length) {
    throw new RangeError(
      `galaxy ${id}: expected ${GALAXY_ZOO_2.columns.length} fractions, got ${fractions.length}`,
    );
  }
  let line = typeof id === 'string' && /[",\r\n]/.test(id) ? `"${id.replaceAll('"', '""')}"` : String(id);
  for (let column = 0; column < GALAXY_ZOO_2.columns.length; column++) {
    const value = Math.fround(fractions[column]!);
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(
        `galaxy ${id}: ${GALAXY_ZOO_2.columns[column]!.name}: expected 0…1, got ${fractions[column]}`,
      );
    }
    line += `,${shortestFloat32(value)}`;
  }
  return `${line}\r\n`;
}
