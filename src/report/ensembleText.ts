/** Scores of models and their averages, as text. */
import { type EnsembleScores, type HalvedRmse, WEIGHTINGS } from '../evaluate/ensembleScores.ts';
import { decimals, left, right, tableOf, tableText } from './table.ts';

const named = left<{ name: string }>('model', ({ name }) => name);
const scores = [
  right<HalvedRmse>('all', ({ rmse }) => decimals(rmse, 5)),
  right<HalvedRmse>('choosing half', ({ choosing }) => decimals(choosing, 5)),
  right<HalvedRmse>('held-out half', ({ heldOut }) => decimals(heldOut, 5)),
];

const TITLES: Record<(typeof WEIGHTINGS)[number], string> = {
  bestSingle: 'the best model alone',
  equal: 'all, equally',
  bestTogether: 'the best k, equal weights',
  greedy: 'greedy selection, with replacement',
  fitted: 'fitted weights',
};

/** The tables as text: each model, the best 1…n together, the weightings and the weights. */
export function formatEnsemble(ensemble: EnsembleScores): string {
  const { galaxies, choosingGalaxies, heldOutGalaxies, seed, models, bestTogether, weightings } = ensemble;
  const { greedy, fitted } = weightings;
  const tables = [
    tableOf('Each model', models, [named, ...scores]),
    tableOf('The best k together, ranked on the choosing half, with equal weights', bestTogether, [
      right('models', (each) => String(each.models)),
      left('adds', ({ added }) => added),
      ...scores,
    ]),
    tableOf(
      'Weightings, chosen on the choosing half; gain: on the held-out half, over equal weights',
      WEIGHTINGS.map((name) => ({ title: TITLES[name], ...weightings[name] })),
      [
        left('weighting', ({ title }) => title),
        right('models', ({ weights }) => String(weights.filter((weight) => weight > 0).length)),
        ...scores,
        right('gain', ({ gain }) => `${gain < 0 ? '-' : '+'}${decimals(Math.abs(gain), 5)}`),
      ],
    ),
    tableOf(
      'Weights',
      models.map(({ name }, row) => ({ name, row })),
      [
        named,
        right('greedy', ({ row }) => decimals(greedy.weights[row]!, 4)),
        right('fitted', ({ row }) => decimals(fitted.weights[row]!, 4)),
      ],
    ),
  ];
  return [
    `Pooled RMSE on ${galaxies} labelled galaxies: ${choosingGalaxies} to choose on, ${heldOutGalaxies} held out (seed ${seed})\n`,
    ...tables.map(tableText),
  ].join('\n');
}
