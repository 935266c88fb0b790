/** The pictures of a source, by ID. */
import { enumerate, OptionError, UserError } from '../errors.ts';
import { baseName } from '../files/path.ts';
import {
  type BandFiles,
  FITS_EXTENSIONS,
  type FileReference,
  IMAGE_EXTENSIONS,
  type PictureFile,
  RAW_EXTENSIONS,
  type Reading,
} from '../files/reference.ts';
import type { ImageReference } from '../picture/batch.ts';
import { DEFAULT_PREPROCESSING, type FrameSettings } from '../picture/preprocessing.ts';
import { resolveStretch, usualBands } from '../picture/stretch.ts';

/** A picture and the galaxy that it shows. */
export interface GalaxyImage<Image extends ImageReference = ImageReference> {
  readonly id: string;
  readonly image: Image;
}

/** How the pictures of a source are read. */
export interface PictureOptions extends Reading {
  /** Default: RGB of 8 bits. */
  readonly frames?: FrameSettings;
  /** The pattern of the names of files with one band each, such as `{name}_{band}.fits`. */
  readonly bandFiles?: string;
  /** The column of IDs of a table that lists pictures. Default: one with a usual name. */
  readonly idColumn?: string;
  /** `idColumn` is that of a table of labels, which a list of pictures may lack. */
  readonly hasLabels?: boolean;
}

const EXTENSIONS: readonly string[] = [...IMAGE_EXTENSIONS, ...RAW_EXTENSIONS];

/** The ID of a picture's galaxy: that of a list, or else the file name without folder and extension. */
export const imageId = ({ name, id }: FileReference): string => id ?? pictureName(name);

/** A picture's file name without folder and extension. @example pictureName('dr7/5877.fits.fz') // '5877' */
export function pictureName(name: string): string {
  const base = baseName(name);
  const extension = EXTENSIONS.find((each) => base.toLowerCase().endsWith(each)) ?? '';
  return base.slice(0, base.length - extension.length);
}

/**
 * The extensions of pictures that suit frames: raw values with a stretch, else 8 bits.
 * @param shown the stretch by which FITS is shown in 8 bits, if it is
 */
export const extensionsOf = ({ stretch }: FrameSettings, shown?: string): readonly string[] =>
  stretch !== undefined
    ? RAW_EXTENSIONS
    : shown === undefined
      ? IMAGE_EXTENSIONS
      : [...IMAGE_EXTENSIONS, ...FITS_EXTENSIONS];

/** The extension of a file's name, with the dot; empty if there is none. */
const extensionOf = (base: string) => (base.lastIndexOf('.') > 0 ? base.slice(base.lastIndexOf('.')) : '');

/** The kind of a skipped file: its extension, and the one before it if the file is compressed. */
function kindOf(name: string): string {
  const base = baseName(name);
  const extension = extensionOf(base);
  const isPacked = /^\.(?:gz|bz2|z|xz|fz)$/i.test(extension);
  const before = isPacked ? extensionOf(base.slice(0, -extension.length)) : '';
  return extension === '' ? 'without extension' : `${before}${extension}`;
}

/**
 * A line about files that are skipped, by kind.
 * @example describeSkipped(['a.fits.Z', 'b.svg', 'c.svg']) // '3 files skipped: 1 .fits.Z, 2 .svg'
 */
export function describeSkipped(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(kindOf(name), (counts.get(kindOf(name)) ?? 0) + 1);
  const kinds = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${count} ${kind}`);
  return `${names.length} ${names.length === 1 ? 'file' : 'files'} skipped: ${enumerate(kinds, 8)}`;
}

/** @throws OptionError for an option that has no effect on pictures of these frames */
export function checkPictureOptions(
  { hdu, bandFiles, pixelScale, shown }: PictureOptions,
  { stretch, field }: FrameSettings,
): void {
  if (stretch !== undefined && shown !== undefined)
    throw new OptionError('stretch', 'has no effect: the network has a stretch of its own', shown);
  if (shown !== undefined) resolveStretch(shown, usualBands(shown));
  const ignored = Object.entries({ hdu, bandFiles }).find(([, value]) => value !== undefined);
  if (stretch === undefined && shown === undefined && ignored)
    throw new OptionError(
      ignored[0],
      'has no effect on pictures of 8 bits, which have no stretch',
      ignored[1],
    );
  if (field === undefined && pixelScale !== undefined)
    throw new OptionError('pixelScale', 'has no effect: frames have no field in arcsec', pixelScale);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A regular expression for the names of files with one band each. @throws OptionError */
function bandPattern(pattern: string, bands: readonly string[]): RegExp {
  const parts = pattern.split(/(\{name\}|\{band\})/);
  const [name, band] = ['{name}', '{band}'].map((each) => parts.filter((part) => part === each).length);
  if (name !== 1 || band !== 1) {
    throw new OptionError(
      'bandFiles',
      'expected {name} and {band} once each, as in {name}_{band}.fits',
      pattern,
    );
  }
  const expressions: Record<string, string> = {
    '{name}': '(?<name>.+)',
    '{band}': `(?<band>${bands.map(escaped).join('|')})`,
  };
  return new RegExp(`^${parts.map((part) => expressions[part] ?? escaped(part)).join('')}$`);
}

/** What to do with files of a listing that cannot be used. */
export interface ListingEvents {
  /** Called with the names of files that do not match `bandFiles`. Default: they are skipped silently. */
  onSkipped?(names: readonly string[]): void;
  /** Called with a file whose place is taken, and the reason; it is left out. Default: throws a UserError. */
  onRepeated?(file: PictureFile, reason: string): void;
}

/** Pictures whose bands have a file each. @throws OptionError if no file matches */
function joinBandFiles(
  path: string,
  references: readonly FileReference[],
  pattern: string,
  bands: readonly string[],
  { onSkipped, onRepeated }: Required<ListingEvents>,
): BandFiles[] {
  const expression = bandPattern(pattern, bands);
  const byName = new Map<string, (FileReference | undefined)[]>();
  const others: string[] = [];
  for (const reference of references) {
    const { name, band } = expression.exec(baseName(reference.name))?.groups ?? {};
    if (name === undefined) {
      others.push(reference.name);
      continue;
    }
    const files = byName.get(name) ?? bands.map(() => undefined);
    const index = bands.indexOf(band!);
    if (files[index] === undefined) {
      files[index] = reference;
      byName.set(name, files);
    } else {
      const both = `${files[index].name} and ${reference.name}`;
      onRepeated(reference, `band ${band} of ${name} has two files: ${both}`);
    }
  }
  if (byName.size === 0) {
    const first = references[0]?.name;
    throw new OptionError(
      'bandFiles',
      `matches no file of ${path}, such as ${first}, for the bands ${bands}`,
      pattern,
    );
  }
  if (others.length > 0) onSkipped(others);
  return Array.from(byName, ([name, files]) => {
    const first = files.find((file) => file !== undefined)!;
    return { kind: 'bands', name, path: 'path' in first ? first.path : first.name, files };
  });
}

/**
 * The pictures of a listing, in its order. The ID is that of a list, or else the file name without folder and extension.
 * @param path where the files are, for messages
 * @throws UserError if two pictures have the same ID, unless `onRepeated` is given; OptionError for an option without effect
 */
export function nameImages(
  path: string,
  references: readonly FileReference[],
  options: PictureOptions = {},
  events: ListingEvents = {},
): GalaxyImage<PictureFile>[] {
  const refuse: ListingEvents['onRepeated'] = (_, reason) => {
    throw new UserError(`${path}: ${reason}`);
  };
  const { onSkipped = () => {}, onRepeated = refuse } = events;
  const { frames = DEFAULT_PREPROCESSING, bandFiles, hdu, pixelScale, shown } = options;
  checkPictureOptions(options, frames);
  const reading = {
    ...(hdu !== undefined && { hdu }),
    ...(pixelScale !== undefined && { pixelScale }),
    ...(shown !== undefined && { shown }),
  };
  const files = references.map((reference) => ({ ...reference, ...reading }));
  const pictures =
    bandFiles === undefined
      ? files
      : joinBandFiles(path, files, bandFiles, frames.bands, { onSkipped, onRepeated });
  const byId = new Map<string, PictureFile>();
  for (const image of pictures) {
    const id = image.kind === 'bands' ? image.name : imageId(image);
    const before = byId.get(id);
    if (before !== undefined) {
      const both =
        before.name === image.name && !('id' in before)
          ? `are named ${image.name}`
          : `of galaxy ${id}: ${before.name} and ${image.name}`;
      onRepeated(image, `two pictures ${both}`);
    } else byId.set(id, image);
  }
  return Array.from(byId, ([id, image]) => ({ id, image }));
}
