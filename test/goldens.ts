/** Golden values from PyTorch in ../shared, which is not part of the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { decodeSafetensors } from '../src/files/safetensors.ts';

const shared = new URL('../../shared/', import.meta.url);

/** The path of a file below ../shared. */
export const sharedPath = (name: string): string => fileURLToPath(new URL(name, shared));

/** A `describe` that is skipped, with a note in its name, if ../shared is missing. */
export function describeWithShared(name: string, tests: () => void): void {
  if (existsSync(shared)) describe(name, tests);
  else describe.skip(`${name} (skipped: ../shared is not here)`, tests);
}

/** The float tensors of a golden file. */
export function golden(name: string): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const path = sharedPath(`goldens/${name}.safetensors`);
  const { tensors } = decodeSafetensors(readFileSync(path), path);
  return new Map(
    [...tensors].map(([key, { shape, data }]) => [key, { shape, data: Float32Array.from(data, Number) }]),
  );
}

/** The largest difference of two arrays. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
