/** Flags that the commands which run a trained network share. */
import type { Command } from 'commander';
import { z } from 'zod';
import { runtimeFields } from '../train/config.ts';
import { type Listening, listening } from './listening.ts';
import { addSchemaOptions, flagOf, givenSettings } from './schemaOptions.ts';
import type { Terminal } from './terminal.ts';

const count = z.int().min(1);

/** A degree apart, both ways round, in three zooms. All views of a galaxy are in memory at a time. */
const MOST_VIEWS = 360 * 2 * 3;
/** More, and their pixels alone took gigabytes. */
const MOST_BATCH = 10_000;

/** How many views of a galaxy are averaged. */
export const viewCount = count.max(
  MOST_VIEWS,
  `expected ${MOST_VIEWS} or less: a degree apart, both ways round, in three zooms`,
);

const schema = z.strictObject({
  views: viewCount.default(1).meta({
    value: 'N',
    description:
      'views per galaxy, averaged: rotations × flips, from 48 on × zooms where N is a multiple of 3',
  }),
  batch: count
    .max(MOST_BATCH, `expected ${MOST_BATCH} or less: the views of a batch are in memory at a time`)
    .optional()
    .meta({ value: 'N', description: 'views that the network is given at a time (default: 96 or more)' }),
  ...runtimeFields,
});

const curveSchema = schema.extend({
  views: z
    .union([viewCount, z.literal('curve')], { error: 'expected a whole number of 1 or more, or curve' })
    .default(1)
    .meta({
      value: 'N|curve',
      description: 'views per galaxy, averaged; or the score against their number',
    }),
});

/**
 * Adds the flags.
 * @param curve whether `--views curve` is understood, which asks for scores with several numbers of views
 */
export function addPredictOptions(command: Command, { curve = false }: { curve?: boolean } = {}): void {
  addSchemaOptions(command, curve ? curveSchema : schema);
}

/** Those of the flags that were given, as they are written: `--max-bad`. */
export const givenPredictFlags = (flags: Record<string, unknown>): string[] =>
  Object.entries(schema.shape)
    .filter(([key]) => key in givenSettings(schema, flags))
    .map(([key, field]) => `--${flagOf(key, field)}`);

/** Whether `--views curve` was given. */
export const asksForCurve = ({ views }: Record<string, unknown>): boolean => views === 'curve';

/** The flags as options of `predict`. The curve of views is no number of them. */
export function predictOptions(flags: Record<string, unknown>, terminal: Terminal, about?: Listening) {
  const numbered = asksForCurve(flags) ? { ...flags, views: undefined } : flags;
  const { device, threads, ...rest } = schema.parse(givenSettings(schema, numbered));
  return { ...rest, device: { name: device, threads }, ...listening(terminal, about) };
}
