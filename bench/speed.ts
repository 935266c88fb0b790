/** Training steps and predictions of batches in memory, against peers: images per second and memory. */
import { describeNetwork } from '../src/model/networks.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  type Benchmark,
  HEADLINE_FLAGS,
  headlineOf,
  type Outcome,
  OWN,
  PLAIN,
  PYTORCH,
  type Settings,
  TENSORFLOW,
  versionsOf,
} from './benchmark.ts';
import { type Peer, startOwn, startPyTorch, startTensorFlow } from './peer.ts';
import { type Contestant, medianSeconds, peakGigabytes, takeTurns } from './turns.ts';

const WARM_UP_ROUNDS = 3;

/** TensorFlow.js is slow, so it gets smaller batches and fewer rounds. */
const TENSORFLOW_BATCH = 8;
const TENSORFLOW_ROUNDS = 3;

type Task = 'train' | 'predict';

/** The result of one contestant. */
interface Row {
  name: string;
  batch: number;
  rounds: number;
  imagesPerSecond: number;
  /** Speed of this project over that of the peer. */
  ratio: number;
  peakGigabytes: number;
}

/** This project and the installed peers. */
async function contestants(
  task: Task,
  network: string,
  batch: number,
  threads: number,
): Promise<Contestant[]> {
  const order = { task, network: describeNetwork(network, { tree: GALAXY_ZOO_2 }), batch, threads };
  const found: (Omit<Contestant, 'peer'> & { peer: Peer | undefined })[] = [
    { name: OWN, batch, peer: await startOwn(order) },
    { name: PYTORCH, batch, peer: await startPyTorch(order) },
  ];
  if (task === 'predict') {
    found.push({ name: PLAIN, batch, peer: await startOwn({ ...order, engine: 'conv' }) });
    const few = Math.min(batch, TENSORFLOW_BATCH);
    const peer = await startTensorFlow({ ...order, batch: few, threads: 1 });
    found.push({ name: TENSORFLOW, batch: few, peer, fewerRounds: TENSORFLOW_ROUNDS });
  }
  return found.filter((each): each is Contestant => each.peer !== undefined);
}

/** The figures at the top of results.json. */
function headline(task: Task, rows: readonly Row[]): Record<string, number> {
  const of = (name: string) => rows.find((row) => row.name === name);
  const [own, pytorch, plain, tensorflow] = [OWN, PYTORCH, PLAIN, TENSORFLOW].map(of);
  return {
    ...(pytorch && { [`${task}RatioToPyTorch`]: pytorch.ratio }),
    ...(pytorch && { [`${task}PeakMemoryRatioToPyTorch`]: own!.peakGigabytes / pytorch.peakGigabytes }),
    ...(plain && { [`${task}RatioToOnnxRuntimeConv`]: plain.ratio }),
    ...(tensorflow && { [`${task}RatioToTensorFlowJs`]: tensorflow.ratio }),
  };
}

async function measure(task: Task, batch: number, settings: Settings): Promise<Outcome> {
  const { network, threads, rounds } = settings;
  const all = await contestants(task, network, batch, threads);
  const steps = await takeTurns(all, { rounds, warmUp: WARM_UP_ROUNDS });
  const own = batch / medianSeconds(steps.get(OWN)!);
  const rows = all.map(({ name, batch, fewerRounds = rounds }): Row => {
    const imagesPerSecond = batch / medianSeconds(steps.get(name)!);
    const memory = peakGigabytes(steps.get(name)!);
    const taken = Math.min(rounds, fewerRounds);
    return {
      name,
      batch,
      rounds: taken,
      imagesPerSecond,
      ratio: own / imagesPerSecond,
      peakGigabytes: memory,
    };
  });
  return {
    title: `${network}, batch ${batch}`,
    table: [
      ['', 'img/s', 'ratio', 'peak', 'batch', 'rounds'],
      ...rows.map(({ name, batch, rounds, imagesPerSecond, ratio, peakGigabytes }) => [
        name,
        imagesPerSecond.toFixed(1),
        `${ratio.toFixed(2)}×`,
        `${peakGigabytes.toFixed(2)} GB`,
        `${batch}`,
        `${rounds}`,
      ]),
    ],
    notes: steps.has(TENSORFLOW) ? [`${TENSORFLOW} has one thread in Node`] : [],
    rows,
    headline: headlineOf(settings, headline(task, rows), batch),
    versions: versionsOf(all),
  };
}

function benchmark(task: Task, summary: string): Benchmark {
  return {
    summary,
    flags: { ...HEADLINE_FLAGS, rounds: '7' },
    fewestRounds: 5,
    async *run(settings) {
      for (const batch of settings.batches) yield await measure(task, batch, settings);
    },
  };
}

export const train = benchmark('train', 'steps of training against PyTorch: img/s and memory');
export const predict = benchmark(
  'predict',
  'batches predicted against PyTorch, plain Conv and TensorFlow.js: img/s and memory',
);
