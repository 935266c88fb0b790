/** The cost model of `src/nn/convolution.ts`: whether `auto` takes the faster way, layer by layer and batch by batch. */
import { writeOnnx } from '../src/graph/onnx.ts';
import { describeNetwork } from '../src/networks/networks.ts';
import type { ConvolutionMethod } from '../src/nn/convolution.ts';
import { type Benchmark, HEADLINE_FLAGS, type Outcome } from './benchmark.ts';
import { type Layer, type LayerOrder, layerGraph, layersOf } from './layer.ts';
import { startOwn } from './peer.ts';
import { type Contestant, medianSeconds, takeTurns } from './turns.ts';

const WARM_UP_ROUNDS = 1;
const TURN = { uncounted: 1, counted: 2 };

/** A choice that costs less than this is not wrong: measurements differ by as much. */
const TOLERANCE = 1.05;

/** Both ways of one layer, and which of them `auto` is. */
interface Row {
  pass: LayerOrder['pass'];
  layer: string;
  batch: number;
  /** By layout and method, those that are the same graph once. */
  milliseconds: Record<string, number>;
  chosen: string;
  /** Time of the chosen way over that of the faster one, in the layout of batches. */
  slowdown: number;
}

const describe = ({ size, inputs, channels, kernel }: Layer) =>
  `${size}² ${kernel}×${kernel} ${inputs}→${channels}`;

/** The different ways to compute a layer in one layout, and the one that `auto` takes. */
function waysOf(order: Omit<LayerOrder, 'method'>): { ways: Map<string, LayerOrder>; chosen: string } {
  const graph = (method: ConvolutionMethod) => Buffer.from(writeOnnx(layerGraph({ ...order, method })));
  const name = (method: ConvolutionMethod) => `${order.layout} ${method}`;
  const automatic = graph('auto');
  const ways = new Map<string, LayerOrder>();
  const found: Buffer[] = [];
  let chosen: string | undefined;
  for (const method of ['direct', 'spectral', 'auto'] as const) {
    const written = method === 'auto' ? automatic : graph(method);
    if (found.some((other) => other.equals(written))) continue;
    found.push(written);
    ways.set(name(method), { ...order, method });
    if (written.equals(automatic)) chosen = name(method);
  }
  return { ways, chosen: chosen! };
}

async function measure(
  order: Omit<LayerOrder, 'method' | 'layout'>,
  rounds: number,
): Promise<Row | undefined> {
  const { pass, layer, batch } = order;
  const { ways, chosen } = waysOf({ ...order, layout: 'HWCN' });
  if (ways.size === 1) return undefined;
  const plain = pass === 'predict' ? waysOf({ ...order, layout: 'NCHW' }).ways : []; // training has one layout
  const all: Contestant[] = [];
  for (const [name, way] of [...ways, ...plain])
    all.push({ name, batch, peer: await startOwn(way), turn: TURN });
  const steps = await takeTurns(all, { rounds, warmUp: WARM_UP_ROUNDS });
  const milliseconds = Object.fromEntries(
    all.map(({ name }) => [name, 1000 * medianSeconds(steps.get(name)!)]),
  );
  const fastest = Math.min(...[...ways.keys()].map((name) => milliseconds[name]));
  const slowdown = milliseconds[chosen] / fastest;
  return { pass, layer: describe(layer), batch, milliseconds, chosen, slowdown };
}

function outcome(network: string, pass: Row['pass'], rows: readonly Row[]): Outcome {
  const columns = [...new Set(rows.flatMap(({ milliseconds }) => Object.keys(milliseconds)))];
  const wrong = rows.filter(({ slowdown }) => slowdown >= TOLERANCE);
  const worst = Math.max(...rows.map(({ slowdown }) => slowdown));
  return {
    title: `${network}, ${pass}`,
    table: [
      ['', 'batch', ...columns.map((column) => `${column}, ms`), 'auto', 'slower'],
      ...rows.map(({ layer, batch, milliseconds, chosen, slowdown }) => [
        layer,
        `${batch}`,
        ...columns.map((column) => milliseconds[column]?.toFixed(2) ?? ''),
        chosen,
        slowdown >= TOLERANCE ? `${slowdown.toFixed(2)}×` : '',
      ]),
    ],
    notes: [
      `auto takes the faster way in ${rows.length - wrong.length} of ${rows.length} cases; at worst ${worst.toFixed(2)}× slower`,
    ],
    rows,
    headline: {},
  };
}

export const cost: Benchmark = {
  summary: 'whether the cost model takes the faster of spectral and direct convolution, layer by layer',
  flags: { ...HEADLINE_FLAGS, batch: '1,2,4,8,32,96', rounds: '5' },
  fewestRounds: 3,
  async *run({ network, batches, threads, rounds }) {
    for (const pass of ['predict', 'train'] as const) {
      const rows: Row[] = [];
      for (const layer of layersOf(describeNetwork(network))) {
        for (const batch of batches) {
          const row = await measure({ task: 'layer', layer, pass, batch, threads }, rounds);
          if (row) rows.push(row);
        }
      }
      yield outcome(network, pass, rows);
    }
  },
};
