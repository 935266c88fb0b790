/** Tables of features: a row for each galaxy, with the columns f0, f1, … */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { checked } from '../files/schema.ts';

/** The network that computed features, and how. */
const aboutSchema = z.strictObject({
  /** The path of the network, as it was given. */
  network: z.string(),
  /** The layer that has the features as its output. */
  layer: z.string(),
  /** Views of each galaxy, averaged. */
  views: z.int().min(1),
  /** The preprocessing of the pictures, not checked. */
  preprocessing: z.unknown(),
});

export type FeaturesAbout = z.infer<typeof aboutSchema>;

/** The features of galaxies. */
export interface FeatureTable {
  /** For messages. */
  readonly file: string;
  readonly ids: readonly string[];
  /** `[galaxies, width]` */
  readonly values: Float32Array;
  /** Features of each galaxy. */
  readonly width: number;
  readonly about: FeaturesAbout;
  /** The SHA-256 of the network's model file. */
  readonly model: string;
}

/** The key of {@link FeaturesAbout} in the metadata of a table. */
const KEY = 'tuningfork.features';

/** The metadata of a table of features. */
export const featuresMetadata = (about: FeaturesAbout) => ({ [KEY]: JSON.stringify(about) });

/**
 * The network that a table's metadata names.
 * @returns undefined if it names none
 * @throws UserError if the metadata is malformed
 */
export function featuresAbout(
  metadata: Readonly<Record<string, string>>,
  file: string,
): Pick<FeatureTable, 'about' | 'model'> | undefined {
  const { [KEY]: text, 'tuningfork.model': model } = metadata;
  if (text === undefined || model === undefined) return undefined;
  const place = `${file}: ${KEY}`;
  return { about: checked(aboutSchema, parseJson(text, place), place), model };
}

/** The names of the columns of features. @example featureColumns(3) // ['f0', 'f1', 'f2'] */
export const featureColumns = (width: number): string[] => Array.from({ length: width }, (_, i) => `f${i}`);

/** The features of some galaxies of a table, `[ids, width]`. @throws UserError if the table lacks one */
export function featuresOf(
  { file, ids, values, width }: FeatureTable,
  wanted: readonly string[],
): Float32Array {
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  const features = new Float32Array(wanted.length * width);
  for (const [i, id] of wanted.entries()) {
    const row = rowOf.get(id);
    if (row === undefined) throw new UserError(`${file}: has no features of ${id}`);
    features.set(values.subarray(row * width, (row + 1) * width), i * width);
  }
  return features;
}
