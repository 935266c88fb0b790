/** Writes a simulated sky in the layout of Kaggle's Galaxy Challenge. */
import { mkdir, open, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '../errors.ts';
import { flushFolder, writeFileAtomically, writeFolderAtomically } from '../node/files/atomic.ts';
import { describeErrno } from '../node/files/systemError.ts';
import { WorkerPool } from '../node/pictures/pool.ts';
import { inOrder } from '../picture/inOrder.ts';
import type { Tree } from '../tree/tree.ts';
import { type SkyConfig, surveyOf } from './config.ts';
import type { SkyLines, SkyTask } from './worker.node.ts';

/**
 * The two parts of a sky. An object depends on (seed, GalaxyID) alone, and the parts have separate GalaxyIDs: a larger sky of the
 * same seed starts with the galaxies of a smaller one, and the test part does not depend on the size of the training part.
 */
export const SKY_PARTS = {
  train: {
    firstId: 100_001,
    images: 'images_training_rev1',
    solutions: 'training_solutions_rev1.csv',
    parameters: 'training_parameters.jsonl',
  },
  test: {
    firstId: 500_001,
    images: 'images_test_rev1',
    solutions: 'test_solutions.csv',
    parameters: 'test_parameters.jsonl',
  },
} as const;

/** Galaxies per task of a thread. */
const CHUNK = 16;

export interface WriteSkyOptions {
  /** The folder; it appears whole or not at all. */
  readonly out: string;
  /** Galaxies in each part; a part with 0 is left out. */
  readonly train: number;
  readonly test: number;
  readonly seed: number;
  readonly config: SkyConfig;
  /** Threads. Default: one for each processor. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number, perSecond: number) => void;
}

export interface WrittenSky {
  train: number;
  test: number;
  /** Numbers of galaxies in both parts by the leading answer to the first question. */
  classes: Record<string, number>;
  seconds: number;
  imagesPerSecond: number;
}

/** @throws OptionError if the folder exists and is not empty */
async function checkFree(out: string): Promise<void> {
  const there = await readdir(out).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    if (cause.code === 'ENOTDIR') throw new OptionError('out', 'expected a folder, found a file', out);
    throw new OptionError('out', `cannot be read: ${describeErrno(cause)}`, out, { cause });
  });
  if (there.length > 0) {
    const names = there.slice(0, 4).sort().join(', ');
    throw new OptionError('out', `expected a new or empty folder; it contains ${names}`, out);
  }
}

/** Draws one part into a folder. */
async function writePart(
  pool: WorkerPool<SkyTask, SkyLines>,
  folder: string,
  part: keyof typeof SKY_PARTS,
  options: WriteSkyOptions & { workers: number; tree: Tree },
  onGalaxies: (lines: SkyLines, count: number) => void,
): Promise<void> {
  const total = options[part];
  if (total === 0) return;
  const { firstId, images, solutions, parameters } = SKY_PARTS[part];
  const { seed, config, tree } = options;
  await mkdir(join(folder, images));
  const [table, list] = await Promise.all(
    [solutions, parameters].map((name) => open(join(folder, name), 'w')),
  );
  try {
    await table!.writeFile(`${['GalaxyID', ...tree.columns.map(({ name }) => name)].join(',')}\n`);
    const tasks = Array.from({ length: Math.ceil(total / CHUNK) }, (_, k) => {
      const start = k * CHUNK;
      const count = Math.min(CHUNK, total - start);
      return { seed, config, folder: join(folder, images), firstId, start, count };
    });
    const run = async (task: SkyTask) => ({ task, lines: await pool.run(task) });
    for await (const { task, lines } of inOrder(tasks, 3 * options.workers, run)) {
      await table!.writeFile(lines.solutions);
      await list!.writeFile(lines.parameters);
      onGalaxies(lines, task.count);
    }
    await Promise.all([table!.sync(), list!.sync()]);
    await flushFolder(join(folder, images));
  } finally {
    await Promise.all([table!.close(), list!.close()]);
  }
}

/**
 * Draws a sky and writes it into a temporary folder, which is renamed to `out` when it is complete. The next run removes the
 * leftovers of a killed one.
 *
 * @throws OptionError if `out` exists and is not empty, or no galaxy is asked for; Error that names the galaxy if a file cannot
 * be written
 * @example
 * const { imagesPerSecond } = await writeSky({ out: 'sky', train: 10, test: 2, seed: 2014, config: FREE_SKY });
 */
export async function writeSky(options: WriteSkyOptions): Promise<WrittenSky> {
  const { out, train, test } = options;
  if (train + test === 0)
    throw new OptionError('train', 'expected at least one galaxy, here or in `test`', 0);
  await checkFree(out);
  return writeFolderAtomically(out, (folder) => drawInto(folder, options));
}

/** Draws a whole sky into an empty folder. */
async function drawInto(folder: string, options: WriteSkyOptions): Promise<WrittenSky> {
  const { train, test, seed, config, workers = availableParallelism() } = options;
  const pool = new WorkerPool<SkyTask, SkyLines>(
    new URL('./worker.node.js', import.meta.url),
    workers,
    ({ firstId, start }, step) => `galaxy ${firstId + start + step}`,
  );
  const started = performance.now();
  const { tree, classes: names } = surveyOf(config);
  const classes = names.map(() => 0);
  const total = train + test;
  let done = 0;
  const onGalaxies = (lines: SkyLines, count: number) => {
    done += count;
    for (const [k, each] of lines.classes.entries()) classes[k]! += each;
    options.onProgress?.(done, total, (1000 * done) / (performance.now() - started));
  };
  // Stops the threads before the folder is removed; otherwise they would go on writing pictures into it.
  const stop = () => void pool.close();
  process.prependListener('exit', stop);
  try {
    await writePart(pool, folder, 'train', { ...options, workers, tree }, onGalaxies);
    await writePart(pool, folder, 'test', { ...options, workers, tree }, onGalaxies);
  } finally {
    await pool.close();
    process.off('exit', stop);
  }
  const seconds = (performance.now() - started) / 1000;
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await writeFileAtomically(join(folder, 'sky.json'), json({ train, test, seed, config }));
  if (config.tree !== undefined) await writeFileAtomically(join(folder, 'tree.json'), json(tree.data));
  return {
    train,
    test,
    classes: Object.fromEntries(names.map((name, i) => [name, classes[i]!])),
    seconds,
    imagesPerSecond: total / seconds,
  };
}
