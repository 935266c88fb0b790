import {
  parseSafetensorsHeader,
  type Safetensors,
  type StoredTensor,
  safetensorsHeaderBytes,
  storedTensor,
} from '../../files/safetensors.ts';
import { checkSize, readFully, withFile } from './read.ts';

/** An ONNX model has 2 GiB of weights at most; a training keeps two moments and an average of each. */
const MOST_BYTES = 4 * 2 ** 31;

/**
 * Reads a whole safetensors file. The header is checked before the rest is read.
 * @throws UserError if the file is missing or broken
 * @example const { tensors } = await readSafetensors('weights.safetensors');
 */
export function readSafetensors(path: string): Promise<Safetensors> {
  return withFile(path, async (file, bytes) => {
    const prefix = await readFully(file, path, 0, Math.min(8, bytes));
    const json = await readFully(file, path, 8, safetensorsHeaderBytes(prefix, bytes, path));
    const { locations, metadata } = parseSafetensorsHeader(json, bytes, path);
    checkSize(path, bytes, MOST_BYTES);
    const tensors = new Map<string, StoredTensor>();
    for (const [name, location] of locations) {
      const { start, end } = location;
      tensors.set(name, storedTensor(location, await readFully(file, path, start, end - start)));
    }
    return { tensors, metadata };
  });
}
