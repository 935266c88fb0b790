/** A made-up run, one whose training has just begun, and a made-up sky; some names are nasty. */

import { projectOntoTree } from '../tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { DIAGRAMS } from './diagram.fixture.node.ts';
import { classExamples, labelStatistics } from './labels.ts';
import type { CalibrationBin, GalaxyExample, QuestionConfusion, RunReport } from './runReport.ts';
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
}));

const confusions = GALAXY_ZOO_2.questions.map(({ number, start, end }): QuestionConfusion => {
  const answers = Array.from({ length: end - start }, (_, i) => i);
  return { question: number, counts: answers.map((i) => answers.map((j) => (i === j ? 1200 : 40 * i + j))) };
});

const bins = (column: number): CalibrationBin[] =>
  Array.from({ length: 8 }, (_, i) => {
    const predicted = (i + 0.5) / 10;
    return { predicted, true: predicted * (0.8 + (column % 5) / 10), count: 400 >> i };
  });

/** All that a run may have; none of it was measured. */
export const RUN: RunReport = {
  title: 'A run <b>& more</b>',
  writtenAt: '2026-11-23T01:28:30Z',
  epochs: 16,
  history,
  scores: {
    about: 'validation galaxies',
    galaxies: 6158,
    rmse: 0.1059,
    interval: { low: 0.1012, high: 0.1104 },
    rmseMeanOfColumns: 0.0892,
    rmseByQuestion: GALAXY_ZOO_2.questions.map(({ number }) => 0.05 + ((number * 5) % 11) / 100),
    rmseByColumn: Object.fromEntries(
      GALAXY_ZOO_2.columns.map(({ name, index }) => [name, 0.03 + ((index * 7) % 12) / 100]),
    ),
  },
  references: [
    { name: 'mean <predictor>', rmse: 0.1497, note: 'the same galaxies' },
    { name: '2014 winner', rmse: 0.07491, note: 'Kaggle, 17 models × 60 views (Dieleman et al. 2015)' },
    { name: 'report, baseline', rmse: 0.0774, note: 'Kaggle, 240 epochs, 16 views (Ng 2024)' },
  ],
  confusions,
  calibration: Object.fromEntries(GALAXY_ZOO_2.columns.map(({ name, index }) => [name, bins(index)])),
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
  network: { diagram: DIAGRAMS.baseline!, parameters: 2_896_709 },
};

/** After two epochs of sixteen. */
export const BEGUN: RunReport = {
  title: 'Just begun',
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
  about: ['Nobody voted <here>.'],
  classes: classExamples(ids, table, 4).map(({ name, column, count, rows }) => ({
    name,
    answer: GALAXY_ZOO_2.columns[column]!.name,
    count,
    galaxies: rows.map((row) => ({
      id: ids[row]!,
      fraction: table[row * GALAXY_ZOO_2.columns.length + column]!,
      ...(row % 5 === 0 ? {} : { image: PICTURE }),
    })),
  })),
  statistics: labelStatistics(table),
};
