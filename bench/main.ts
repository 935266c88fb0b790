/**
 * Benchmarks against peers: `npm run bench -- [train|predict] [--network NAME] [--batch N] [--threads N] [--rounds N]`.
 * The project and its peers take steps by turns in one run, so that a noisy machine is noisy for all; medians and their
 * ratios are printed and written to bench/results.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { input } from '../src/graph/tensor.ts';
import { constantState, inferenceBuild, inferenceGraph } from '../src/networks/inference.ts';
import { describeNetwork } from '../src/networks/networks.ts';
import { HWCN, NCHW } from '../src/nn/layout.ts';
import { Network } from '../src/nn/network.ts';
import { compile } from '../src/runtime/device.node.ts';
import { TrainingStep, trainingGraph } from '../src/train/step.ts';
import { type PeerStep, startPyTorch } from './peer.ts';

interface Contestant {
  name: string;
  step(): Promise<PeerStep>;
  close(): void | Promise<void>;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    network: { type: 'string', default: 'baseline' },
    batch: { type: 'string', default: '96' },
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '7' },
  },
});
const [batch, threads, rounds] = [values.batch, values.threads, values.rounds].map(Number);
const network = new Network(describeNetwork(values.network));
const { size, channels } = network.description.input;
const device = { name: 'cpu', threads };
const image = Float32Array.from({ length: size * size * channels * batch }, () => Math.random() * 2 - 1);
const target = Float32Array.from({ length: batch * network.outputs }, () => Math.random());

async function timed(action: () => Promise<unknown>): Promise<PeerStep> {
  const start = performance.now();
  await action();
  return { seconds: (performance.now() - start) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

async function pytorch(task: string): Promise<Contestant[]> {
  const peer = await startPyTorch({ network: network.description, batch, threads, task });
  if (peer !== undefined) {
    return [{ name: `PyTorch ${peer.about.torch}`, step: () => peer.step(), close: () => peer.close() }];
  }
  process.stderr.write('PyTorch is not here; to compare with it: apt-get install python3-torch\n');
  return [];
}

async function trainers(): Promise<Contestant[]> {
  const graph = trainingGraph(network, { batch, loss: 'bce', method: 'auto' });
  const program = await compile(graph.outputs, device);
  const step = new TrainingStep(program, graph, network.initialState(1), 1);
  let count = 0;
  return [
    {
      name: 'Tuning Fork',
      step: () => timed(() => step.run(image, target, 1e-4, ++count)),
      close: () => program.release(),
    },
    ...(await pytorch('train')),
  ];
}

async function predictors(): Promise<Contestant[]> {
  const state = constantState(network, network.initialState(1));
  const spectral = inferenceGraph(
    network,
    input('image', [size, size, channels, batch]),
    HWCN,
    inferenceBuild(state, 'auto'),
  );
  const plain = inferenceGraph(
    network,
    input('image', [batch, channels, size, size]),
    NCHW,
    inferenceBuild(state, 'direct'),
  );
  const contestant = async (name: string, fractions: typeof plain): Promise<Contestant> => {
    const program = await compile({ fractions }, device);
    return { name, step: () => timed(() => program.run({ image })), close: () => program.release() };
  };
  return [
    await contestant('Tuning Fork', spectral),
    ...(await pytorch('predict')),
    await contestant('ONNX Runtime, Conv', plain),
  ];
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** Two rounds to warm up, then by turns; images per second of each, the project first. */
async function measure(task: string, contestants: readonly Contestant[]) {
  const seconds = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  const peaks = new Map<string, number>();
  for (let round = -3; round < rounds; round++) {
    for (const { name, step } of contestants) {
      const taken = await step();
      if (round >= 0) seconds.get(name)!.push(taken.seconds);
      peaks.set(name, taken.peakBytes);
    }
  }
  for (const { close } of contestants) await close();
  const own = batch / median(seconds.get('Tuning Fork')!);
  const rows = contestants.map(({ name }) => {
    const imagesPerSecond = batch / median(seconds.get(name)!);
    return { name, imagesPerSecond, ratio: own / imagesPerSecond, peakGigabytes: peaks.get(name)! / 1e9 };
  });
  process.stdout.write(
    `\n${task}, ${values.network}, batch ${batch}, ${threads} threads, ${rounds} rounds\n`,
  );
  for (const { name, imagesPerSecond, ratio, peakGigabytes } of rows) {
    const columns = [imagesPerSecond.toFixed(1).padStart(8), ratio.toFixed(2).padStart(6)];
    process.stdout.write(
      `  ${name.padEnd(20)} ${columns[0]} img/s   ${columns[1]}×   peak ${peakGigabytes.toFixed(2)} GB\n`,
    );
  }
  return rows;
}

const TASKS = { train: trainers, predict: predictors };
const asked = positionals.length > 0 ? positionals : Object.keys(TASKS);
const unknown = asked.find((task) => !(task in TASKS));
if (unknown !== undefined) {
  process.stderr.write(`bench: no benchmark '${unknown}'; there are ${Object.keys(TASKS).join(', ')}\n`);
  process.exit(2);
}
const path = fileURLToPath(new URL('../../bench/results.json', import.meta.url));
const results = (() => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
})();
for (const task of asked as (keyof typeof TASKS)[]) {
  const rows = await measure(task, await TASKS[task]());
  const peer = rows.find(({ name }) => name.startsWith('PyTorch'));
  if (values.network === 'baseline' && peer !== undefined) results[`${task}RatioToPyTorch`] = peer.ratio;
  results[task] ??= {};
  results[task][`${values.network} batch ${batch}`] = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${threads} threads of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    rounds,
    rows,
  };
}
results.node = process.version;
writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
