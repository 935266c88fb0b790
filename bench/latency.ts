/** Latency of single pictures with a loaded network, against peers: median and 95th percentile. */
import { describeNetwork } from '../src/model/networks.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { type Benchmark, HEADLINE_FLAGS, headlineOf, OWN, PLAIN, PYTORCH, versionsOf } from './benchmark.ts';
import { startOwn, startPyTorch } from './peer.ts';
import { type Contestant, quantile, takeTurns } from './turns.ts';

const WARM_UP_ROUNDS = 2;

/** Pictures one after another, as in a page or a service. */
const TURN = { uncounted: 2, counted: 10 };

export const latency: Benchmark = {
  summary: 'latency of single pictures against PyTorch and plain Conv',
  flags: { network: HEADLINE_FLAGS.network, threads: HEADLINE_FLAGS.threads, rounds: '10' },
  fewestRounds: 5,
  async *run(settings) {
    const { network, threads, rounds } = settings;
    const order = {
      task: 'predict',
      network: describeNetwork(network, { tree: GALAXY_ZOO_2 }),
      batch: 1,
      threads,
    } as const;
    const all: Contestant[] = [
      { name: OWN, batch: 1, turn: TURN, peer: await startOwn(order) },
      { name: PLAIN, batch: 1, turn: TURN, peer: await startOwn({ ...order, engine: 'conv' }) },
    ];
    const pytorch = await startPyTorch(order);
    if (pytorch) all.push({ name: PYTORCH, batch: 1, turn: TURN, peer: pytorch });
    const steps = await takeTurns(all, { rounds, warmUp: WARM_UP_ROUNDS });
    const figures = all.map(({ name }) => {
      const milliseconds = steps.get(name)!.map(({ seconds }) => seconds * 1000);
      return { name, median: quantile(milliseconds, 0.5), percentile95: quantile(milliseconds, 0.95) };
    });
    const rows = figures.map((each) => ({ ...each, ratio: each.median / figures[0]!.median }));
    const ratioTo = (name: string) => rows.find((row) => row.name === name)?.ratio;
    const toPyTorch = ratioTo(PYTORCH);
    yield {
      title: network,
      table: [
        ['', 'median', '95 %', 'ratio'],
        ...rows.map(({ name, median, percentile95, ratio }) => [
          name,
          `${median.toFixed(1)} ms`,
          `${percentile95.toFixed(1)} ms`,
          `${ratio.toFixed(2)}×`,
        ]),
      ],
      rows,
      headline: headlineOf(settings, {
        latencyMilliseconds: rows[0]!.median,
        latencyRatioToOnnxRuntimeConv: ratioTo(PLAIN)!,
        ...(toPyTorch && { latencyRatioToPyTorch: toPyTorch }),
      }),
      versions: versionsOf(all),
    };
  },
};
