/** Time of a training step by type of operation. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { matmul } from '../src/engine/graph/matmul.ts';
import {
  constant,
  elements,
  input,
  type Tensor as Node,
  topologicalOrder,
} from '../src/engine/graph/tensor.ts';
import { writeOnnx } from '../src/engine/onnx/write.ts';
import { GalaxyNetwork } from '../src/model/galaxyNetwork.ts';
import { describeNetwork } from '../src/model/networks.ts';
import { sessionOptions } from '../src/node/runtime/device.ts';
import { Profile, type ProfileEvent } from '../src/node/runtime/profile.ts';
import { trainingGraph } from '../src/train/step.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { type Benchmark, HEADLINE_FLAGS, type Outcome } from './benchmark.ts';
import { random } from './steps.ts';
import { median } from './turns.ts';

const PRODUCTS = ['MatMul', 'FusedMatMul', 'Gemm'];

/** Types with less than this share of a step are added up as `others`. */
const LEAST_SHARE = 0.005;

/** A matrix product that fits the cache, at about the machine's peak. */
const PEAK = { left: [128, 128], right: [128, 3072], runs: 50 };

/** One type of operation in one step. */
interface Row {
  type: string;
  calls: number;
  milliseconds: number;
  share: number;
  /** For matrix products. */
  gigaflops?: number;
}

function groupedBy(events: readonly ProfileEvent[], key: 'name' | 'type'): Map<string, ProfileEvent[]> {
  const groups = new Map<string, ProfileEvent[]>();
  for (const event of events) groups.set(event[key], [...(groups.get(event[key]) ?? []), event]);
  return groups;
}

/** The operations of a program, with their median times. */
async function profile(
  outputs: Readonly<Record<string, Node>>,
  threads: number,
  rounds: number,
): Promise<ProfileEvent[]> {
  const recorded = new Profile();
  const options = { ...sessionOptions({ name: 'cpu', threads }), ...recorded.sessionOptions };
  const session = await InferenceSession.create(writeOnnx(outputs), options);
  const feeds: Record<string, Tensor> = {};
  for (const { source, shape } of topologicalOrder(Object.values(outputs))) {
    if (source.kind !== 'input') continue;
    feeds[source.name] = new Tensor('float32', random(elements(shape), 0, 1), shape);
  }
  for (let run = -1; run < rounds; run++) await session.run(feeds);
  session.endProfiling();
  await session.release();
  const byName = groupedBy(recorded.read(), 'name');
  return [...byName.values()].map((runs) => ({
    ...runs[0]!,
    microseconds: median(runs.slice(1).map(({ microseconds }) => microseconds)),
  }));
}

/** Floating-point operations of a matrix product [M, K]·[K, N], either factor transposed or not. */
function flopOf({ inputs: [a, b], outputs: [result] }: ProfileEvent): number {
  const matrix = (shape: readonly number[]) => elements(shape.slice(-2));
  const inner = Math.sqrt((matrix(a!) * matrix(b!)) / matrix(result!));
  return 2 * elements(result!) * inner;
}

const gigaflopsOf = (events: readonly ProfileEvent[]): number =>
  events.reduce((sum, event) => sum + flopOf(event), 0) / timeOf(events) / 1e3;

const timeOf = (events: readonly ProfileEvent[]): number =>
  events.reduce((sum, { microseconds }) => sum + microseconds, 0);

async function measurePeak(threads: number): Promise<number> {
  const left = constant(random(elements(PEAK.left), -1, 1), PEAK.left);
  return gigaflopsOf(await profile({ y: matmul(left, input('x', PEAK.right)) }, threads, PEAK.runs));
}

async function measure(name: string, batch: number, threads: number, rounds: number): Promise<Outcome> {
  const network = new GalaxyNetwork(describeNetwork(name, { tree: GALAXY_ZOO_2 }), GALAXY_ZOO_2);
  const peak = await measurePeak(threads);
  const { outputs } = trainingGraph(network, { batch, loss: 'bce', method: 'auto' });
  const events = await profile(outputs, threads, rounds);
  const whole = timeOf(events);
  const rowOf = (type: string, of: readonly ProfileEvent[]): Row => ({
    type,
    calls: of.length,
    milliseconds: timeOf(of) / 1e3,
    share: timeOf(of) / whole,
    ...(of.every(({ type }) => PRODUCTS.includes(type)) && { gigaflops: gigaflopsOf(of) }),
  });
  const isLarge = (of: readonly ProfileEvent[]) => timeOf(of) >= LEAST_SHARE * whole;
  const groups = [...groupedBy(events, 'type')];
  const others = groups.flatMap(([, of]) => (isLarge(of) ? [] : of));
  const rows = [
    ...groups.filter(([, of]) => isLarge(of)).map(([type, of]) => rowOf(type, of)),
    ...(others.length > 0 ? [rowOf('others', others)] : []),
  ].sort((a, b) => b.milliseconds - a.milliseconds);
  return {
    title: `${name}, batch ${batch}`,
    table: [
      ['', 'calls', 'ms', 'share', 'GFLOP/s'],
      ...rows.map(({ type, calls, milliseconds, share, gigaflops }) => [
        type,
        `${calls}`,
        milliseconds.toFixed(1),
        `${(100 * share).toFixed(1)} %`,
        gigaflops?.toFixed(0) ?? '',
      ]),
    ],
    notes: [`a matrix product within the cache: ${peak.toFixed(0)} GFLOP/s`],
    rows,
    headline: {},
  };
}

export const profiled: Benchmark = {
  summary: 'where a step of training spends its time, by type of operation',
  flags: { ...HEADLINE_FLAGS, rounds: '7' },
  fewestRounds: 3,
  async *run({ network, batches, threads, rounds }) {
    for (const batch of batches) yield await measure(network, batch, threads, rounds);
  },
};
