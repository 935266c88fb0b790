/** Reads whole files of a platform. Files that are too long for their purpose are refused. */
import { UserError } from '../errors.ts';
import type { Files } from '../platform.ts';
import {
  parseSafetensorsHeader,
  type Safetensors,
  type StoredTensor,
  safetensorsHeaderBytes,
  storedTensor,
} from './safetensors.ts';

/** The longest text in bytes, a little less than the longest string in Node. */
export const LONGEST_TEXT = 500_000_000;

/** The longest file of settings in bytes. Parsed JSON takes many times its length in memory. */
export const LONGEST_SETTINGS = 10_000_000;

/** In bytes. An ONNX model has at most 2 GiB of weights; training keeps two moments and an average of each weight. */
const LONGEST_TENSORS = 4 * 2 ** 31;

/** @throws UserError if a file has more than `most` bytes */
export function checkSize(label: string, bytes: number, most: number): void {
  if (bytes > most) throw new UserError(`${label}: expected at most ${most} bytes, got ${bytes}`);
}

/**
 * Reads a whole text, UTF-8.
 * @param most the largest number of bytes
 * @throws UserError that names the file if it is missing, is not a file, or is longer
 */
export function readText(files: Files, path: string, most = LONGEST_TEXT): Promise<string> {
  return files.open(path, async (file) => {
    checkSize(path, file.bytes, most);
    return new TextDecoder().decode(await file.read(0, file.bytes));
  });
}

/**
 * Reads a whole safetensors file. Checks the header first, so that files of other formats are not read to the end.
 * @throws UserError that names the file if it is missing or damaged
 */
export function readSafetensors(files: Files, path: string): Promise<Safetensors> {
  return files.open(path, async (file) => {
    const { bytes } = file;
    const prefix = await file.read(0, Math.min(8, bytes));
    const json = await file.read(8, safetensorsHeaderBytes(prefix, bytes, path));
    const { locations, metadata } = parseSafetensorsHeader(json, bytes, path);
    checkSize(path, bytes, LONGEST_TENSORS);
    const tensors = new Map<string, StoredTensor>();
    for (const [name, location] of locations) {
      const { start, end } = location;
      tensors.set(name, storedTensor(location, await file.read(start, end - start)));
    }
    return { tensors, metadata };
  });
}
