/** Checks the preprocessing of models and runs. */
import { z } from 'zod';
import { OptionError, UserError } from '../errors.ts';
import { checked } from '../files/schema.ts';
import {
  DEFAULT_PREPROCESSING,
  type FrameSettings,
  MOST_BANDS,
  type Preprocessing,
} from '../picture/preprocessing.ts';
import { resolveStretch, usualBands } from '../picture/stretch.ts';

export const bandsSchema = z
  .array(z.string().regex(/^[^,{}\s]+$/, 'expected a name without commas, braces or spaces'))
  .min(1, 'expected one or more')
  .max(MOST_BANDS, `expected ${MOST_BANDS} at most`)
  .refine((bands) => new Set(bands).size === bands.length, 'expected different names');

const framesSchema = z.strictObject({
  bands: bandsSchema,
  stretch: z.string().optional(),
  field: z.number().positive().optional(),
});

const schema = z.strictObject({
  ...framesSchema.shape,
  crop: z.number().gt(0).max(1),
  size: z.int(),
  normalisation: z.strictObject({ scale: z.number(), offset: z.number() }),
});

/** @throws UserError if the bands do not fit the stretch */
function checkStretch({ bands, stretch }: FrameSettings, place: string): void {
  if (stretch === undefined && bands.join() !== DEFAULT_PREPROCESSING.bands.join()) {
    const expected = JSON.stringify(DEFAULT_PREPROCESSING.bands);
    throw new UserError(
      `${place}.bands: expected ${expected} without a stretch, got ${JSON.stringify(bands)}`,
    );
  }
  if (stretch === undefined) return;
  try {
    resolveStretch(stretch, bands);
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause;
    throw new UserError(`${place}.${cause.message}`, { cause });
  }
}

/**
 * The frames of training settings.
 * @throws OptionError if the stretch is malformed or does not fit the bands
 * @example framesOf({ stretch: 'sqrt:low=0,high=9', bands: ['g', 'r'] }).stretch // 'sqrt:low=0,high=9'
 */
export function framesOf({ stretch, bands, field }: Partial<FrameSettings>): FrameSettings {
  const angle = field === undefined ? {} : { field };
  if (stretch !== undefined) {
    const named = bands ?? usualBands(stretch);
    return { bands: named, stretch: resolveStretch(stretch, named), ...angle };
  }
  if (bands !== undefined) {
    throw new OptionError('bands', 'requires `stretch`: pictures of 8 bits are red, green and blue', bands);
  }
  return { bands: DEFAULT_PREPROCESSING.bands, ...angle };
}

/** The settings of frames. @param place the file, and the place in it, for messages @throws UserError */
export function parseFrames(value: unknown, place: string): FrameSettings {
  const frames = checked(framesSchema, value, place);
  checkStretch(frames, place);
  return frames;
}

/**
 * The preprocessing of a network.
 * @param input of the network; undefined if it is unknown
 * @param place the file, and the place in it, for messages
 * @throws UserError that names the place and the fault
 */
export function parsePreprocessing(
  value: unknown,
  input: { size: number; channels: number } | undefined,
  place: string,
): Preprocessing {
  const preprocessing = checked(schema, value, place);
  checkStretch(preprocessing, place);
  const { bands, size } = preprocessing;
  if (input === undefined) return preprocessing;
  if (size !== input.size)
    throw new UserError(`${place}.size: expected the network's ${input.size}, got ${size}`);
  if (bands.length !== input.channels) {
    throw new UserError(`${place}.bands: expected the network's ${input.channels}, got ${bands.length}`);
  }
  return preprocessing;
}
