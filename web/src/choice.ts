/** Which galaxies are shown, and in which order. */
import { hasIntervals, intervalsOf } from '../../src/model/intervals.ts';
import { type AnswerIntervals, LEVELS } from '../../src/model/posterior.ts';
import { PICTURE_FLAG_NAMES, type PictureFlag } from '../../src/picture/flags.ts';
import { leadingRoute, routeProbability } from '../../src/tree/route.ts';
import type { Tree } from '../../src/tree/tree.ts';
import type { GalaxyRecord, ModelView } from './protocol.ts';

export interface Choice {
  /** Part of the ID or the file's name. */
  readonly text: string;
  /** Index of a column: galaxies with this answer on their leading route. */
  readonly answer?: number;
  /** Only galaxies with this flag; `none`: without flags. */
  readonly flag?: PictureFlag | 'none';
  readonly sort: 'newest' | 'id' | 'uncertain' | 'certain' | 'answer';
}

export const ALL: Choice = { text: '', sort: 'newest' };

/** The probability of the leading route; the less certain, the lower. */
export const certainty = (tree: Tree, { fractions }: GalaxyRecord): number =>
  routeProbability(tree, leadingRoute(tree, fractions), fractions);

export function chosenGalaxies(
  tree: Tree,
  galaxies: readonly GalaxyRecord[],
  { text, answer, flag, sort }: Choice,
): GalaxyRecord[] {
  const needle = text.trim().toLowerCase();
  const chosen = galaxies.filter(
    ({ id, name, fractions, flags }) =>
      (needle === '' || id.toLowerCase().includes(needle) || name.toLowerCase().includes(needle)) &&
      (answer === undefined || leadingRoute(tree, fractions).some(({ index }) => index === answer)) &&
      (flag === undefined || (flag === 'none' ? flags.length === 0 : flags.includes(flag))),
  );
  const by = (key: (galaxy: GalaxyRecord) => number) => {
    const keys = new Map(chosen.map((galaxy) => [galaxy, key(galaxy)]));
    return chosen.sort((a, b) => keys.get(a)! - keys.get(b)!);
  };
  if (sort === 'newest') return by(({ order }) => -order);
  if (sort === 'uncertain') return by((galaxy) => certainty(tree, galaxy));
  if (sort === 'certain') return by((galaxy) => -certainty(tree, galaxy));
  if (sort === 'answer' && answer !== undefined) return by(({ fractions }) => -fractions[answer]!);
  return chosen.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** The flags that occur. */
export const flagsOf = (galaxies: readonly GalaxyRecord[]): PictureFlag[] =>
  PICTURE_FLAG_NAMES.filter((flag) => galaxies.some(({ flags }) => flags.includes(flag)));

const widest = new WeakMap<GalaxyRecord, AnswerIntervals>();

/** The widest interval of a prediction, 95 %; undefined if the model gives none. */
export function widestIntervals(
  model: ModelView,
  tree: Tree,
  galaxy: GalaxyRecord,
): AnswerIntervals | undefined {
  if (!hasIntervals(model)) return undefined;
  const known = widest.get(galaxy);
  if (known) return known;
  const intervals = intervalsOf({ tree, conformal: model.conformal }, galaxy);
  const found = intervals.fractions.find(({ level }) => level === LEVELS.at(-1));
  if (found) widest.set(galaxy, found);
  return found;
}
