/** Compares whole commands, files included, with their bare steps: share of the steps' speed, and load of the cores. */
import { availableParallelism } from 'node:os';
import { describeNetwork } from '../src/model/networks.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { type Benchmark, HEADLINE_FLAGS, headlineOf, type Outcome, type Settings } from './benchmark.ts';
import { type PeerStep, startOwn } from './peer.ts';
import { type PictureFolder, pictureFolders, scratchFolder } from './pictures.ts';
import {
  BATCHES_AHEAD,
  type Counted,
  type PredictionFigures,
  type RunOrder,
  type TrainingFigures,
} from './runs.ts';
import { type Contestant, median, medianSeconds, takeTurns } from './turns.ts';

const EPOCHS = 3;

/** A tenth of the pictures is for validation; this makes it one whole batch. */
const TRAINING_BATCHES = 10;
const PREDICTION_BATCHES = BATCHES_AHEAD + 17;

/** The numbers of pictures to train on and to predict. */
const picturesOf = (batch: number) => [TRAINING_BATCHES * batch, PREDICTION_BATCHES * batch];

const BARE_TURN = { uncounted: 2, counted: 4 };

/** The result of a command or a bare step. */
interface Row {
  name: string;
  imagesPerSecond: number;
  /** Share of the speed of the bare step. */
  shareOfBareStep: number;
  /** Share of all cores' time, user and system; commands only. */
  busyCores?: number;
}

/** The result of several runs of a command. */
function row(name: string, bare: number, runs: readonly Counted[]): Row {
  const imagesPerSecond = median(runs.map(({ images, seconds }) => images / seconds));
  const busy = runs.flatMap(({ cpuSeconds, seconds }) => (cpuSeconds ? [cpuSeconds / seconds] : []));
  return {
    name,
    imagesPerSecond,
    shareOfBareStep: imagesPerSecond / bare,
    ...(busy.length > 0 && { busyCores: median(busy) / availableParallelism() }),
  };
}

/** The rates of a command and of its bare step, measured in turns. */
async function measure(
  batch: number,
  folders: ReadonlyMap<number, PictureFolder>,
  scratch: string,
  settings: Settings,
): Promise<Outcome> {
  const { network, threads, rounds } = settings;
  const [few, many] = picturesOf(batch);
  const step = { network: describeNetwork(network, { tree: GALAXY_ZOO_2 }), batch, threads };
  const run: Omit<RunOrder, 'task' | 'pictures'> = { network, batch, threads, epochs: EPOCHS, scratch };

  const alternate = async <Figures>(task: 'train' | 'predict', order: RunOrder) => {
    const bare = await startOwn({ task, ...step });
    const whole = await startOwn(order);
    const all: Contestant[] = [
      { name: 'bare', batch, peer: bare, turn: BARE_TURN },
      { name: 'whole', batch, peer: whole },
    ];
    const steps = await takeTurns<PeerStep & Figures>(all, { rounds, warmUp: 0 });
    return { bare: batch / medianSeconds(steps.get('bare')!), runs: steps.get('whole')! };
  };

  const training = await alternate<TrainingFigures>('train', {
    ...run,
    task: 'training',
    pictures: folders.get(few!)!,
  });
  const prediction = await alternate<Required<PredictionFigures>>('predict', {
    ...run,
    task: 'prediction',
    pictures: folders.get(many!)!,
  });

  const epochs = training.runs.map(({ epochsAlone }) => epochsAlone);
  const trainings = training.runs.map(({ afterFirstEpoch }) => afterFirstEpoch);
  const predictions = prediction.runs.map(({ steady }) => steady);
  const rows: Row[] = [
    { name: 'bare step of training', imagesPerSecond: training.bare, shareOfBareStep: 1 },
    row('train, without validation and checkpoints', training.bare, epochs),
    row('train, after the first epoch', training.bare, trainings),
    { name: 'bare prediction', imagesPerSecond: prediction.bare, shareOfBareStep: 1 },
    row('predict, one view of each JPEG file', prediction.bare, predictions),
  ];
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  return {
    title: `${network}, batch ${batch}`,
    table: [
      ['', 'img/s', 'of bare', 'busy cores'],
      ...rows.map(({ name, imagesPerSecond, shareOfBareStep, busyCores }) => [
        name,
        imagesPerSecond.toFixed(1),
        percent(shareOfBareStep),
        busyCores === undefined ? '' : percent(busyCores),
      ]),
    ],
    notes: [
      `${few} pictures, ${EPOCHS} epochs; ${many} pictures predicted, ${settings.images ?? 'made up'}`,
      'busy cores: CPU time of program and system; threads of ONNX Runtime that spin count as busy',
    ],
    rows,
    headline: headlineOf(
      settings,
      {
        trainShareOfBareStep: rows[2]!.shareOfBareStep,
        predictFilesImagesPerSecond: rows[4]!.imagesPerSecond,
        predictFilesBusyCores: rows[4]!.busyCores!,
      },
      batch,
    ),
  };
}

export const pipeline: Benchmark = {
  summary: '`train` and `predict` from JPEG files, against their bare steps, and how busy the cores are',
  flags: { ...HEADLINE_FLAGS, rounds: '3', images: '' },
  fewestRounds: 1,
  async *run(settings) {
    const scratch = scratchFolder();
    const counts = [...new Set(settings.batches.flatMap(picturesOf))];
    const folders = await pictureFolders(scratch, counts, settings.images);
    for (const batch of settings.batches) yield await measure(batch, folders, scratch, settings);
  },
};
