/** A checkpoint: the whole state and the position of a training run, in one safetensors file. */
import type { Shape } from '../engine/graph/tensor.ts';
import { UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { readSafetensors } from '../files/read.ts';
import { encodeSafetensors, float32, type StoredTensor, takeFloat32 } from '../files/safetensors.ts';
import { checked } from '../files/schema.ts';
import type { Files } from '../platform.ts';
import { findNonFinite, type Position, positionSchema } from '../train/position.ts';

/** Writes a checkpoint atomically. */
export async function saveCheckpoint(
  files: Files,
  path: string,
  state: Readonly<Record<string, Float32Array>>,
  shapes: ReadonlyMap<string, Shape>,
  position: Position,
): Promise<void> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of shapes) tensors.set(name, float32(state[name]!, shape));
  const metadata = { step: String(position.step), position: JSON.stringify(position) };
  await files.write(path, encodeSafetensors(tensors, metadata));
}

/**
 * Reads a checkpoint.
 * @throws UserError if it is missing, broken, of another network, or contains a value that is not finite
 */
export async function loadCheckpoint(
  files: Files,
  path: string,
  shapes: ReadonlyMap<string, Shape>,
): Promise<{ state: Map<string, Float32Array>; position: Position }> {
  const { tensors, metadata } = await readSafetensors(files, path);
  const state = new Map<string, Float32Array>();
  for (const [name, shape] of shapes) {
    state.set(name, takeFloat32(tensors, name, shape, path));
  }
  const bad = findNonFinite(Object.fromEntries(state));
  if (bad !== undefined) throw new UserError(`${path}: ${bad}`);
  if (metadata.position === undefined) throw new UserError(`${path}: has weights, but is not a checkpoint`);
  const place = `${path}: position`;
  return { state, position: checked(positionSchema, parseJson(metadata.position, place), place) };
}
