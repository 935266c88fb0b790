/**
 * Benchmarks against peers: `npm run bench -- [train|predict] [--network NAME] [--batch N] [--threads N] [--rounds N]`.
 * The project and its peers take steps by turns in one run, each in a process of its own, so that a noisy machine is noisy
 * for all; medians and their ratios are printed and written to bench/results.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeNetwork } from '../src/networks/networks.ts';
import { type Peer, startOwn, startPyTorch } from './peer.ts';

const TASKS = ['train', 'predict'] as const;
type Task = (typeof TASKS)[number];

const OWN = 'Tuning Fork';
const PYTORCH = 'PyTorch';
const WARM_UP_ROUNDS = 3;
const FEWEST_ROUNDS = 5;

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
const unknown = positionals.find((task) => !TASKS.includes(task as Task));
if (unknown !== undefined || !(rounds >= FEWEST_ROUNDS)) {
  const problem =
    unknown === undefined ? `expected ${FEWEST_ROUNDS} rounds or more` : `no benchmark '${unknown}'`;
  process.stderr.write(`bench: ${problem}; there are ${TASKS.join(', ')}\n`);
  process.exit(2);
}

/** The project first; PyTorch where it is to be had. */
async function contestants(task: Task): Promise<Map<string, Peer>> {
  const order = { network: describeNetwork(values.network), batch, threads, task };
  const peers = new Map([[OWN, await startOwn(order)]]);
  const pytorch = await startPyTorch(order);
  if (pytorch !== undefined) peers.set(PYTORCH, pytorch);
  else process.stderr.write('PyTorch is not here; to compare with it: apt-get install python3-torch\n');
  if (task === 'predict') peers.set('ONNX Runtime, Conv', await startOwn({ ...order, engine: 'conv' }));
  return peers;
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** What one benchmark says of one contestant; `ratio` is how many times as fast the project is. */
interface Row {
  name: string;
  imagesPerSecond: number;
  ratio: number;
  peakGigabytes: number;
}

async function measure(task: Task): Promise<Row[]> {
  const peers = await contestants(task);
  const seconds = new Map<string, number[]>([...peers.keys()].map((name) => [name, []]));
  const peakBytes = new Map<string, number>();
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [name, peer] of peers) {
      const step = await peer.step();
      if (round >= 0) seconds.get(name)!.push(step.seconds);
      peakBytes.set(name, step.peakBytes);
    }
  }
  for (const peer of peers.values()) peer.close();
  const own = batch / median(seconds.get(OWN)!);
  return [...peers.keys()].map((name) => {
    const imagesPerSecond = batch / median(seconds.get(name)!);
    return { name, imagesPerSecond, ratio: own / imagesPerSecond, peakGigabytes: peakBytes.get(name)! / 1e9 };
  });
}

const path = fileURLToPath(new URL('../../bench/results.json', import.meta.url));
const results = (() => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
})();
for (const task of positionals.length > 0 ? (positionals as Task[]) : TASKS) {
  const rows = await measure(task);
  process.stdout.write(
    `\n${task}, ${values.network}, batch ${batch}, ${threads} threads, ${rounds} rounds\n`,
  );
  for (const { name, imagesPerSecond, ratio, peakGigabytes } of rows) {
    const speed = `${imagesPerSecond.toFixed(1).padStart(8)} img/s   ${ratio.toFixed(2).padStart(6)}×`;
    process.stdout.write(`  ${name.padEnd(20)} ${speed}   peak ${peakGigabytes.toFixed(2)} GB\n`);
  }
  const pytorch = rows.find(({ name }) => name === PYTORCH);
  const isHeadline = values.network === 'baseline' && batch === 96;
  if (isHeadline && pytorch !== undefined) results[`${task}RatioToPyTorch`] = pytorch.ratio;
  results[task] ??= {};
  results[task][`${values.network}, batch ${batch}`] = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${threads} threads of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.version,
    rounds,
    rows,
  };
}
writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
