/** The pictures of a source, by GalaxyID. */
import { UserError } from '../errors.ts';
import type { FileReference } from '../files/reference.ts';
import { parseGalaxyId } from './galaxyId.ts';

/** The pictures of a folder, zip or file. */
export interface SourceImages {
  /** Path of the source. */
  readonly path: string;
  /** In the order of the listing. */
  readonly byId: ReadonlyMap<number, FileReference>;
  /** How many pictures are not named by a GalaxyID. */
  readonly ignored: number;
}

/** The GalaxyID that a picture's base name spells, `images_training_rev1/100008.jpg`. */
function imageId(name: string): number | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return parseGalaxyId(base.slice(0, base.lastIndexOf('.')));
}

/**
 * Sorts a listing by GalaxyID. Pictures with other names are counted and left out.
 *
 * @throws UserError where two pictures have the same GalaxyID, or none has one
 * @example
 * const { byId } = indexImages(path, await listSource(path));
 * byId.get(100008); // { kind: 'file', name: '100008.jpg', … }
 */
export function indexImages(path: string, references: readonly FileReference[]): SourceImages {
  const byId = new Map<number, FileReference>();
  let ignored = 0;
  for (const reference of references) {
    const id = imageId(reference.name);
    if (id === undefined) {
      ignored++;
      continue;
    }
    const before = byId.get(id);
    if (before !== undefined) {
      throw new UserError(`${path}: two pictures of galaxy ${id}: ${before.name} and ${reference.name}`);
    }
    byId.set(id, reference);
  }
  if (byId.size === 0) {
    throw new UserError(
      `${path}: expected pictures named by GalaxyID, such as 100008.jpg, got ${references[0]?.name ?? 'none'}`,
    );
  }
  return { path, byId, ignored };
}

/** A picture and what it is called in a table of predictions. */
export interface NamedImage {
  /** GalaxyID, or the file's name where it is not a GalaxyID. */
  readonly id: number | string;
  readonly image: FileReference;
}

/** The first name that is there a second time. @example nameTwice(['a', 'b', 'a']) // 'a' */
export function nameTwice(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

/**
 * All pictures of a listing: those named by a GalaxyID first, in its order, then the others by name.
 *
 * @throws UserError where two pictures have the same GalaxyID, or the same name
 * @example
 * nameImages('images', await listSource('images')); // [{ id: 100008, … }, { id: 'ngc1300.jpg', … }]
 */
export function nameImages(path: string, references: readonly FileReference[]): NamedImage[] {
  const isNumbered = ({ name }: FileReference) => imageId(name) !== undefined;
  const numbered = references.filter(isNumbered);
  const byId = numbered.length > 0 ? [...indexImages(path, numbered).byId] : [];
  const others = references.filter((reference) => !isNumbered(reference));
  const twice = nameTwice(others.map(({ name }) => name)); // as it may be in a zip
  if (twice !== undefined) throw new UserError(`${path}: two pictures are named ${twice}`);
  return [
    ...byId.sort(([a], [b]) => a - b).map(([id, image]) => ({ id, image })),
    ...others.map((image) => ({ id: image.name, image })),
  ];
}
