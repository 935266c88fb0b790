/** The pictures of a source, by ID. */
import { UserError } from '../errors.ts';
import { type FileReference, IMAGE_EXTENSIONS } from '../files/reference.ts';
import { compareIds } from './ids.ts';

/** A picture file and the galaxy that it shows. */
export interface NamedImage {
  readonly id: string;
  readonly image: FileReference;
}

function imageId({ name }: FileReference): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const extension = IMAGE_EXTENSIONS.find((each) => base.toLowerCase().endsWith(each)) ?? '';
  return base.slice(0, base.length - extension.length);
}

/**
 * Names the pictures of a listing by ID, the file name without folder and extension, and sorts them by it.
 * @throws UserError if two pictures have the same ID
 */
export function nameImages(path: string, references: readonly FileReference[]): NamedImage[] {
  const byId = new Map<string, FileReference>();
  for (const image of references) {
    const id = imageId(image);
    const before = byId.get(id);
    if (before !== undefined) {
      const both =
        before.name === image.name
          ? `are named ${image.name}`
          : `of galaxy ${id}: ${before.name} and ${image.name}`;
      throw new UserError(`${path}: two pictures ${both}`);
    }
    byId.set(id, image);
  }
  return Array.from(byId, ([id, image]) => ({ id, image })).sort((a, b) => compareIds(a.id, b.id));
}
