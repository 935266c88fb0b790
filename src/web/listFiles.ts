/** Lists the pictures among the files, folders and zips that a page was given. */
import { compareIds } from '../data/ids.ts';
import { extensionsOf, type GalaxyImage, nameImages, type PictureOptions } from '../data/images.ts';
import { UserError } from '../errors.ts';
import { isHidden } from '../files/path.ts';
import {
  type BlobFile,
  type FileReference,
  isPictureName,
  type PictureFile,
  referenceLabel,
} from '../files/reference.ts';
import { bytesRefused, rawRefused } from '../picture/fillBatch.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import type { UnreadPicture } from '../picture/unreadable.ts';
import { listZip } from './zipDirectory.ts';

/** A `File` of a picker. */
export interface PickedFile extends Blob {
  readonly name: string;
  /** Its path within a folder that was picked; else empty. */
  readonly webkitRelativePath?: string;
}

/** The pictures that a page was given. */
export interface FileListing {
  /** Sorted by ID. Their files are read when they are needed. */
  galaxies: GalaxyImage<PictureFile>[];
  /** Files that cannot be used, and the reasons: encrypted ones, damaged zips, a second picture of a galaxy. */
  failures: UnreadPicture[];
  /** Names of the other files, except hidden ones; see `describeSkipped`. */
  skipped: string[];
}

const isZip = (name: string) => name.toLowerCase().endsWith('.zip');

/** The name of a picture, with that of its archive. */
const labelOf = (picture: PictureFile) => (picture.kind === 'bands' ? picture.name : referenceLabel(picture));

/**
 * Lists pictures. Zips are searched whole; their entries are read in place. A file that cannot be used does not affect the others.
 * @param files of a picker, or those of `filesOfDrop`
 * @param options how they are read; `frames` are those of the model
 * @throws OptionError for an option without effect, or a wrong `bandFiles`
 * @example
 * const notes = new File(['round'], 'notes.txt');
 * (await listFiles([notes, new File(['…'], '100008.jpg')])).galaxies.map(({ id }) => id) // ['100008']
 */
export async function listFiles(
  files: readonly (PickedFile | BlobFile)[],
  options: Omit<PictureOptions, 'idColumn' | 'hasLabels'> = {},
): Promise<FileListing> {
  const { frames = DEFAULT_PREPROCESSING } = options;
  const failures: UnreadPicture[] = [];
  const skipped: string[] = [];
  const pictures: FileReference[] = [];
  const isSuitable = (name: string) =>
    extensionsOf(frames, options.shown).some((extension) => name.toLowerCase().endsWith(extension));

  const add = (file: FileReference) => {
    if (isSuitable(file.name)) pictures.push(file);
    else {
      const name = referenceLabel(file);
      const { reason, options } = frames.stretch === undefined ? rawRefused(name) : bytesRefused(name);
      failures.push({ name, reason, options });
    }
  };

  const addZip = async (zip: BlobFile) => {
    const isWanted = (name: string) => {
      if (isHidden(name)) return false;
      if (!isPictureName(name)) skipped.push(`${zip.name}:${name}`);
      return isPictureName(name);
    };
    try {
      const listing = await listZip(zip, isWanted);
      failures.push(...listing.failures);
      for (const file of listing.files) add(file);
    } catch (error) {
      const { message } = error as Error;
      const reason =
        error instanceof UserError
          ? message.replace(`${zip.name}: `, '')
          : `cannot be read as a zip: ${message}`;
      failures.push({ name: zip.name, reason });
    }
  };

  for (const given of files) {
    const file: BlobFile =
      'blob' in given ? given : { kind: 'blob', name: given.webkitRelativePath || given.name, blob: given };
    if (isHidden(file.name)) continue;
    if (isZip(file.name)) await addZip(file);
    else if (isPictureName(file.name)) add(file);
    else skipped.push(file.name);
  }
  const onSkipped = (names: readonly string[]) => skipped.push(...names);
  const onRepeated = (picture: PictureFile, reason: string) =>
    failures.push({ name: labelOf(picture), reason });
  if (pictures.length === 0) return { galaxies: [], failures, skipped };
  const galaxies = nameImages('the given files', pictures, options, { onSkipped, onRepeated });
  return { galaxies: galaxies.sort((a, b) => compareIds(a.id, b.id)), failures, skipped };
}
