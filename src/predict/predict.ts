/** Predicts pictures in their order; memory does not grow with their number. */
import type { GalaxyImage } from '../data/images.ts';
import type { Prediction } from '../data/submission.ts';
import type { Solutions } from '../data/votes.ts';
import { transpose } from '../engine/graph/shape.ts';
import { input, type Tensor } from '../engine/graph/tensor.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import type { Build } from '../engine/nn/layer.ts';
import { HWCN, type Layout, NCHW, toNCHW } from '../engine/nn/layout.ts';
import type { Network } from '../engine/nn/network.ts';
import { checkMemory, processBytes, tensorBytes } from '../engine/runtime/memory.ts';
import type { Program } from '../engine/runtime/program.ts';
import { OptionError, UserError } from '../errors.ts';
import { placementOf, type TaskOptions } from '../events.ts';
import { inferenceOutputs, type PredictedGraphs } from '../model/inference.ts';
import { type Model, networkOf } from '../model/model.ts';
import { isUnlikeTraining } from '../model/trainingPictures.ts';
import { testViews } from '../picture/augmentation.ts';
import { imageName } from '../picture/batch.ts';
import { FlaggedPictures, type PictureFlag } from '../picture/flags.ts';
import { ReadHdus } from '../picture/readHdus.ts';
import { SkippedPictures } from '../picture/unreadable.ts';
import type { View } from '../picture/view.ts';
import type { Device, Platform } from '../platform.ts';
import { meanOfViews, spreadOfViews } from './viewStatistics.ts';

export interface PredictOptions extends TaskOptions {
  /** Views per galaxy, averaged; see `testViews`. Default 1. */
  views?: number;
  /** Views in a batch of the network, at least those of one galaxy. Default 96, or more if a galaxy has more. */
  batch?: number;
  /** Default: the CPU, with a thread for each core. */
  device?: Device;
  /** Threads that read pictures. Default: one for each core. */
  workers?: number;
  /** Run even if it needs more memory than the machine has. */
  force?: boolean;
  /** The share of pictures that may be unreadable; they are skipped. Default 0.01. */
  maxBad?: number;
}

const DEFAULT_BATCH = 96;

/**
 * With fewer views, convolutions are direct. Transforming the kernels for spectral convolutions takes a second or two at loading:
 * for `baseline` on two cores, that pays off from about this number of views.
 */
const FEWEST_SPECTRAL_VIEWS = 64;

/**
 * The graphs of a network's outputs for a batch `image` `[H, W, C, N]`, with fixed weights.
 * @param outputsOf the outputs of normalised pictures, `[H, W, C, N]` or `[N, C, H, W]` in the layout's order
 * @param views number of views in all
 */
function batchOutputs<Outputs>(
  network: Network,
  weights: Model['weights'],
  outputsOf: (image: Tensor, layout: Layout, build: Build) => Outputs,
  batch: number,
  views: number,
): Outputs {
  const { size, channels } = network.description.input;
  const image = input('image', [size, size, channels, batch]);
  const state = constantState(network, weights);
  return views < FEWEST_SPECTRAL_VIEWS
    ? outputsOf(toNCHW(image), NCHW, inferenceBuild(state, 'direct'))
    : outputsOf(image, HWCN, inferenceBuild(state, 'auto'));
}

/**
 * The graphs of the predictions of a batch `image` `[H, W, C, N]`, with fixed weights.
 * @param views number of views in all
 */
export function predictionOutputs(
  model: Pick<Model, 'network' | 'weights' | 'tree'>,
  batch: number,
  views: number,
): PredictedGraphs {
  const network = networkOf(model);
  const outputsOf = (image: Tensor, layout: Layout, build: Build) =>
    inferenceOutputs(network, image, layout, build);
  return batchOutputs(network, model.weights, outputsOf, batch, views);
}

/** The same for the features of {@link galaxyFeatures}, `[N, features]`. */
function featureOutputs(network: Network, weights: Model['weights'], batch: number, views: number) {
  const outputsOf = (tensor: Tensor, layout: Layout, build: Build) => {
    const features = network.forward({ kind: 'map', layout, tensor }, build).tensor;
    return { features: layout === HWCN ? transpose(features, [1, 0]) : features };
  };
  return batchOutputs(network, weights, outputsOf, batch, views);
}

/** A network that is run on views. */
interface ViewWork {
  /**
   * The graphs of the outputs `[N, columns]` of a batch `image` `[H, W, C, N]`.
   * @param views number of views in all
   */
  outputs(batch: number, views: number): Record<string, Tensor>;
  /** Its name in reports of placement. */
  name: string;
  doing: 'predicting' | 'features';
}

interface ViewOutputs<Galaxy> {
  galaxy: Galaxy;
  /** Each output of each view, `[views, columns]`. The arrays are parts of a batch. */
  outputs: Record<string, Float32Array>;
  /** Flags of its picture. */
  flags: readonly PictureFlag[];
}

/** The same items; the first one is requested at once. */
function requested<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  const first = items.next();
  first.catch(() => {}); // thrown to the reader of the items, if there is one
  return (async function* () {
    try {
      for (let next = await first; !next.done; next = await items.next()) yield next.value;
    } finally {
      await items.return(undefined);
    }
  })();
}

/**
 * Runs a network on each view of each galaxy, in the order given. Each picture is read once, and few batches are in memory.
 * @param views the first one is compared with the training pictures
 * @throws TooManyBadImages if more than `maxBad` of the pictures cannot be read, or all; UserError if the device cannot be
 * used, or memory is too small
 */
async function* runViews<Galaxy extends GalaxyImage>(
  platform: Platform,
  model: Model,
  { outputs: outputsOf, name, doing }: ViewWork,
  galaxies: readonly Galaxy[],
  views: readonly View[],
  options: Omit<PredictOptions, 'views'>,
): AsyncGenerator<ViewOutputs<Galaxy>, void, undefined> {
  const count = views.length;
  const { batch = Math.max(DEFAULT_BATCH, count), workers = platform.cores, onEvent } = options;
  const onPlacement = placementOf(options, name);
  const device = { name: 'cpu', threads: 0, onPlacement, ...options.device };
  if (batch < count) throw new OptionError('batch', `less than the ${count} views of one galaxy`, batch);
  if (galaxies.length === 0) return;
  /** Galaxies in a batch of this number of views. */
  const fitting = (views: number) => Math.min(galaxies.length, Math.floor(views / count));
  const together = fitting(batch);
  const capacity = together * count;
  const { preprocessing } = model;
  const { size } = preprocessing;
  const { channels } = model.network.input;
  const graphOf = (drawn: number) => outputsOf(drawn, galaxies.length * count);
  const graph = graphOf(capacity);
  const bytes = (views: number) => {
    if (views < count) return Number.POSITIVE_INFINITY; // a galaxy's views share a batch
    const drawn = fitting(views) * count;
    const buffers = (workers + 2) * tensorBytes([[size, size, channels, drawn]]);
    return processBytes([Object.values(drawn === capacity ? graph : graphOf(drawn))], buffers, workers);
  };
  const machine = platform.memory();
  checkMemory({ ...options, machine, device: device.name }, batch, bytes);
  const reader = platform.pictures(Math.min(workers, galaxies.length));
  const skipped = new SkippedPictures(galaxies.length, options.maxBad, onEvent, true);
  const flags = new FlaggedPictures();
  const readHdus = new ReadHdus();
  let program: Program | undefined;
  let done = 0;

  function* jobs() {
    for (let start = 0; start < galaxies.length; start += together) {
      const members = galaxies.slice(start, start + together);
      const items = members.map(({ image }) => ({ image, views }));
      yield { items, size, capacity, preprocessing, members };
    }
  }

  try {
    const batches = requested(reader.batches(jobs()));
    program = await platform.compile(graph, device); // the first pictures are read meanwhile
    for await (const { data, job, failures, flagged, hdus } of batches) {
      for (const failure of failures) skipped.add(failure);
      skipped.check(done + job.members.length);
      readHdus.add(hdus);
      const results = await program.run({ image: data });
      const failed = new Set(failures.map(({ item }) => item));
      const flagsOf = new Map(flagged.map(({ item, flags }) => [item, flags]));
      for (const [item, { image }] of job.members.entries()) {
        if (failed.has(item)) continue;
        if (isUnlikeTraining(model, data, item * count, capacity))
          flagsOf.set(item, [...(flagsOf.get(item) ?? []), 'unlike-training']);
        flags.add({ name: imageName(image), flags: flagsOf.get(item) ?? [] });
      }
      reader.recycle(data);
      for (const [item, galaxy] of job.members.entries()) {
        if (failed.has(item)) continue;
        const rows = (values: Float32Array) => {
          const own = (values.length / capacity) * count;
          return values.subarray(item * own, (item + 1) * own);
        };
        const outputs = Object.fromEntries(
          Object.entries(results).map(([name, values]) => [name, rows(values)]),
        );
        yield { galaxy, outputs, flags: flagsOf.get(item) ?? [] };
      }
      done += job.members.length;
      onEvent?.({ kind: 'progress', doing, done, total: galaxies.length });
    }
    skipped.checkSomeLeft(galaxies[0]!.image);
    for (const message of [...readHdus.lines(), ...flags.lines()]) onEvent?.({ kind: 'note', message });
  } finally {
    await reader.close();
    await program?.release();
  }
}

/**
 * Predicts each view of each galaxy, in the order given.
 * @param views the first one is compared with the training pictures
 * @throws as `runViews`
 */
export async function* predictViews<Galaxy extends GalaxyImage>(
  platform: Platform,
  model: Model,
  galaxies: readonly Galaxy[],
  views: readonly View[],
  options: Omit<PredictOptions, 'views'> = {},
): AsyncGenerator<
  Omit<ViewOutputs<Galaxy>, 'outputs'> & {
    /** `[views, columns]` */
    fractions: Float32Array;
    /** `[views, columns]`, if the network has the head `dirichlet`. */
    concentrations?: Float32Array;
  },
  void,
  undefined
> {
  const work: ViewWork = {
    outputs: (batch, all) => predictionOutputs(model, batch, all),
    name: 'prediction',
    doing: 'predicting',
  };
  for await (const { outputs, ...each } of runViews(platform, model, work, galaxies, views, options)) {
    const { fractions, concentrations } = outputs;
    yield { ...each, fractions: fractions!, ...(concentrations && { concentrations }) };
  }
}

export interface GalaxyPrediction extends Prediction {
  /** Standard deviation between the views (denominator n - 1), `[columns]`; undefined for a single view. */
  readonly spread?: Float32Array;
  /** Reasons to doubt the prediction: see `PICTURE_FLAGS`. Pictures in memory have `unlike-training` only. */
  readonly flags: readonly PictureFlag[];
  /** Of the views' Dirichlet distributions, `[views, columns]`, if the network has the head `dirichlet`. */
  readonly concentrations?: Float32Array;
}

/**
 * Predicts the vote fractions of each galaxy, in the order given: the mean over its views.
 * @throws as `predictViews`
 * @example
 * async function classify(model: Model, pixels: Uint8Array) { // [side, side, 3], RGB
 *   const image = { kind: 'pixels', name: 'M 51', pixels } as const;
 *   for await (const { fractions } of predictGalaxies(webPlatform(), model, [{ id: 'M 51', image }])) {
 *     console.log(leadingRoute(model.tree, fractions).map(({ label }) => label));
 *   }
 * }
 */
export async function* predictGalaxies(
  platform: Platform,
  model: Model,
  galaxies: readonly GalaxyImage[],
  { views = 1, ...options }: PredictOptions = {},
): AsyncGenerator<GalaxyPrediction, void, undefined> {
  const columns = model.tree.columns.length;
  const all = predictViews(platform, model, galaxies, testViews(views, model.preprocessing), options);
  for await (const { galaxy, fractions, flags, concentrations } of all) {
    const mean = meanOfViews(fractions, columns);
    const spread = views > 1 ? { spread: spreadOfViews(fractions, mean) } : {};
    yield {
      id: galaxy.id,
      fractions: mean,
      flags,
      ...spread,
      ...(concentrations && { concentrations: concentrations.slice() }), // not the whole batch
    };
  }
}

/** The features of a galaxy. */
export interface GalaxyFeatures {
  readonly id: string;
  /** The mean over the views, `[outputs of the network]`. */
  readonly features: Float32Array;
  /** Reasons to doubt them: see `PICTURE_FLAGS`. */
  readonly flags: readonly PictureFlag[];
}

/**
 * The features of each galaxy, in the order given: the outputs of a part of a network.
 * @param network of `featureNetwork`
 * @throws as `runViews`
 */
export async function* galaxyFeatures(
  platform: Platform,
  model: Model,
  network: Network,
  galaxies: readonly GalaxyImage[],
  { views = 1, ...options }: PredictOptions = {},
): AsyncGenerator<GalaxyFeatures, void, undefined> {
  const work: ViewWork = {
    outputs: (batch, all) => featureOutputs(network, model.weights, batch, all),
    name: 'features',
    doing: 'features',
  };
  const drawn = testViews(views, model.preprocessing);
  for await (const { galaxy, outputs, flags } of runViews(platform, model, work, galaxies, drawn, options))
    yield { id: galaxy.id, features: meanOfViews(outputs.features!, network.outputs), flags };
}

/**
 * Predicts galaxies into a table, which takes 300 bytes per galaxy. Pictures that cannot be read have no row.
 * @param file the name of the table in messages
 * @throws as {@link predictGalaxies}; UserError if there is no picture
 */
export async function predictTable(
  platform: Platform,
  file: string,
  model: Model,
  galaxies: readonly GalaxyImage[],
  options: PredictOptions = {},
): Promise<Solutions> {
  const ids: string[] = [];
  const columns = model.tree.columns.length;
  const fractions = new Float64Array(galaxies.length * columns);
  for await (const prediction of predictGalaxies(platform, model, galaxies, options)) {
    fractions.set(prediction.fractions, ids.length * columns);
    ids.push(prediction.id);
  }
  if (ids.length === 0) throw new UserError(`${file}: expected at least one picture to predict, got none`);
  return { file, ids, fractions: fractions.subarray(0, ids.length * columns) };
}
