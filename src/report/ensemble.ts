/** Scores of models and their averages, as tables, text and Markdown. */
import { type EnsembleScores, type SplitRmse, WEIGHTINGS } from '../evaluate/ensembleScores.ts';
import { decimals, left, right, type Table, tableMarkdown, tableOf, tableText } from './table.ts';

const named = left<{ name: string }>('model', ({ name }) => name);
const scores = [
  right<SplitRmse>('all', ({ rmse }) => decimals(rmse, 5)),
  right<SplitRmse>('choosing', ({ choosing }) => decimals(choosing, 5)),
  right<SplitRmse>('held out', ({ heldOut }) => decimals(heldOut, 5)),
];
const together = [
  right<{ models: number }>('models', ({ models }) => String(models)),
  left<{ added: string }>('adds', ({ added }) => added),
  ...scores,
];

const TITLES: Record<(typeof WEIGHTINGS)[number], string> = {
  bestSingle: 'the best model alone',
  equal: 'all, equally',
  bestTogether: 'the best k, equal weights',
  greedy: 'greedy selection, with replacement',
  fitted: 'fitted weights',
};

/** Each model, the best 1…n together, 1…n selected greedily, the weightings, and their weights. */
export function ensembleTables(ensemble: EnsembleScores): Table[] {
  const { models, bestTogether, greedilyTogether, weightings } = ensemble;
  const { greedy, fitted } = weightings;
  return [
    tableOf('Each model', models, [named, ...scores]),
    tableOf('The best k models, ranked on the choosing galaxies, with equal weights', bestTogether, together),
    tableOf(
      'k models, added greedily on the choosing galaxies, with equal weights',
      greedilyTogether,
      together,
    ),
    tableOf(
      'Weightings, fitted on the choosing galaxies; gain: decrease of the held-out RMSE from that of equal weights',
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
}

/** Describes the scored galaxies in one sentence. */
export function describeEnsemble({
  galaxies,
  choosingGalaxies,
  heldOutGalaxies,
  seed,
}: EnsembleScores): string {
  const split = seed === null ? '' : ` (seed ${seed})`;
  return `Pooled RMSE on ${galaxies} labelled galaxies: ${choosingGalaxies} to choose on, ${heldOutGalaxies} held out${split}`;
}

/** The tables as text. */
export const formatEnsemble = (ensemble: EnsembleScores): string =>
  [`${describeEnsemble(ensemble)}\n`, ...ensembleTables(ensemble).map(tableText)].join('\n');

/** The tables as GitHub Markdown under a heading. */
export const ensembleMarkdown = (ensemble: EnsembleScores): string =>
  [
    '## Models and their averages\n',
    `${describeEnsemble(ensemble)}.\n`,
    ...ensembleTables(ensemble).map(tableMarkdown),
  ].join('\n');
