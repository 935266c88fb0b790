/** A made-up comparison with five variants and three seeds, and one with nasty names. */
import { type ComparedRun, type Comparison, compareVariants } from './comparison.ts';

const BY_QUESTION = [0.112, 0.098, 0.091, 0.121, 0.086, 0.129, 0.083, 0.061, 0.048, 0.075, 0.067];

/** A run whose RMSE is the base's of the seed, plus what the variant changes. */
function run(seed: number, change: number, wobble: number): ComparedRun {
  const rmse = 0.1059 + [0.0004, -0.0007, 0.0009][seed - 1]! + change + wobble;
  return {
    seed,
    galaxies: 115,
    rmse,
    rmseMeanOfColumns: rmse * 0.84,
    rmseByQuestion: BY_QUESTION.map((value, i) => value * (rmse / 0.1059) + wobble * (i % 3)),
    sumError: 0.03 + rmse - 0.1059,
    classOneAccuracy: 0.81 - 8 * (rmse - 0.1059),
    seconds: 672 + seed * 11 + Math.round(change * -20_000),
  };
}

const runs = (change: number, wobbles: readonly [number, number, number]) =>
  wobbles.map((wobble, i) => run(i + 1, change, wobble));

const ABOUT = [
  '115 galaxies kept for validation, of 1,153; 24 epochs at batch 32, learning rate 5e-4.',
  'Seeds 1, 2, 3. Two cores of an AMD EPYC with AVX-512.',
];

/** Numbers as a study of attention and heads may give them; none was measured. */
export const STUDY: Comparison = compareVariants('Attention and heads', ABOUT, [
  { name: 'baseline', settings: '', parameters: 2_896_709, runs: runs(0, [0, 0, 0]) },
  {
    name: 'CBAM',
    settings: '--attention cbam --reduction 1',
    parameters: 3_071_573,
    runs: runs(-0.0021, [0.0003, -0.0002, 0.0001]),
  },
  {
    name: 'conditional head',
    settings: '--head conditional: answers share what comes to their question, so that no sum can break',
    parameters: 2_896_709,
    runs: runs(-0.0008, [0.0009, -0.0006, -0.0004]).map((each) => ({ ...each, sumError: 0 })),
  },
  {
    name: 'moving average',
    settings: '--ema 0.999',
    parameters: 2_896_709,
    runs: runs(-0.0033, [0.0001, 0.0004, -0.0003]),
  },
  {
    name: 'dropout',
    settings: '--dropout 0.5',
    parameters: 2_896_709,
    runs: runs(0.0027, [-0.0008, 0.0003, 0.0011]),
  },
]);

/** Names and texts that would break a page, a table or a picture, were they not escaped. */
export const NASTY: Comparison = compareVariants(
  '<script>alert("title")</script>',
  ["a & b's <b>"],
  [
    { name: '<script>alert(1)</script>', settings: '"quoted" & <i>', parameters: 1, runs: [run(1, 0, 0)] },
    {
      name: '"><img src=x onerror=alert(2)>',
      settings: "a|b 'c'\nd",
      parameters: 2,
      runs: [run(1, 0.001, 0)],
    },
    { name: 'A & B \u001b[31m]]> `c` *d*', settings: '', parameters: 3, runs: [run(1, 0.002, 0)] },
  ],
);
