/** The pictures of a source, by ID. */
import { UserError } from '../errors.ts';
import { type FileReference, IMAGE_EXTENSIONS } from '../files/reference.ts';
import type { ImageReference } from '../picture/batch.ts';
import { compareIds } from './ids.ts';

/** A picture and the galaxy that it shows. */
export interface GalaxyImage<Image extends ImageReference = ImageReference> {
  readonly id: string;
  readonly image: Image;
}

/** The ID of a picture's galaxy: that of a list, or else the file name without folder and extension. */
export const imageId = ({ name, id }: FileReference): string => id ?? pictureName(name);

/** A picture's file name without folder and extension. @example pictureName('dr7/5877.jpg') // '5877' */
export function pictureName(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const extension = IMAGE_EXTENSIONS.find((each) => base.toLowerCase().endsWith(each)) ?? '';
  return base.slice(0, base.length - extension.length);
}

/**
 * The pictures of a listing, sorted by ID. The ID is that of a list, or else the file name without folder and extension.
 * @throws UserError if two pictures have the same ID
 */
export function nameImages(path: string, references: readonly FileReference[]): GalaxyImage<FileReference>[] {
  const byId = new Map<string, FileReference>();
  for (const image of references) {
    const id = imageId(image);
    const before = byId.get(id);
    if (before !== undefined) {
      const both =
        before.name === image.name && before.id === undefined
          ? `are named ${image.name}`
          : `of galaxy ${id}: ${before.name} and ${image.name}`;
      throw new UserError(`${path}: two pictures ${both}`);
    }
    byId.set(id, image);
  }
  const images = Array.from(byId, ([id, image]) => ({ id, image }));
  // Pictures of a Parquet file stay in its order: they are read by row group.
  const isStored = images.some(({ image }) => image.kind === 'parquet');
  return isStored ? images : images.sort((a, b) => compareIds(a.id, b.id));
}
