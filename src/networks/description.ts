/** Descriptions of networks as they stand in files: checked before anything is built. */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { GraphError } from '../graph/tensor.ts';
import type { LayerDescription } from '../nn/network.ts';
import { GalaxyNetwork, type GalaxyNetworkDescription } from './galaxyNetwork.ts';
import { HEADS } from './head.ts';

const count = z.int().min(1);

/** An object with exactly one of its keys: not a union, whose errors would not say which part of it is meant. */
const oneOf = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const keys = Object.keys(shape);
  return z
    .strictObject(shape)
    .partial()
    .refine((value) => Object.keys(value).length === 1, {
      error: ({ input }) =>
        `expected one of ${keys.join(', ')}, got ${Object.keys(input as object).join(' and ') || 'none'}`,
    });
};

const layer = oneOf({
  convolution: z.strictObject({
    channels: count,
    kernel: count.refine((size) => size % 2 === 1, {
      error: ({ input }) => `expected an odd size, got ${input}`,
    }),
    attention: oneOf({
      cbam: z.strictObject({ reduction: count }),
      ema: z.strictObject({ factor: count }),
    }).optional(),
    pool: z.enum(['max', 'average']).optional(),
  }),
  flatten: z.literal(true),
  dropout: z.number().min(0).lt(1),
  dense: count,
});

/** The schema of a `GalaxyNetworkDescription`. */
const descriptionSchema = z.strictObject({
  input: z.strictObject({ size: count, channels: z.literal(3) }),
  layers: z.array(layer as unknown as z.ZodType<LayerDescription>).min(1),
  head: z.enum(HEADS).optional(),
});

/** Where in a description it is wrong, what was expected, and the value that came, unless the message says it. */
function problemOf({ path, code, message, input }: z.core.$ZodIssue): string {
  const isTold = code === 'custom' || code === 'unrecognized_keys' || input === undefined;
  const problem = isTold ? message : `${message}, got ${JSON.stringify(input)}`;
  return [...(path.length > 0 ? [path.join('.')] : []), problem].join(': ');
}

/**
 * Checks a description and builds its network.
 * @param place the file, for messages, and where in it the description stands
 * @throws UserError that names the file, the place in it and what is wrong
 * @example parseNetwork({ input: { size: 128, channels: 3 }, layers: [{ flatten: true }, { dense: 37 }] }, 'my.json')
 */
export function parseNetwork(description: unknown, place: string): GalaxyNetwork {
  const checked = descriptionSchema.safeParse(description, { reportInput: true });
  if (!checked.success) throw new UserError(`${place}: ${problemOf(checked.error.issues[0])}`);
  try {
    return new GalaxyNetwork(checked.data as GalaxyNetworkDescription);
  } catch (error) {
    if (error instanceof GraphError) throw new UserError(`${place}: ${error.message}`);
    throw error;
  }
}
