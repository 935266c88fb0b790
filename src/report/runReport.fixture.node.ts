/** A made-up run, one whose training has just begun, and a made-up sky; some names are nasty. */

import { type Evaluation, evaluatePredictions } from '../evaluate/evaluation.ts';
import { projectOntoTree } from '../tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { columnNamed } from '../tree/tree.ts';
import { DIAGRAMS } from './diagram.fixture.node.ts';
import type { GalaxyExample } from './examples.ts';
import { classExamples, labelStatistics } from './labels.ts';
import type { RunReport } from './runPage.ts';
import type { SkyReport } from './skyPage.ts';

/** A red pixel. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWP4z8AAAAMBAQCc479ZAAAAAElFTkSuQmCC';

/** Fractions that obey the tree, a different galaxy for each number, `[37]`. */
export const fractionsOf = (galaxy: number): Float64Array =>
  projectOntoTree(
    GALAXY_ZOO_2,
    Float64Array.from({ length: GALAXY_ZOO_2.columns.length }, (_, i) => ((galaxy * 7 + i * 13) % 29) / 28),
  );

const example = (galaxy: number): GalaxyExample => ({
  id: String(100_000 + galaxy),
  truth: fractionsOf(galaxy),
  prediction: fractionsOf(galaxy + 1),
  ...(galaxy % 3 === 0 ? {} : { image: PICTURE }),
});

const history = Array.from({ length: 12 }, (_, i) => ({
  epoch: i + 1,
  learningRate: 5e-4 * (1 - i / 16),
  loss: 0.26 + 0.06 / (i + 1),
  rmse: 0.1 + 0.07 / (i + 1),
  validationRmse: 0.108 + 0.1 / (i + 1) + (i % 3) * 0.003,
  averagedValidationRmse: 0.105 + 0.12 / (i + 1),
  imagesPerSecond: 100,
  seconds: 60,
}));

const rows = (count: number, first = 0) =>
  Float64Array.from(Array.from({ length: count }, (_, i) => Array.from(fractionsOf(first + i))).flat());

/** Scores of unrelated galaxies, with a plausible pooled RMSE and a nasty name. */
const evaluation: Evaluation = {
  ...evaluatePredictions(GALAXY_ZOO_2, rows(300), rows(300, 1)),
  galaxies: 6158,
  rmse: 0.1059,
  rmseInterval: { low: 0.1012, high: 0.1104, level: 0.95 },
  kaggleScores: [
    { name: '<winner>', what: '17 models × 60 views (Dieleman et al. 2015)', rmse: 0.07491 },
    { name: 'report, baseline', what: '240 epochs, 16 views (Ng 2024)', rmse: 0.0774 },
  ],
};

/** All that a run may have; none of it was measured. */
export const RUN: RunReport = {
  title: 'A run <b>& more</b>',
  tree: GALAXY_ZOO_2,
  writtenAt: '2026-11-23T01:28:30Z',
  epochs: 16,
  history,
  evaluation,
  about: 'validation galaxies',
  examples: {
    best: [0, 1].map(example),
    worst: [2, 3, 4].map(example),
    uncertain: [5].map(example),
  },
  settings: {
    network: 'baseline',
    channels: [8, 16],
    solutions: [],
    batch: 32,
    'a<b>': { crop: [184, 351] },
  },
  network: { ...DIAGRAMS.baseline!, parameters: 2_896_709 },
};

/** After two epochs of sixteen. */
export const BEGUN: RunReport = {
  title: 'Just begun',
  tree: GALAXY_ZOO_2,
  writtenAt: '2026-11-23T01:29:00Z',
  isTraining: true,
  epochs: 16,
  history: history
    .slice(0, 2)
    .map((line) => ({ ...line, validationRmse: null, averagedValidationRmse: null })),
};

const ids = Array.from({ length: 60 }, (_, i) => String(100_000 + i));
const table = Float64Array.from(ids.flatMap((_, i) => Array.from(fractionsOf(i))));

/** Sixty galaxies; the pictures of some cannot be read. */
export const SKY: SkyReport = {
  title: 'A made-up sky',
  tree: GALAXY_ZOO_2,
  about: ['Nobody voted <here>.'],
  classes: classExamples(GALAXY_ZOO_2, ids, table, 4).map(({ rows: chosen, ...each }) => ({
    ...each,
    galaxies: chosen.map((row) => ({
      id: ids[row]!,
      fraction: table[row * GALAXY_ZOO_2.columns.length + columnNamed(GALAXY_ZOO_2, each.answer)!.index]!,
      ...(row % 5 === 0 ? {} : { image: PICTURE }),
    })),
  })),
  statistics: labelStatistics(GALAXY_ZOO_2, table),
};
