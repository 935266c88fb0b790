/** Whole runs on files, like those of the commands. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { EpochMetrics, TaskEvent } from '../src/events.ts';
import { describeNetwork } from '../src/model/networks.ts';
import { openImages } from '../src/node/data/openCatalogue.ts';
import { writeSubmission } from '../src/node/data/writeSubmission.ts';
import { packImages } from '../src/node/pictures/pack.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { predictGalaxies } from '../src/predict/predict.ts';
import { train } from '../src/tasks/train.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import type { PictureFolder } from './pictures.ts';
import { untrained } from './steps.ts';

/** A training, a prediction or a packing of a folder of pictures. */
export interface RunOrder {
  task: 'training' | 'prediction' | 'packing';
  network: string;
  batch: number;
  threads: number;
  /** For a training. */
  epochs: number;
  pictures: PictureFolder;
  /** Outputs go here and are removed after the run. */
  scratch: string;
}

/** Counts of a part of a run. */
export interface Counted {
  images: number;
  seconds: number;
  /** Time of all threads, user and system. */
  cpuSeconds?: number;
}

/** A whole prediction, and the part in which reading and predicting overlap. */
export interface PredictionFigures {
  whole: Counted;
  /** Undefined if there are too few batches. */
  steady?: Counted;
}

/** A training after its first epoch, with and without the work between epochs (validation, checkpoints). */
export interface TrainingFigures {
  afterFirstEpoch: Counted;
  epochsAlone: Counted;
}

type Moment = Required<Counted>;

function moment(images: number): Moment {
  const { user, system } = process.cpuUsage();
  return { images, seconds: performance.now() / 1000, cpuSeconds: (user + system) / 1e6 };
}

const between = (start: Moment, end: Moment): Moment => ({
  images: end.images - start.images,
  seconds: end.seconds - start.seconds,
  cpuSeconds: end.cpuSeconds - start.cpuSeconds,
});

async function inFolder<Result>(scratch: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(scratch, 'run-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function training({ network, batch, threads, epochs, pictures, scratch }: RunOrder) {
  const { images, solutions } = pictures;
  const sources = { images: [images], solutions: [solutions] };
  const settings = { network, batch, threads, epochs, ...sources };
  return () =>
    inFolder(scratch, async (folder): Promise<TrainingFigures> => {
      const ends: Moment[] = [];
      const lines: EpochMetrics[] = [];
      let images = 0;
      const onEvent = (event: TaskEvent) => {
        if (event.kind !== 'epoch') return;
        const { imagesPerSecond, seconds } = event.metrics;
        images += Math.round(imagesPerSecond * seconds);
        ends.push(moment(images));
        lines.push(event.metrics);
      };
      await train({ ...settings, out: join(folder, 'run'), onEvent });
      const afterFirstEpoch = between(ends[0]!, ends.at(-1)!);
      const seconds = lines.slice(1).reduce((sum, line) => sum + line.seconds, 0);
      return { afterFirstEpoch, epochsAlone: { images: afterFirstEpoch.images, seconds } };
    });
}

/** Batches that are read ahead while one is predicted, and one more, during which nothing is read. */
export const BATCHES_AHEAD = availableParallelism() + 2;

export function prediction({ network: name, batch, threads, pictures, scratch }: RunOrder) {
  const model = untrained(describeNetwork(name, { tree: GALAXY_ZOO_2 }));
  return () =>
    inFolder(scratch, async (folder): Promise<PredictionFigures> => {
      const start = moment(0);
      const galaxies = await openImages(pictures.images);
      const ends: Moment[] = [];
      const predictions = predictGalaxies(nodePlatform, model, galaxies, {
        batch,
        device: { name: 'cpu', threads },
        onEvent: (event) => {
          if (event.kind === 'progress') ends.push(moment(event.done));
        },
      });
      await writeSubmission(GALAXY_ZOO_2, join(folder, 'predictions.csv'), predictions);
      const whole = between(start, moment(galaxies.length));
      const last = ends.length - 1 - BATCHES_AHEAD;
      return last > 0 ? { whole, steady: between(ends[0]!, ends[last]!) } : { whole };
    });
}

export function packing({ pictures, scratch }: RunOrder) {
  return () =>
    inFolder(scratch, async (folder): Promise<PredictionFigures> => {
      const start = moment(0);
      const galaxies = await openImages(pictures.images);
      const { count } = await packImages({ galaxies, path: join(folder, 'images.store') });
      return { whole: between(start, moment(count)) };
    });
}
