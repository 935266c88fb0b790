/** The automatic batch size. */
import type { TaskOptions } from '../events.ts';
import { leadingAnswer } from '../tree/route.ts';
import type { Tree } from '../tree/tree.ts';

/** One batch in this many has a galaxy of the rarest class. */
const BATCHES = 10;
/** Smaller batches make batch normalisation noisy; larger ones need much memory. */
const [SMALLEST, LARGEST] = [16, 256];

/**
 * The batch size by the report's rule: about one batch in ten contains a galaxy of the rarest class. A galaxy's class is its leading
 * answer to the first question. Of Kaggle's 61,578 galaxies, 59 are stars or artifacts: 61,578 / 59 / 10 = 104.
 * @param galaxies vote fractions, `[columns]` each
 * @returns 16…256, and the reason in words
 * @example
 * const { batch, reason } = batchForRarestClass(GALAXY_ZOO_2, galaxies.map(({ fractions }) => fractions));
 */
export function batchForRarestClass(
  tree: Tree,
  galaxies: readonly ArrayLike<number>[],
): { batch: number; reason: string } {
  const { start, end } = tree.questions[0]!;
  const counts = new Array<number>(end - start).fill(0);
  for (const fractions of galaxies) counts[leadingAnswer(tree, fractions, 1)]!++;
  const present = counts.flatMap((count, i) =>
    count > 0 ? [{ count, label: tree.columns[start + i]!.label }] : [],
  );
  const rarest = present.reduce((a, b) => (b.count < a.count ? b : a));
  const wanted = Math.round(galaxies.length / rarest.count / BATCHES);
  const batch = Math.min(Math.max(wanted, SMALLEST), LARGEST);
  const share = batch === wanted ? 'about one' : batch > wanted ? 'more than one' : 'less than one';
  const held = batch === wanted ? '' : `; clamped to ${SMALLEST}…${LARGEST}`;
  const reason =
    `${rarest.count} of ${galaxies.length} galaxies are of the rarest class, '${rarest.label}': ` +
    `${share} in ${BATCHES} batches has one${held}`;
  return { batch, reason };
}

/** The batch size of {@link batchForRarestClass}, which a note reports. @param galaxies with labels, before the split */
export function automaticBatch(
  tree: Tree,
  galaxies: readonly { fractions: ArrayLike<number> }[],
  { onEvent }: TaskOptions,
): number {
  const labels = galaxies.map(({ fractions }) => fractions);
  const { batch, reason } = batchForRarestClass(tree, labels);
  onEvent?.({ kind: 'note', message: `automatic batch ${batch}: ${reason}` });
  return batch;
}
