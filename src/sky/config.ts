/**
 * Config files of a sky. They fix parameters that are otherwise drawn at random. One galaxy at eight inclinations:
 *
 *     { "same": true, "object": { "kind": "disk", "disk": { "inclination": [0, 12, 24, 36, 48, 60, 72, 84] } } }
 *
 * A `tree` replaces Galaxy Zoo 2 as the tree that the volunteers answer; see `survey.ts`.
 */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { checked } from '../files/schema.ts';
import type { FixedObject } from './population.ts';
import { GALAXY_ZOO_2_SURVEY, parseSurvey, type Survey } from './survey.ts';

/** One value for all galaxies, or a list through which they cycle. */
function values<Value extends z.ZodType>(value: Value, words: string) {
  return z
    .union([value, z.array(value).min(1)], { error: `expected ${words}, or a list of such` })
    .optional();
}

const number = (least: number, most: number) =>
  values(z.number().min(least).max(most), `a number ${least}…${most}`);
const share = () => number(0, 1);
const angle = () => number(-360, 360);
/** Length of a part in arc seconds, up to that of the largest galaxies. */
const length = () => number(0.05, 120);
const whole = (least: number, most: number) =>
  values(z.int().min(least).max(most), `a whole number ${least}…${most}`);
const word = <Word extends string>(...words: Word[]) => values(z.enum(words), `one of ${words.join(', ')}`);

const colour = z.strictObject({ gr: number(-1, 3), ri: number(-1, 3) }).optional();
const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).nullable().optional();

/** Some of the parameters of {@link SkyObject}, in its units. */
const objectSchema = z.strictObject({
  kind: word('elliptical', 'disk', 'irregular', 'star', 'artifact'),
  magnitude: number(8, 22),
  redshift: number(0, 5),
  positionAngle: angle(),
  seeing: number(0.2, 10),
  disturbance: share(),
  lumpiness: share(),
  artifact: word('saturated star', 'satellite trail', 'bleeding', 'diffraction spikes'),
  bulge: part({
    flux: share(),
    effectiveRadius: length(),
    sersicIndex: number(0.5, 8),
    axisRatio: number(0.05, 1),
    boxiness: share(),
    colour,
  }),
  disk: part({
    scaleLength: length(),
    inclination: number(0, 90),
    thickness: number(0.01, 1),
    warp: number(-1, 1),
    colour,
  }),
  bar: part({ flux: share(), length: length(), axisRatio: number(0.05, 1), angle: angle() }),
  arms: part({
    number: whole(1, 12),
    pitch: number(3, 60),
    sense: values(z.union([z.literal(1), z.literal(-1)]), '1 or -1'),
    phase: angle(),
    contrast: share(),
    flocculence: share(),
    clumps: share(),
    dust: share(),
  }),
  ring: part({ flux: share(), radius: length(), width: number(0.01, 1) }),
  lens: part({ flux: share(), radius: length(), extent: number(1, 360), arcs: whole(1, 8), angle: angle() }),
  dustLane: part({ depth: share(), width: length() }),
  companion: part({
    flux: number(0, 5),
    distance: number(0, 120),
    angle: angle(),
    effectiveRadius: length(),
    axisRatio: number(0.05, 1),
    tails: share(),
  }),
});

/** A config file. */
export const skyConfigSchema = z.strictObject({
  /** All objects use the random numbers of the first: they differ only in the fixed parameters, and in their votes. */
  same: z.boolean().default(false),
  object: objectSchema.default({}),
  /** The survey's tree as `parseSurvey` takes it. Default: Galaxy Zoo 2. */
  tree: z.unknown().optional(),
});

export type SkyConfig = z.infer<typeof skyConfigSchema>;

/** Largest number of galaxies in a part of a sky: GalaxyIDs have six digits, as in the challenge. */
export const MOST_GALAXIES = 399_999;

/** The settings that fix nothing. @example await writeSky({ out: 'free', train: 2, test: 1, seed: 1, config: FREE_SKY }) */
export const FREE_SKY: SkyConfig = { same: false, object: {} };

/** The kinds that may have each part. */
const OWNERS = {
  disturbance: ['elliptical', 'disk', 'irregular'],
  lumpiness: ['disk', 'irregular'],
  disk: ['disk', 'irregular'],
  bar: ['disk', 'irregular'],
  arms: ['disk', 'irregular'],
  bulge: ['elliptical', 'disk', 'irregular'],
  ring: ['elliptical', 'disk', 'irregular'],
  lens: ['elliptical', 'disk', 'irregular'],
  dustLane: ['elliptical', 'disk', 'irregular'],
  companion: ['elliptical', 'disk', 'irregular'],
  artifact: ['artifact'],
} as const;

/** @throws UserError if a part is fixed that objects of the kind cannot have */
function checkKind({ object }: SkyConfig, file: string): void {
  const kinds = object.kind === undefined ? [] : [object.kind].flat();
  for (const [name, owners] of Object.entries(OWNERS)) {
    const fixed = object[name as keyof typeof OWNERS];
    if (fixed === undefined || fixed === null) continue;
    if (kinds.length > 0 && kinds.every((kind) => (owners as readonly string[]).includes(kind))) continue;
    const got = kinds.length > 0 ? kinds.join(', ') : 'no kind';
    throw new UserError(
      `${file}: object.${name}: expected object.kind to be ${owners.join(' or ')}, got ${got}`,
    );
  }
  for (const name of ['bar', 'arms'] as const) {
    if (object.disk !== null || !object[name]) continue;
    throw new UserError(`${file}: object.${name}: expected a disk to be in, got object.disk null`);
  }
}

/**
 * The settings of a config file.
 * @throws UserError that names the file and the key
 * @example parseSkyConfig('{ "object": { "kind": "disk" } }', 'sky.json').same // false
 */
export function parseSkyConfig(text: string, file: string): SkyConfig {
  const config = checked(skyConfigSchema, parseJson(text, file), file);
  checkKind(config, file);
  surveyOf(config, `${file}: tree`);
  return config;
}

/** The survey of a sky. @throws UserError that names the place, if the tree is malformed */
export const surveyOf = ({ tree }: SkyConfig, place = 'tree'): Survey =>
  tree === undefined ? GALAXY_ZOO_2_SURVEY : parseSurvey(tree, place);

/**
 * The fixed parameters of one object: objects cycle through the values of a list.
 * @param ordinal number of the object in the training or test part, from 0
 * @example
 * fixedOf(parseSkyConfig('{ "object": { "magnitude": [14, 16] } }', 'sky.json'), 3).magnitude; // 16
 */
export function fixedOf({ object }: SkyConfig, ordinal: number): FixedObject {
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value[ordinal % value.length];
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each)]));
  };
  return resolve(object) as FixedObject;
}
