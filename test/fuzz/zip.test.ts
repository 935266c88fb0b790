import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { listSource, readReference } from '../../src/node/files/source.ts';
import type { Random } from '../../src/random/philox.ts';
import { zipFixture } from '../fixtures/zip.ts';
import { fuzz, quickFolder } from './fuzz.ts';
import { pick, spoil } from './spoil.ts';

const folder = quickFolder();
const path = (slot: number) => join(folder, `${slot}.zip`);

/** A file's name and its content, for each in the archive. */
type Contents = [name: string, content: string][];

function draw(random: Random): { input: Buffer; result: Contents } {
  const names = ['a/1.jpg', 'b/c/NGC 1300.PNG', 'é\n🌌.jpeg'].slice(random.below(3)).slice(0, 2);
  const files = names.map((name): [string, string] => [
    name,
    String.fromCharCode(97 + random.below(26)).repeat(random.below(300)),
  ]);
  const layout = {
    method: pick(random, [0, 8] as const),
    zip64: random.below(2) === 0,
    sizesFollow: random.below(2) === 0,
  };
  return {
    input: zipFixture(Object.fromEntries(files), layout),
    result: files.sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

fuzz<Uint8Array, Contents>({
  name: 'zip',
  file: path,
  slots: 8,
  growth: 150,
  sound: draw,
  spoilt: (random) => spoil(random, draw(random).input, [draw(random).input]),
  async read(bytes, slot) {
    writeFileSync(path(slot), bytes);
    const contents: Contents = [];
    for (const file of await listSource(path(slot))) {
      contents.push([file.name, Buffer.from(await readReference(file)).toString()]);
    }
    return contents;
  },
  check(contents) {
    // Content has a checksum, so whatever is read must equal what was packed.
    for (const [name, content] of contents) {
      expect(name).toMatch(/\.(jpe?g|png)$/i);
      expect(name.split('/')).not.toContain('..');
      expect(content).toMatch(/^([a-z])\1*$|^$/);
    }
  },
});
