import { expect } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type StoredTensor,
} from '../../src/files/safetensors.ts';
import type { Random } from '../../src/random/philox.ts';
import { fuzz, type Sample } from './fuzz.ts';
import { spoilSafetensors } from './header.ts';
import { pick } from './spoil.ts';

const file = 'weights.safetensors';

function drawTensor(random: Random): StoredTensor {
  const shape = Array.from({ length: random.below(4) }, () => random.below(4));
  const length = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length }, () => random.below(256));
  return pick<() => StoredTensor>(random, [
    () => ({ dtype: 'F32', shape, data: Float32Array.from(values) }),
    () => ({ dtype: 'F64', shape, data: Float64Array.from(values) }),
    () => ({ dtype: 'I64', shape, data: BigInt64Array.from(values, BigInt) }),
    () => ({ dtype: 'I32', shape, data: Int32Array.from(values) }),
    () => ({ dtype: 'U8', shape, data: Uint8Array.from(values) }),
  ])();
}

function draw(random: Random): Sample<Uint8Array, Safetensors> {
  const names = ['0.weight', '0.bias', '__proto__', 'adam.m.0.weight', 'é 🌌', ''];
  const tensors = new Map(
    names.filter(() => random.below(2) === 0).map((name) => [name, drawTensor(random)] as const),
  );
  const metadata: Record<string, string> = random.below(2) === 0 ? { step: '12', format: 'pt' } : {};
  return { input: encodeSafetensors(tensors, metadata), result: { tensors, metadata } };
}

fuzz<Uint8Array, Safetensors>({
  name: 'safetensors',
  file,
  growth: 150,
  sound: draw,
  spoilt: (random) => spoilSafetensors(random, draw(random).input, [draw(random).input]),
  read: (bytes) => decodeSafetensors(bytes, file),
  check({ tensors, metadata }) {
    for (const { shape, data } of tensors.values()) {
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
    }
    expect(Object.values(metadata).every((value) => typeof value === 'string')).toBe(true);
  },
});
