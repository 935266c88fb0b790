/** The batch size that `--batch auto` means. */

import { leadingAnswer } from '../tree/route.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';

/** In one of so many batches the rarest class is met. */
const BATCHES = 10;
/** Smaller batches make batch norms noisy, larger ones need much memory. */
const [SMALLEST, LARGEST] = [16, 256];

/**
 * The report's batch size: so many galaxies that the rarest leading answer to Q1 is met about once in ten batches, if all
 * classes are drawn alike. Of Kaggle's 61,578 galaxies 59 are stars or artifacts: 61,578 / 59 / 10 = 104.
 * @param galaxies vote fractions, [37] each
 * @returns 16…256, and why, for people
 * @example
 * const { batch, reason } = batchForRarestClass(galaxies.map(({ fractions }) => fractions));
 */
export function batchForRarestClass(galaxies: readonly ArrayLike<number>[]): {
  batch: number;
  reason: string;
} {
  const { start, end } = GALAXY_ZOO_2.questions[0]!;
  const counts = new Array<number>(end - start).fill(0);
  for (const fractions of galaxies) counts[leadingAnswer(GALAXY_ZOO_2, fractions, 1)]!++;
  const present = counts.flatMap((count, i) =>
    count > 0 ? [{ count, label: GALAXY_ZOO_2.columns[start + i]!.label }] : [],
  );
  const rarest = present.reduce((a, b) => (b.count < a.count ? b : a));
  const wanted = Math.round(galaxies.length / rarest.count / BATCHES);
  const batch = Math.min(Math.max(wanted, SMALLEST), LARGEST);
  const share = batch === wanted ? 'about one' : batch > wanted ? 'more than one' : 'less than one';
  const held = batch === wanted ? '' : `; held within ${SMALLEST}…${LARGEST}`;
  const reason =
    `${rarest.count} of ${galaxies.length} galaxies are of the rarest class, '${rarest.label}': ` +
    `${share} in ${BATCHES} batches has one${held}`;
  return { batch, reason };
}
