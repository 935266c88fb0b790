/** Flags that the commands which run a trained network share. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addSchemaOptions, givenSettings } from './schemaOptions.ts';

const schema = z.strictObject({
  views: z
    .int()
    .min(1)
    .default(1)
    .meta({ value: 'N', description: 'views per galaxy, averaged: rotations × flips' }),
  batch: z
    .int()
    .min(1)
    .default(96)
    .meta({ value: 'N', description: 'views that the network is given at a time' }),
  maxBad: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .meta({ value: 'F', description: 'share of pictures that may be broken' }),
  device: z
    .string()
    .default('cpu')
    .meta({ value: 'NAME', description: 'execution provider of ONNX Runtime' }),
  threads: z
    .int()
    .min(0)
    .default(0)
    .meta({ value: 'N', description: 'threads of the network; 0: one for each core' }),
  workers: z.int().min(1).optional().meta({ value: 'N', description: 'threads that read pictures' }),
});

export const addPredictOptions = (command: Command): void => addSchemaOptions(command, schema);

/** The flags as options of `predict`. */
export function predictOptions(flags: Record<string, unknown>) {
  const { device, threads, ...rest } = schema.parse(givenSettings(schema, flags));
  return { ...rest, device: { name: device, threads } };
}
