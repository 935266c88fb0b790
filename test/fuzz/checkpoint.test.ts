import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { encodeSafetensors, float32 } from '../../src/files/safetensors.ts';
import { nodePlatform } from '../../src/node/platform.ts';
import type { Random } from '../../src/random/philox.ts';
import { loadCheckpoint } from '../../src/run/checkpoint.ts';
import type { Position } from '../../src/train/position.ts';
import { fuzz, quickFolder, type Sample } from './fuzz.ts';
import { joinParts, partsOf, spoilSafetensors } from './header.ts';
import { spoilJsonText } from './spoil.ts';

const folder = quickFolder();
const path = (slot: number) => join(folder, `${slot}.safetensors`);

const shapes = new Map([
  ['0.weight', [2, 3]],
  ['0.bias', [2]],
]);

type Checkpoint = Awaited<ReturnType<typeof loadCheckpoint>>;

function draw(random: Random): Sample<Uint8Array, Checkpoint> {
  const state = new Map(
    [...shapes].map(([name, shape]) => [
      name,
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.uniform(-1, 1)),
    ]),
  );
  const position: Position = {
    epoch: random.below(100),
    batch: random.below(100),
    step: random.below(10_000),
    sums: { galaxies: random.below(1000), loss: random.uniform(), squaredError: random.uniform() },
    data: 'digest',
    ...(random.below(2) === 0 && { best: { epoch: 1 + random.below(9), rmse: random.uniform() } }),
  };
  const metadata = { step: String(position.step), position: JSON.stringify(position) };
  const tensors = new Map([...state].map(([name, data]) => [name, float32(data, shapes.get(name)!)]));
  return { input: encodeSafetensors(tensors, metadata), result: { state, position } };
}

fuzz<Uint8Array, Checkpoint>({
  name: 'checkpoint',
  file: path,
  slots: 8,
  growth: 150,
  sound: draw,
  spoilt(random) {
    const { input, result } = draw(random);
    if (random.below(2) === 0) return spoilSafetensors(random, input, [draw(random).input]);
    const { header, data } = partsOf(input) as {
      header: { __metadata__: Record<string, string> };
      data: Uint8Array;
    };
    header.__metadata__.position = Buffer.from(spoilJsonText(random, result.position)).toString();
    return joinParts(random, Buffer.from(JSON.stringify(header)), data);
  },
  read(bytes, slot) {
    writeFileSync(path(slot), bytes);
    return loadCheckpoint(nodePlatform.files, path(slot), shapes);
  },
  check({ state, position }) {
    for (const [name, shape] of shapes) {
      const values = state.get(name)!;
      expect(values.length).toBe(shape.reduce((a, b) => a * b));
      expect(values.every(Number.isFinite)).toBe(true);
    }
    const { epoch, batch, step, sums } = position;
    for (const count of [epoch, batch, step, sums.galaxies]) {
      expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
    }
    expect(Number.isFinite(sums.loss) && Number.isFinite(sums.squaredError)).toBe(true);
  },
});
