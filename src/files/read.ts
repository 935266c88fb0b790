/** Reads whole files of a platform, up to a length that they can be meant to have. */
import { UserError } from '../errors.ts';
import type { Files } from '../platform.ts';
import {
  parseSafetensorsHeader,
  type Safetensors,
  type StoredTensor,
  safetensorsHeaderBytes,
  storedTensor,
} from './safetensors.ts';

/** Bytes of the longest text: Node's longest text is a little longer. */
export const LONGEST_TEXT = 500_000_000;

/** Bytes of the longest file of settings: JSON takes many times as much in memory. */
export const LONGEST_SETTINGS = 10_000_000;

/** An ONNX model has 2 GiB of weights at most; a training keeps two moments and an average of each. */
const LONGEST_TENSORS = 4 * 2 ** 31;

/** @throws UserError if a file is longer than `most` bytes */
export function checkSize(label: string, bytes: number, most: number): void {
  if (bytes > most) throw new UserError(`${label}: of ${bytes} bytes: expected ${most} at most`);
}

/**
 * Reads a whole text, UTF-8.
 * @param most bytes that it may have
 * @throws UserError that names the file if it is missing, no file, or longer
 */
export function readText(files: Files, path: string, most = LONGEST_TEXT): Promise<string> {
  return files.open(path, async (file) => {
    checkSize(path, file.bytes, most);
    return new TextDecoder().decode(await file.read(0, file.bytes));
  });
}

/**
 * Reads a whole safetensors file; the header first, so that other files are not read to their end.
 * @throws UserError if it is missing or broken
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
