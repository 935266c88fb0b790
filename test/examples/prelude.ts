/**
 * What the examples in the docstrings take as given: a small sky, a network that was trained on it a little, and what both
 * say of the same galaxies. The working directory is the one that `home.ts` makes.
 */
import { readFile } from 'node:fs/promises';
import {
  AblationCam,
  alignTables,
  type Comparison,
  compareVariants,
  constant,
  type Device,
  type EnsembleModel,
  Explainer,
  evaluatePredictions,
  GALAXY_ZOO_2,
  gatherModels,
  input,
  networkOf,
  nodePlatform,
  openCatalogue,
  openRun,
  predictTable,
  readCentralColours,
  readFrame,
  readMetrics,
  readSolutions,
  scoreEnsemble,
  toRecord,
  trainingSchema,
} from '../../src/index.ts';

export const device: Device = { name: 'cpu', threads: 1 };
export const [seed, epoch] = [1, 0];
export const folder = 'runs/second';
export const writtenAt = '2026-11-23T01:28:00Z';

// Galaxies, their votes, their pictures

export const catalogue = await openCatalogue(GALAXY_ZOO_2, { data: 'galaxy-zoo' });
export const { galaxies } = catalogue;
export const solutions = await readSolutions(GALAXY_ZOO_2, 'solutions.csv');
export const text = await readFile('solutions.csv', 'utf8');
/** Of one galaxy, [37]. */
export const row = galaxies[0]!.fractions;
export const file = galaxies[0]!.image;
export const bytes = await readFile('100008.jpg');
export const { pixels: frame } = await readFrame(file);
export const record = toRecord(frame);
export const colours = await readCentralColours(
  nodePlatform,
  galaxies.map(({ image }) => image),
);

export const tree = GALAXY_ZOO_2;

// A trained network and what it says

export const trained = await openRun('runs/first');
export const { weights } = trained;
export const { steps } = trained.provenance;
export const network = networkOf(trained);
export const submission = await predictTable(nodePlatform, 'mine.csv', trained, galaxies, { device });
export const { truth, predictions } = alignTables(tree, solutions, submission);
/** Other predictions of the same galaxies. */
export const theirs = predictions.map((each) => 0.9 * each);
export const evaluation = evaluatePredictions(tree, truth, predictions);
export const history = await readMetrics('runs/first', 1);

export const models: EnsembleModel[] = ['a.csv', 'b.csv'].map((path) => ({
  name: path,
  read: () => readSolutions(GALAXY_ZOO_2, path),
}));
const gathered = await gatherModels(tree, models, { solutions });
if (gathered.labelled === undefined) throw new Error('no labels');
export const { labelled } = gathered;
export const scores = scoreEnsemble(tree, ['a.csv', 'b.csv'], labelled, 1);

// Explanations

/** A normalised picture, [3, 128, 128]. */
export const image = new Float32Array(3 * 128 * 128).map((_, index) => Math.sin(index));
const cam = await AblationCam.open(nodePlatform, trained, ['conv4'], device);
export const [ablation] = await cam.ablate(image);
await cam.close();
const explainer = await Explainer.open(nodePlatform, trained, { layers: ['conv4'], device });
export const explanation = await explainer.explain(record);
await explainer.close();
export const { answers, fractions } = explanation;

// Training

export const config = trainingSchema.parse({
  ...{ data: 'galaxy-zoo', network: 'baseline', kernels: [3, 3, 3, 3], channels: [4, 4, 4, 4] },
  ...{ batch: 8, epochs: 1, threads: 1, validation: 0.25 },
});
export const load = async () => ({ training: [], validation: [], digest: '' });
const run = (each: number, rmse: number) => ({
  ...{ seed: each, galaxies: 115, rmse, rmseMeanOfColumns: 0.09 },
  ...{ rmseByQuestion: new Array<number>(11).fill(0.1), sumError: 0.02, classOneAccuracy: 0.85, seconds: 60 },
});
export const [withoutAttention, withAttention] = [
  [run(1, 0.1062), run(2, 0.1071)],
  [run(1, 0.1051), run(2, 0.1058)],
];
export const comparison: Comparison = compareVariants(
  'Attention',
  ['115 galaxies'],
  [
    { name: 'baseline', settings: '', parameters: 2896709, runs: withoutAttention },
    { name: 'CBAM', settings: '--attention', parameters: 2941225, runs: withAttention },
  ],
);

// Tensors

export const x = input('x', [16, 16, 3, 2]); // [H, W, C, N]
export const y = constant(0.5);
export const kernel = input('kernel', [8, 3, 5, 5]); // [O, C, K, K]
/** [37, N], N = 2 */
export const logits = input('logits', [37, 2]);
export const target = input('target', [37, 2]);
