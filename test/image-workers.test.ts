/** The image threads, and packing with them. Threads can run only JavaScript, so this tests the built package. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idKey } from '../src/data/ids.ts';
import type { TaskEvent } from '../src/events.ts';
import { PictureLoader } from '../src/node/pictures/loader.ts';
import { ImageStore } from '../src/node/pictures/store.ts';
import { storedFractions } from '../src/node/pictures/storedLabels.ts';
import { augmentation, testViews } from '../src/picture/augmentation.ts';
import type { BatchJob } from '../src/picture/batch.ts';
import { fillBatch } from '../src/picture/fillBatch.ts';
import { toRecord } from '../src/picture/record.ts';
import { NEUTRAL_VIEW } from '../src/picture/view.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { noise, png } from './fixtures/pictures.ts';

const built = (path: string) =>
  import(/* @vite-ignore */ new URL(`../dist/node/pictures/${path}`, import.meta.url).href);
const { ImageWorkers }: typeof import('../src/node/pictures/workers.ts') = await built('workers.js');
const { packImages }: typeof import('../src/node/pictures/pack.ts') = await built('pack.js');
const { TooManyBadImages }: typeof import('../src/picture/unreadable.ts') = await built(
  '../../picture/unreadable.js',
);

const folder = mkdtempSync(join(tmpdir(), 'image-workers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tree = GALAXY_ZOO_2;
const COUNT = 12;
const frames = Array.from({ length: COUNT }, (_, i) => noise(424, 424, i + 1));
const file = (name: string) => ({ kind: 'file', name, path: join(folder, name) }) as const;
const galaxies = frames.map((_, i) => ({
  id: String(1000 - i),
  fractions: Array.from({ length: 37 }, (_, k) => (i + k / 100) / COUNT),
  image: file(`${i}.png`),
}));

beforeAll(async () => {
  for (const [i, frame] of frames.entries())
    writeFileSync(join(folder, `${i}.png`), await png(frame, 424, 424));
  writeFileSync(join(folder, 'small.png'), await png(noise(100, 90), 100, 90));
  writeFileSync(join(folder, 'bad.jpg'), '<html>');
});

describe('packImages', () => {
  it('writes records, ids and votes in the given order, and reports progress', async () => {
    const path = join(folder, 'all.pack');
    const progress: number[] = [];
    const onEvent = (event: TaskEvent) =>
      event.kind === 'progress' && progress.push(event.done / event.total);
    const result = await packImages({ tree, galaxies, path, workers: 2, onEvent });
    expect(result).toEqual({ count: COUNT, leftOut: [], resampled: 0 });
    expect(progress).toEqual(galaxies.map((_, i) => (i + 1) / COUNT));
    const store = ImageStore.open(path);
    expect(store.ids()).toEqual(galaxies.map(({ id }) => id));
    expect([...storedFractions(store, GALAXY_ZOO_2)!]).toEqual(
      galaxies.flatMap(({ fractions }) => fractions),
    );
    for (const [i, frame] of frames.entries()) {
      expect(Buffer.compare(Buffer.from(store.read(i).buffer), toRecord(frame))).toBe(0);
    }
    store.close();
  });

  it('keeps weights if some are not 1, and leaves out those of unreadable pictures', async () => {
    const path = join(folder, 'weighted.pack');
    const weights = async (given: (number | undefined)[]) => {
      const some = given.map((weight, i) => ({ ...galaxies[i]!, weight }));
      const bad = { ...galaxies[5]!, image: file('bad.jpg'), weight: 3 };
      await packImages({ tree, galaxies: [some[0]!, bad, ...some.slice(1)], path, workers: 2, maxBad: 0.5 });
      const store = ImageStore.open(path);
      expect(store.ids()).toEqual(some.map(({ id }) => id));
      expect([...storedFractions(store, GALAXY_ZOO_2)!]).toEqual(some.flatMap(({ fractions }) => fractions));
      const kept = store.weights();
      store.close();
      return kept;
    };
    expect(await weights([undefined, 0.5, 1])).toEqual(Float64Array.of(1, 0.5, 1));
    expect(await weights([undefined, 1, undefined])).toBeUndefined();
  });

  it('leaves out unreadable pictures, and reports them', async () => {
    const path = join(folder, 'most.pack');
    const images = ['3.png', 'bad.jpg', 'small.png', 'missing.jpg', '4.png'];
    const told: string[] = [];
    const result = await packImages({
      galaxies: images.map((name, i) => ({ id: String(i), image: file(name) })),
      path,
      workers: 2,
      maxBad: 0.4,
      onEvent: (event) => event.kind === 'skipped' && told.push(event.name),
    });
    expect(told).toEqual(['bad.jpg', 'missing.jpg']);
    expect(result.leftOut.map(({ name }) => name)).toEqual(told);
    expect([result.count, result.resampled]).toEqual([3, 1]);
    const store = ImageStore.open(path);
    expect([store.count, store.leftOut, storedFractions(store, GALAXY_ZOO_2)]).toEqual([3, 2, undefined]);
    expect(store.ids()).toEqual(['0', '2', '4']);
    expect(Buffer.compare(Buffer.from(store.read(2).buffer), toRecord(frames[4]!))).toBe(0);
    store.close();
  });

  it('stops if there are too many of them, or at a signal, and leaves no file', async () => {
    const before = readdirSync(folder);
    const path = join(folder, 'none.pack');
    const some = [...galaxies.slice(0, 8), { ...galaxies[8]!, image: file('bad.jpg') }];
    const error = await packImages({ tree, galaxies: some, path, workers: 2 }).catch((error) => error);
    expect(error).toBeInstanceOf(TooManyBadImages);
    expect(error.message).toMatch(/^maxBad 0\.01: 1 of 9 pictures cannot be read: bad\.jpg: not a JPEG/);
    const bad = [{ id: '1', image: file('bad.jpg') }];
    await expect(packImages({ galaxies: bad, path, workers: 1, maxBad: 1 })).rejects.toBeInstanceOf(
      TooManyBadImages,
    );
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(packImages({ tree, galaxies, path, workers: 1, signal })).rejects.toThrow('enough');
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('ImageWorkers', () => {
  const jobs: (BatchJob & { epoch: number })[] = Array.from({ length: 7 }, (_, epoch) => ({
    epoch,
    items: galaxies.slice(0, 12 - epoch).map(({ id, image }) => ({
      image,
      views: [augmentation(1, epoch, idKey(id), { colourJitter: epoch % 2 === 0 ? 0 : 0.4 })],
    })),
    size: 24,
    capacity: 12,
  }));

  it('fills batches in order, identically with any number of threads and any buffers', async () => {
    const expected: Float32Array[] = [];
    const loader = new PictureLoader();
    for (const job of jobs) {
      const data = new Float32Array(24 * 24 * 3 * 12);
      await fillBatch(job, data, (image) => loader.load(image));
      expected.push(data);
    }
    loader.close();
    for (const count of [1, 3]) {
      const workers = new ImageWorkers(count);
      for (const ahead of [1, 5]) {
        let epoch = 0;
        for await (const { job, data, filled, failures } of workers.batches(jobs, ahead)) {
          expect(job).toBe(jobs[epoch]);
          expect(filled).toBe(12 - epoch);
          expect(failures).toEqual([]);
          expect(data).toEqual(expected[epoch++]);
          workers.recycle(data);
        }
        expect(epoch).toBe(jobs.length);
      }
      await workers.close();
    }
  });

  it('reuses the buffers that are given back', async () => {
    const workers = new ImageWorkers(1);
    const { data } = await workers.batch(jobs[0]!);
    workers.recycle(data);
    const next = await workers.batch(jobs[1]!);
    expect(data.length).toBe(0); // has been moved
    expect(next.data.length).toBe(24 * 24 * 3 * 12);
    workers.recycle(next.data);
    const other = await workers.batch({ ...jobs[0]!, capacity: 20 });
    expect(next.data.length).toBe(24 * 24 * 3 * 12); // does not fit, so it is kept
    expect(other.data.length).toBe(24 * 24 * 3 * 20);
    await workers.close();
  });

  it('may be stopped early, and can be used again', async () => {
    const workers = new ImageWorkers(2);
    for await (const { job } of workers.batches(jobs)) if (job.epoch === 1) break;
    const { data } = await workers.batch(jobs[0]!);
    expect(data.some((value) => value !== 0)).toBe(true);
    await workers.close();
  });

  it('does not keep the process alive when it is idle', () => {
    const script = `
      const { ImageWorkers } = await import(${JSON.stringify(new URL('../dist/node/pictures/workers.js', import.meta.url))});
      await new ImageWorkers(2).record(${JSON.stringify(file('0.png'))});
      console.log('done');`;
    const options = { encoding: 'utf8', timeout: 20_000 } as const;
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options);
    expect([status, stdout]).toEqual([0, 'done\n']);
  });

  it('reports pictures that cannot be read, and names the picture in an error', async () => {
    const workers = new ImageWorkers(1);
    const views = testViews(2);
    const bad = [file('0.png'), file('bad.jpg')].map((image) => ({ image, views }));
    const { failures, filled } = await workers.batch({ items: bad, size: 16, capacity: 4 });
    expect(failures).toMatchObject([{ item: 1, name: 'bad.jpg' }]);
    expect(filled).toBe(4);
    await expect(workers.batch({ items: bad, size: 16, capacity: 3 })).rejects.toThrow(
      '4 views do not fit 3 columns',
    );
    const missing = { kind: 'record', path: join(folder, 'no.pack'), index: 5 } as const;
    const items = [bad[0]!, { image: missing, views: [NEUTRAL_VIEW] }];
    await expect(workers.batch({ items, size: 16, capacity: 3 })).rejects.toThrow(
      /no\.pack record 5: .*no\.pack: no such file or folder/,
    );
    expect(await workers.record(file('bad.jpg'))).toMatchObject({ name: 'bad.jpg' });
    await workers.close();
  });
});
