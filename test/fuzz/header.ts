/** Safetensors files with damaged headers. */
import type { Random } from '../../src/random/philox.ts';
import { spoil, spoilJsonText } from './spoil.ts';

/** The parts of a valid safetensors file. */
export function partsOf(file: Uint8Array): { header: unknown; data: Uint8Array } {
  const end = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return { header: JSON.parse(Buffer.from(file.subarray(8, end)).toString()), data: file.subarray(end) };
}

/** A file made of a header's text and the data after it; the header's length is usually right. */
export function joinParts(random: Random, json: Uint8Array, data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([random.below(8) === 0 ? spoil(random, length) : length, json, data]);
}

/** A valid safetensors file, damaged in its header or in any of its bytes. */
export function spoilSafetensors(
  random: Random,
  file: Uint8Array,
  others: readonly Uint8Array[],
): Uint8Array {
  if (random.below(3) === 0) return spoil(random, file, others);
  const { header, data } = partsOf(file);
  return joinParts(random, spoilJsonText(random, header), data);
}
