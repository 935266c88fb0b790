/** Flags that the commands which run a trained network share. */
import type { Command } from 'commander';
import { z } from 'zod';
import { runtimeFields } from '../train/config.ts';
import { addSchemaOptions, givenSettings } from './schemaOptions.ts';
import type { Terminal } from './terminal.node.ts';

const schema = z.strictObject({
  views: z
    .int()
    .min(1)
    .default(1)
    .meta({ value: 'N', description: 'views per galaxy, averaged: rotations × flips' }),
  batch: z
    .int()
    .min(1)
    .optional()
    .meta({ value: 'N', description: 'views that the network is given at a time (default: 96 or more)' }),
  ...runtimeFields,
});

export const addPredictOptions = (command: Command): void => addSchemaOptions(command, schema);

/** The flags as options of `predict`. */
export function predictOptions(flags: Record<string, unknown>, terminal: Terminal) {
  const { device, threads, ...rest } = schema.parse(givenSettings(schema, flags));
  return { ...rest, device: { name: device, threads, onPlacement: terminal.placement('prediction') } };
}
