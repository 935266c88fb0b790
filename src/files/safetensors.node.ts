import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { decodeSafetensors, type Safetensors } from './safetensors.ts';
import { reasonOf } from './systemError.ts';

/**
 * Reads a whole safetensors file.
 * @throws UserError where it is missing or broken
 * @example const { tensors } = await readSafetensors('weights.safetensors');
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const bytes = await readFile(path).catch((cause) => {
    throw new UserError(`${path}: cannot be read: ${reasonOf(cause)}`, { cause });
  });
  return decodeSafetensors(bytes, path);
}
