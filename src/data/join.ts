/** Solutions and pictures of several sources become one catalogue. */
import { UserError } from '../errors.ts';
import type { FileReference } from '../files/reference.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { SourceImages } from './images.ts';
import type { Solutions } from './solutions.ts';

/** A galaxy with its votes and its picture. */
export interface Galaxy {
  readonly id: number;
  /** Weighted vote fractions `[37]`. */
  readonly fractions: Float64Array;
  readonly image: FileReference;
  /** How much its votes count in training: the weight of its source. */
  readonly weight: number;
  /** Index into {@link Catalogue.sources}. */
  readonly source: number;
}

/** What came of one pair of solutions and pictures. */
export interface CatalogueSource {
  readonly solutions: string;
  readonly images: string;
  /** How much the votes of this table count; 1 unless it was given one. */
  readonly weight: number;
  /** Galaxies with both. */
  readonly galaxies: number;
  readonly rowsWithoutImage: number;
  /** Pictures that no row asks for, in any of the sources that share these pictures. */
  readonly imagesWithoutRow: number;
  /** Pictures that are not named by a GalaxyID. */
  readonly ignoredImages: number;
}

/** Labelled galaxies with pictures, sorted by GalaxyID. */
export interface Catalogue {
  readonly galaxies: readonly Galaxy[];
  readonly sources: readonly CatalogueSource[];
}

/** A source as read: a table and the pictures that belong to it. */
export interface LabelledImages {
  readonly solutions: Solutions;
  readonly images: SourceImages;
  /** How much the table's votes count, finite and greater than 0. Default 1. */
  readonly weight?: number;
}

/**
 * Joins rows with pictures by GalaxyID, source by source. Rows without a picture and pictures without a row are counted,
 * not refused, even where one source of several has no match at all. Sources may share one {@link SourceImages}.
 *
 * @throws UserError where two sources label the same galaxy, or no row has a picture
 * @example
 * const { galaxies, sources } = joinCatalogue([{ solutions, images }]);
 */
export function joinCatalogue(labelled: readonly LabelledImages[]): Catalogue {
  const galaxies: Galaxy[] = [];
  const labelledBy = new Map<number, number>();
  const matched = labelled.map(({ solutions, images, weight = 1 }, source) => {
    const before = galaxies.length;
    solutions.ids.forEach((id, row) => {
      const other = labelledBy.get(id);
      if (other !== undefined) {
        const { file } = labelled[other]!.solutions;
        throw new UserError(`galaxy ${id} is labelled twice: by ${file} and by ${solutions.file}`);
      }
      labelledBy.set(id, source);
      const image = images.byId.get(id);
      if (image === undefined) return;
      const fractions = solutions.fractions.slice(
        row * GALAXY_ZOO_2.columns.length,
        (row + 1) * GALAXY_ZOO_2.columns.length,
      );
      galaxies.push({ id, fractions, image, weight, source });
    });
    return galaxies.length - before;
  });
  if (galaxies.length === 0) {
    const pairs = labelled.map(({ solutions, images }) => `${solutions.file} with ${images.path}`).join('; ');
    throw new UserError(`no row of the solutions has its picture: ${pairs}`);
  }
  const sources = labelled.map(({ solutions, images, weight = 1 }, source) => ({
    solutions: solutions.file,
    images: images.path,
    weight,
    galaxies: matched[source]!,
    rowsWithoutImage: solutions.ids.length - matched[source]!,
    // No galaxy is labelled twice, so the matches of the sources that share these pictures add up.
    imagesWithoutRow:
      images.byId.size - matched.reduce((sum, n, i) => (labelled[i]!.images === images ? sum + n : sum), 0),
    ignoredImages: images.ignored,
  }));
  return { galaxies: galaxies.sort((a, b) => a.id - b.id), sources };
}

/**
 * One line for people: what was found and what was left out.
 *
 * @example
 * catalogue.sources.map(describeSource);
 * // such as ['solutions.csv with images: 150 galaxies (696 rows without image, 2558 images without row)']
 */
export function describeSource(source: CatalogueSource): string {
  const leftOut = [
    [source.rowsWithoutImage, 'rows without image'],
    [source.imagesWithoutRow, 'images without row'],
    [source.ignoredImages, 'images not named by a GalaxyID'],
  ].filter(([count]) => count !== 0);
  const weight = source.weight === 1 ? '' : `, weight ${source.weight}`;
  const note = leftOut.length > 0 ? ` (${leftOut.map((pair) => pair.join(' ')).join(', ')})` : '';
  return `${source.solutions} with ${source.images}: ${source.galaxies} galaxies${weight}${note}`;
}
