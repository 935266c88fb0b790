import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { decodeSafetensors, type Safetensors } from './safetensors.ts';

/**
 * Reads a whole safetensors file.
 * @throws UserError where it is missing or broken
 * @example const { tensors } = await readSafetensors('weights.safetensors');
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const bytes = await readFile(path).catch((cause) => {
    throw new UserError(`${path}: cannot be read: ${cause.message}`);
  });
  return decodeSafetensors(bytes, path);
}
