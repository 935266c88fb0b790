/** Predictions for any number of pictures: they stream through, in their order, and memory does not grow with them. */
import { availableParallelism } from 'node:os';
import type { Prediction } from '../data/submission.ts';
import { transpose } from '../engine/graph/shape.ts';
import { input, type Tensor } from '../engine/graph/tensor.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { HWCN, NCHW } from '../engine/nn/layout.ts';
import { checkMemory, type MemoryOptions, processBytes, tensorBytes } from '../engine/runtime/memory.ts';
import type { Program } from '../engine/runtime/program.ts';
import { UserError } from '../errors.ts';
import { inferenceGraph } from '../model/inference.ts';
import { type Model, networkOf } from '../model/model.ts';
import { type LeftOut, sourceOf, TooManyBadImages } from '../node/pictures/pack.ts';
import { ImageWorkers } from '../node/pictures/workers.ts';
import { compile, type Device } from '../node/runtime/device.ts';
import { machineMemory } from '../node/runtime/memory.ts';
import { testViews } from '../picture/augmentation.ts';
import type { ImageReference } from '../picture/batch.ts';
import type { View } from '../picture/view.ts';
import { meanOfViews, spreadOfViews } from './viewStatistics.ts';

/** A picture to be predicted, and the ID of the galaxy that it shows. */
export interface GalaxyImage {
  id: string;
  image: ImageReference;
}

/** How pictures are predicted. */
export interface PredictOptions {
  /** Views per galaxy whose predictions are averaged; see `testViews`. Default 1. */
  views?: number;
  /** Views that the network is given at a time, at least those of one galaxy. Default: those, or 96 where that is more. */
  batch?: number;
  device?: Device;
  /** Threads that read pictures; default: one for each core. */
  workers?: number;
  /** Predict even what takes more memory than the machine has. */
  force?: boolean;
  /** Is told, before anything large is allocated, what it will take. */
  onMemory?: MemoryOptions['onMemory'];
  /** The share of pictures that may be unreadable, all but one at most; each is told and left out. Default 0.01. */
  maxBad?: number;
  onBad?: (name: string, reason: string) => void;
  onProgress?: (done: number, total: number) => void;
}

const DEFAULT_BATCH = 96;

/**
 * For fewer views in all, convolutions are direct: to transform the kernels of a spectral network takes a second or two when
 * it is loaded, and, of `baseline` on two cores, about so many views to earn it back.
 */
const FEWEST_SPECTRAL_VIEWS = 64;

/**
 * The fractions [N, 37] of a batch `image` [H, W, C, N], the weights of the network fixed, as a graph.
 * @param views how many are to be predicted in all
 * @example await compile({ fractions: predictionGraph(model, 96, 79_975) }, { name: 'cpu', threads: 2 });
 */
export function predictionGraph(
  model: Pick<Model, 'network' | 'weights' | 'tree'>,
  batch: number,
  views: number,
): Tensor {
  const network = networkOf(model);
  const { size, channels } = model.network.input;
  const image = input('image', [size, size, channels, batch]);
  const state = constantState(network, model.weights);
  return views < FEWEST_SPECTRAL_VIEWS
    ? inferenceGraph(network, transpose(image, [3, 2, 0, 1]), NCHW, inferenceBuild(state, 'direct'))
    : inferenceGraph(network, image, HWCN, inferenceBuild(state, 'auto'));
}

/** What the network says of one galaxy. */
interface ViewPredictions<Galaxy> {
  galaxy: Galaxy;
  /** `[views, 37]` */
  fractions: Float32Array;
}

/**
 * Predicts each view of each galaxy, in the order given; each picture is read once. Of galaxies, no more than a few batches
 * are in memory.
 * @throws TooManyBadImages where more than `maxBad` of the pictures cannot be read, or all; UserError for a device that
 * is not there, and where the machine has not the memory
 * @example
 * for await (const { galaxy, fractions } of predictViews(model, galaxies, testViews(16))) … // fractions [16, 37]
 */
export async function* predictViews<Galaxy extends GalaxyImage>(
  model: Model,
  galaxies: readonly Galaxy[],
  views: readonly View[],
  options: Omit<PredictOptions, 'views'> = {},
): AsyncGenerator<ViewPredictions<Galaxy>, void, undefined> {
  const count = views.length;
  const {
    batch = Math.max(DEFAULT_BATCH, count),
    device = { name: 'cpu', threads: 0 },
    workers = availableParallelism(),
    maxBad = 0.01,
  } = options;
  if (batch < count) throw new UserError(`--batch ${batch}: less than the ${count} views of one galaxy`);
  /** Galaxies in a batch of so many views. */
  const fitting = (views: number) => Math.min(galaxies.length, Math.floor(views / count));
  const together = fitting(batch);
  const capacity = together * count;
  const { size, channels } = model.network.input;
  if (galaxies.length === 0) return;
  const graphOf = (drawn: number) => predictionGraph(model, drawn, galaxies.length * count);
  const graph = graphOf(capacity);
  const bytes = (views: number) => {
    if (views < count) return Number.POSITIVE_INFINITY; // those of one galaxy are never parted
    const drawn = fitting(views) * count;
    const buffers = (workers + 2) * tensorBytes([[size, size, channels, drawn]]);
    return processBytes([[drawn === capacity ? graph : graphOf(drawn)]], buffers, workers);
  };
  checkMemory(
    { machine: machineMemory(), ...options, device: device.name },
    `--batch ${batch}`,
    batch,
    bytes,
  );
  const columns = model.tree.columns.length;
  const threads = new ImageWorkers(workers);
  const leftOut: LeftOut[] = [];
  let program: Program | undefined;
  let done = 0;

  function* jobs() {
    for (let start = 0; start < galaxies.length; start += together) {
      const members = galaxies.slice(start, start + together);
      yield { items: members.map(({ image }) => ({ image, views })), size, capacity, members };
    }
  }

  try {
    for await (const { data, job, failures } of threads.batches(jobs())) {
      for (const { name, reason } of failures) {
        leftOut.push({ name, reason });
        options.onBad?.(name, reason);
      }
      if (leftOut.length > maxBad * galaxies.length)
        throw new TooManyBadImages(leftOut, galaxies.length, maxBad);
      // Only now: while it is loaded, pictures are read ahead.
      program ??= await compile({ fractions: graph }, device);
      const { fractions } = await program.run({ image: data });
      threads.recycle(data);
      const failed = new Set(failures.map(({ item }) => item));
      for (const [item, galaxy] of job.members.entries()) {
        const first = item * count * columns;
        if (!failed.has(item))
          yield { galaxy, fractions: fractions!.subarray(first, first + count * columns) };
      }
      done += job.members.length;
      options.onProgress?.(done, galaxies.length);
    }
    if (leftOut.length === galaxies.length)
      throw new TooManyBadImages(leftOut, galaxies.length, maxBad, sourceOf(galaxies[0]!.image));
  } finally {
    await threads.close();
    await program?.release();
  }
}

/** A galaxy's predicted vote fractions, the mean of its views. */
export interface GalaxyPrediction extends Prediction {
  /**
   * How far the views differ: the standard deviation of one view's prediction (n - 1 in its denominator), by column.
   * Where there are several views.
   */
  readonly spread?: Float32Array;
}

/**
 * Predicts the vote fractions of each galaxy, in the order given.
 * @throws TooManyBadImages where more than `maxBad` of the pictures cannot be read, or all; UserError for a device that
 * is not there
 * @example
 * for await (const { id, fractions } of predict(await openRun('runs/first'), galaxies, { views: 16 })) {
 *   console.log(id, leadingRoute(GALAXY_ZOO_2, fractions).map(({ label }) => label));
 * }
 */
export async function* predict(
  model: Model,
  galaxies: readonly GalaxyImage[],
  { views = 1, ...options }: PredictOptions = {},
): AsyncGenerator<GalaxyPrediction, void, undefined> {
  for await (const { galaxy, fractions } of predictViews(model, galaxies, testViews(views), options)) {
    const mean = meanOfViews(fractions, model.tree.columns.length);
    const spread = views > 1 ? { spread: spreadOfViews(fractions, mean) } : {};
    yield { id: galaxy.id, fractions: mean, ...spread };
  }
}
