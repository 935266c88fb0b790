/** Joins tables of vote fractions with pictures into one catalogue. */
import { enumerate, UserError } from '../errors.ts';
import type { PictureFile } from '../files/reference.ts';
import { compareIds } from './ids.ts';
import type { GalaxyImage } from './images.ts';
import type { LabelledGalaxy } from './labels.ts';
import { describeReading, type TableReading } from './tableReading.ts';
import type { Solutions } from './votes.ts';

/** A galaxy with its votes and its picture; its weight is that of its table. */
export interface Galaxy extends LabelledGalaxy<PictureFile> {
  /** Index into {@link Catalogue.sources}. */
  readonly source: number;
}

/** Counts of one table and its pictures. */
export interface CatalogueSource {
  readonly solutions: string;
  readonly images: string;
  readonly weight: number;
  /** Galaxies with both. */
  readonly galaxies: number;
  /** IDs of the rows without a picture. */
  readonly rowsWithoutImage: readonly string[];
  /** Pictures without a row in any of the tables that share these pictures. */
  readonly imagesWithoutRow: number;
  /** How the table was understood. */
  readonly reading?: TableReading;
}

/** Labelled galaxies with pictures, sorted by ID. */
export interface Catalogue {
  readonly galaxies: readonly Galaxy[];
  readonly sources: readonly CatalogueSource[];
}

/** A table and the pictures of its galaxies. */
interface LabelledImages {
  readonly solutions: Solutions;
  /** Several tables may share one array. */
  readonly images: readonly GalaxyImage<PictureFile>[];
  /** Path of the pictures, for messages. */
  readonly folder: string;
  /** Weight of the table's votes in training, greater than 0. Default 1. */
  readonly weight?: number;
}

/**
 * Joins rows with pictures by ID, table by table. Rows without a picture and pictures without a row are counted. A table may
 * have no match at all if another has some.
 * @throws UserError if two tables label the same galaxy, or no row has a picture
 */
export function joinCatalogue(labelled: readonly LabelledImages[]): Catalogue {
  const galaxies: Galaxy[] = [];
  const fileOf = new Map<string, string>();
  const byId = new Map(
    labelled.map(({ images }) => [images, new Map(images.map(({ id, image }) => [id, image]))]),
  );
  const matched = labelled.map(({ solutions, images, weight = 1 }, source) => {
    const before = galaxies.length;
    const without: string[] = [];
    const columns = solutions.fractions.length / solutions.ids.length;
    solutions.ids.forEach((id, row) => {
      const other = fileOf.get(id);
      if (other !== undefined) {
        throw new UserError(`galaxy ${id} is labelled twice: by ${other} and by ${solutions.file}`);
      }
      fileOf.set(id, solutions.file);
      const image = byId.get(images)!.get(id);
      if (image === undefined) {
        without.push(id);
        return;
      }
      const cells = (values: Float64Array) => values.slice(row * columns, (row + 1) * columns);
      const counts = solutions.counts && cells(solutions.counts);
      galaxies.push({
        id,
        fractions: cells(solutions.fractions),
        ...(counts && { counts }),
        image,
        weight,
        source,
      });
    });
    return { count: galaxies.length - before, without };
  });
  if (galaxies.length === 0) {
    const pairs = labelled.map(({ solutions, folder }) => `${solutions.file} with ${folder}`).join('; ');
    const { solutions, images } = labelled[0]!;
    const sample = `IDs such as ${solutions.ids[0]} and pictures such as ${images[0]?.image.name}`;
    throw new UserError(`no row of the solutions has its picture: ${pairs}; ${sample}`);
  }
  const sources = labelled.map(({ solutions, images, folder, weight = 1 }, source) => ({
    solutions: solutions.file,
    images: folder,
    weight,
    reading: solutions.reading,
    galaxies: matched[source]!.count,
    rowsWithoutImage: matched[source]!.without,
    // No galaxy is labelled twice, so the matches of the tables that share these pictures add up.
    imagesWithoutRow:
      images.length -
      matched.reduce((sum, { count }, i) => (labelled[i]!.images === images ? sum + count : sum), 0),
  }));
  return { galaxies: galaxies.sort((a, b) => compareIds(a.id, b.id)), sources };
}

/**
 * Lines with the counts of a table and its pictures; rows without a picture have a line of their own.
 * @example
 * catalogue.sources.flatMap(describeSource);
 * // such as ['a.csv with images: 1 galaxies', '2 of 3 rows of a.csv have no picture in images: 7, 8']
 */
export function describeSource(source: CatalogueSource): string[] {
  const { solutions, images, galaxies, weight, rowsWithoutImage: rows, imagesWithoutRow } = source;
  const weighted = weight === 1 ? '' : `, weight ${weight}`;
  const others = imagesWithoutRow === 0 ? '' : ` (${imagesWithoutRow} images without row)`;
  const count = `${rows.length} of ${rows.length + galaxies} rows of ${solutions}`;
  const verb = rows.length === 1 ? 'has' : 'have';
  return [
    `${solutions} with ${images}: ${galaxies} galaxies${weighted}${others}`,
    ...(rows.length === 0 ? [] : [`${count} ${verb} no picture in ${images}: ${enumerate(rows, 3)}`]),
  ];
}

/** Lines about each table: how it was understood, and its pictures. */
export const describeCatalogue = ({ sources }: Catalogue): string[] =>
  sources.flatMap((source) => [
    ...(source.reading ? [describeReading(source.solutions, source.reading)] : []),
    ...describeSource(source),
  ]);
