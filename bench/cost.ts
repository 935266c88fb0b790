/**
 * Checks the cost model of `src/engine/nn/convolution.ts` for each layer and batch: `auto` should choose the faster method, and
 * `spectral` the fastest of the plans that the model ranks highest.
 */
import { type ConvolutionMethod, rankedPlans } from '../src/engine/nn/convolution.ts';
import type { SpectralPlan } from '../src/engine/nn/spectral.ts';
import { writeOnnx } from '../src/engine/onnx/write.ts';
import { GalaxyNetwork } from '../src/model/galaxyNetwork.ts';
import { describeNetwork } from '../src/model/networks.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { type Benchmark, HEADLINE_FLAGS, type Outcome } from './benchmark.ts';
import { type Layer, type LayerOrder, layerGraph, layersOf } from './layer.ts';
import { startOwn } from './peer.ts';
import { type Contestant, medianSeconds, takeTurns } from './turns.ts';

const WARM_UP_ROUNDS = 1;
const TURN = { uncounted: 1, counted: 2 };

/** The number of plans to measure, those the model ranks highest. */
const PLANS = 3;

/** A slowdown below this is noise. */
const TOLERANCE = 1.05;

/** Both methods for one layer, and the one that `auto` chose. */
interface Row {
  pass: LayerOrder['pass'];
  layer: string;
  batch: number;
  /** Times by layout and method. */
  milliseconds: Record<string, number>;
  chosen: string;
  /** Time of the chosen method over that of the faster one. */
  slowdown: number;
  /** Milliseconds of spectral convolution by plan, the chosen one first. */
  plans: Record<string, number>;
  /** Time of the chosen plan over that of the fastest one. */
  planSlowdown: number;
}

const describe = ({ size, inputs, channels, kernel }: Layer) =>
  `${size}² ${kernel}×${kernel} ${inputs}→${channels}`;

const describePlan = ({ product, tiles }: SpectralPlan) => `${product} ${tiles.join('×')}`;

/** A layer in one pass and batch. */
type Case = Omit<LayerOrder, 'method' | 'layout' | 'plan'>;

/** The distinct methods for a layer in one layout, and the one that `auto` chooses. */
function waysOf(
  order: Case,
  layout: LayerOrder['layout'],
): { ways: Map<string, LayerOrder>; chosen: string } {
  const graph = (method: ConvolutionMethod) =>
    Buffer.from(writeOnnx(layerGraph({ ...order, layout, method })));
  const name = (method: ConvolutionMethod) => `${layout} ${method}`;
  const direct = graph('direct');
  const isOne = direct.equals(graph('spectral'));
  const methods: ConvolutionMethod[] = isOne ? ['direct'] : ['direct', 'spectral'];
  return {
    ways: new Map(methods.map((method) => [name(method), { ...order, layout, method }])),
    chosen: name(direct.equals(graph('auto')) ? 'direct' : 'spectral'),
  };
}

/** The plans that the model ranks highest, the chosen one first. */
function plansOf({ layer, pass, batch }: Case): SpectralPlan[] {
  const { size, inputs, channels: outputs, kernel } = layer;
  const dimensions = { height: size, width: size, channels: inputs, batch, outputs, kernel };
  const ranked = rankedPlans({ ...dimensions, isKernelConstant: pass === 'predict' });
  return ranked.slice(0, PLANS).map(({ plan }) => plan);
}

async function measure(order: Case, rounds: number): Promise<Row | undefined> {
  const { pass, layer, batch } = order;
  const { ways, chosen } = waysOf(order, 'HWCN');
  if (ways.size === 1) return undefined;
  const plain = pass === 'predict' ? waysOf(order, 'NCHW').ways : []; // training has one layout
  const spectral = ways.get('HWCN spectral')!;
  const [chosenPlan, ...otherPlans] = plansOf(order);
  const others = otherPlans.map((plan) => [describePlan(plan), { ...spectral, plan }] as const);
  const all: Contestant[] = [];
  for (const [name, way] of [...ways, ...plain, ...others])
    all.push({ name, batch, peer: await startOwn(way), turn: TURN });
  const steps = await takeTurns(all, { rounds, warmUp: WARM_UP_ROUNDS });
  const timesOf = (names: Iterable<string>) =>
    Object.fromEntries([...names].map((name) => [name, 1000 * medianSeconds(steps.get(name)!)]));
  const times = timesOf(ways.keys());
  const ofChosenPlan = times['HWCN spectral']!;
  const plans = { [describePlan(chosenPlan!)]: ofChosenPlan, ...timesOf(others.map(([name]) => name)) };
  return {
    pass,
    layer: describe(layer),
    batch,
    milliseconds: { ...times, ...timesOf([...plain].map(([name]) => name)) },
    chosen,
    slowdown: times[chosen]! / Math.min(...Object.values(times)),
    plans,
    planSlowdown: ofChosenPlan! / Math.min(...Object.values(plans)),
  };
}

/** The share of right choices, and the worst slowdown. */
function verdict(choice: string, slowdowns: readonly number[]): string {
  const right = slowdowns.filter((slowdown) => slowdown < TOLERANCE).length;
  return `${choice} in ${right} of ${slowdowns.length} cases; at worst ${Math.max(...slowdowns).toFixed(2)}× slower`;
}

function outcome(
  network: string,
  pass: Row['pass'],
  batches: readonly number[],
  rows: readonly Row[],
): Outcome {
  const columns = [...new Set(rows.flatMap(({ milliseconds }) => Object.keys(milliseconds)))];
  const slower = (slowdown: number) => (slowdown >= TOLERANCE ? `${slowdown.toFixed(2)}×` : '');
  return {
    title: `${network}, ${pass}, batch ${batches.join(', ')}`,
    table: [
      ['', 'batch', ...columns.map((column) => `${column}, ms`), 'auto', 'slower', 'plan', 'slower'],
      ...rows.map(({ layer, batch, milliseconds, chosen, slowdown, plans, planSlowdown }) => [
        layer,
        `${batch}`,
        ...columns.map((column) => milliseconds[column]!.toFixed(2)),
        chosen,
        slower(slowdown),
        Object.keys(plans)[0]!,
        slower(planSlowdown),
      ]),
    ],
    notes: [
      verdict(
        'auto takes the faster way',
        rows.map(({ slowdown }) => slowdown),
      ),
      verdict(
        `spectral takes the fastest of ${PLANS} plans`,
        rows.map(({ planSlowdown }) => planSlowdown),
      ),
    ],
    rows,
    headline: {},
  };
}

export const cost: Benchmark = {
  summary: 'checks that the cost model chooses the faster of spectral and direct, and the fastest plan',
  flags: { ...HEADLINE_FLAGS, batch: '1,2,4,8,32,96', rounds: '5' },
  fewestRounds: 3,
  async *run({ network, batches, threads, rounds }) {
    for (const pass of ['predict', 'train'] as const) {
      const rows: Row[] = [];
      for (const layer of layersOf(
        new GalaxyNetwork(describeNetwork(network, { tree: GALAXY_ZOO_2 }), GALAXY_ZOO_2),
      )) {
        for (const batch of batches) {
          const row = await measure({ task: 'layer', layer, pass, batch, threads }, rounds);
          if (row) rows.push(row);
        }
      }
      yield outcome(network, pass, batches, rows);
    }
  },
};
