/** Descriptions of networks as they stand in files: checked before anything is built. */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { GraphError } from '../graph/tensor.ts';
import { Network } from '../nn/network.ts';

const count = z.int().min(1);

/** The schema of a `NetworkDescription`. */
export const networkDescriptionSchema = z.strictObject({
  input: z.strictObject({ size: count, channels: count }),
  layers: z
    .array(
      z.union([
        z.strictObject({
          convolution: z.strictObject({
            channels: count,
            kernel: count.refine((size) => size % 2 === 1, 'expected an odd size'),
            attention: z.strictObject({ reduction: count }).optional(),
            pool: z.enum(['max', 'average']).optional(),
          }),
        }),
        z.strictObject({ flatten: z.literal(true) }),
        z.strictObject({ dropout: z.number().min(0).lt(1) }),
        z.strictObject({ dense: count }),
      ]),
    )
    .min(1),
});

/**
 * Builds the network that a file describes.
 * @throws UserError that names the file, the place and what is wrong
 * @example parseNetwork({ input: { size: 128, channels: 3 }, layers: [{ flatten: true }, { dense: 37 }] }, 'my.json')
 */
export function parseNetwork(description: unknown, file: string): Network {
  const checked = networkDescriptionSchema.safeParse(description);
  if (!checked.success) {
    const [{ path, message }] = checked.error.issues;
    throw new UserError(`${file}: network.${path.join('.')}: ${message}`);
  }
  try {
    return new Network(checked.data);
  } catch (error) {
    if (error instanceof GraphError) throw new UserError(`${file}: network: ${error.message}`);
    throw error;
  }
}
