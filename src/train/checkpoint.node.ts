/** A training's whole state in one file: what a step renews, and where the loop stands. */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { writeFileAtomically } from '../files/atomic.node.ts';
import { parseJson } from '../files/json.ts';
import { readSafetensors } from '../files/safetensors.node.ts';
import { encodeSafetensors, float32, type StoredTensor, takeFloat32 } from '../files/safetensors.ts';
import type { Shape } from '../graph/tensor.ts';

const count = z.int().min(0);

const positionSchema = z.strictObject({
  /** Counted from 0. */
  epoch: count,
  /** Batches of this epoch that are done. */
  batch: count,
  /** Steps that are done in all. */
  step: count,
  /** Over the galaxies that the epoch has seen so far. */
  sums: z.strictObject({
    galaxies: count,
    /** Loss times galaxies. */
    loss: z.number(),
    /** Of all 37 fractions. */
    squaredError: z.number().min(0),
  }),
  /** A digest of the galaxies, their votes and their split: a run does not go on with others. */
  data: z.string(),
  /** The best validation so far. */
  best: z.strictObject({ epoch: z.int().min(1), rmse: z.number().min(0) }).optional(),
});

/** Where a training stands. All random numbers follow from it and from the seed. */
export type Position = z.infer<typeof positionSchema>;

/** Sums over the galaxies that an epoch has seen so far. */
export type EpochSums = Position['sums'];

/** The sums of an epoch that has seen nothing yet. */
export const NO_SUMS: EpochSums = { galaxies: 0, loss: 0, squaredError: 0 };

/** The first value of a state that is not finite, as words; undefined where all are. */
export function findNonFinite(state: Readonly<Record<string, Float32Array>>): string | undefined {
  for (const [name, data] of Object.entries(state)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return `'${name}' value ${at} is ${data[at]}`;
  }
  return undefined;
}

/** Writes a checkpoint atomically. */
export async function saveCheckpoint(
  path: string,
  state: Readonly<Record<string, Float32Array>>,
  shapes: ReadonlyMap<string, Shape>,
  position: Position,
): Promise<void> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of shapes) tensors.set(name, float32(state[name], shape));
  const metadata = { step: String(position.step), position: JSON.stringify(position) };
  await writeFileAtomically(path, encodeSafetensors(tensors, metadata));
}

/**
 * Reads a checkpoint.
 * @throws UserError where it is missing, broken, of another network, or holds a number that is not finite
 */
export async function loadCheckpoint(
  path: string,
  shapes: ReadonlyMap<string, Shape>,
): Promise<{ state: Map<string, Float32Array>; position: Position }> {
  const { tensors, metadata } = await readSafetensors(path);
  const state = new Map<string, Float32Array>();
  for (const [name, shape] of shapes) {
    state.set(name, takeFloat32(tensors, name, shape, path));
  }
  const bad = findNonFinite(Object.fromEntries(state));
  if (bad !== undefined) throw new UserError(`${path}: ${bad}`);
  if (metadata.position === undefined)
    throw new UserError(`${path}: weights, but not a checkpoint of a training`);
  const checked = positionSchema.safeParse(parseJson(metadata.position, `${path}: position`));
  if (!checked.success) {
    const [{ path: place, message }] = checked.error.issues;
    throw new UserError(`${path}: position: ${[...place, message].join(': ')}`);
  }
  return { state, position: checked.data };
}
