/** The scores of models, together and apart, for people. */
import { type ColumnOf, tableOf, tableText } from '../report/table.ts';
import { type EnsembleScores, type HalvedRmse, WEIGHTINGS, type Weighting } from './ensembleScores.ts';

type Together = EnsembleScores['bestTogether'][number];
type Way = Weighting & { title: string };
type Weights = { name: string; greedy: number; fitted: number };

const right = <T>(label: string, cell: (record: T) => string): ColumnOf<T> => ({
  label,
  align: 'right',
  cell,
});
const left = <T>(label: string, cell: (record: T) => string): ColumnOf<T> => ({ label, align: 'left', cell });
const named = left<{ name: string }>('model', ({ name }) => name);

const scoreColumns: ColumnOf<HalvedRmse>[] = [
  right('all', ({ rmse }) => rmse.toFixed(5)),
  right('choosing half', ({ choosing }) => choosing.toFixed(5)),
  right('held-out half', ({ heldOut }) => heldOut.toFixed(5)),
];
const togetherColumns: ColumnOf<Together>[] = [
  right('models', ({ models }) => String(models)),
  left('adds', ({ added }) => added),
  ...scoreColumns,
];
const wayColumns: ColumnOf<Way>[] = [
  left('way', ({ title }) => title),
  right('models', ({ weights }) => String(weights.filter((weight) => weight > 0).length)),
  ...scoreColumns,
  right('gain', ({ gain }) => `${gain < 0 ? '-' : '+'}${Math.abs(gain).toFixed(5)}`),
];
const weightColumns: ColumnOf<Weights>[] = [
  named,
  right('greedy', ({ greedy }) => greedy.toFixed(4)),
  right('fitted', ({ fitted }) => fitted.toFixed(4)),
];

const TITLES: Record<(typeof WEIGHTINGS)[number], string> = {
  bestSingle: 'the best alone',
  equal: 'all, equally',
  bestTogether: 'the best together, equally',
  greedy: 'greedy selection, with replacement',
  fitted: 'fitted weights',
};

/**
 * The tables as text: each model, the best 1…n together, the ways to weigh them and the weights.
 * @example
 * process.stdout.write(formatEnsemble(scoreEnsemble(['a.csv', 'b.csv'], labelled, 1)));
 */
export function formatEnsemble(ensemble: EnsembleScores): string {
  const { galaxies, choosingGalaxies, heldOutGalaxies, seed, models, bestTogether, weightings } = ensemble;
  const { greedy, fitted } = weightings;
  return [
    `Pooled RMSE on ${galaxies} labelled galaxies: ${choosingGalaxies} to choose on, ${heldOutGalaxies} held out (seed ${seed})\n`,
    tableText(tableOf('Each model', [named, ...scoreColumns], models)),
    tableText(
      tableOf(
        'The best together, best first by the choosing half, averaged equally',
        togetherColumns,
        bestTogether,
      ),
    ),
    tableText(
      tableOf(
        'Ways to average, decided on the choosing half; gain: on the held-out half, over all equally',
        wayColumns,
        WEIGHTINGS.map((way) => ({ title: TITLES[way], ...weightings[way] })),
      ),
    ),
    tableText(
      tableOf(
        'Weights',
        weightColumns,
        models.map(({ name }, i) => ({ name, greedy: greedy.weights[i]!, fitted: fitted.weights[i]! })),
      ),
    ),
  ].join('\n');
}
