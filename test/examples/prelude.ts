/**
 * The names that examples in docstrings assume: a small sky, a network briefly trained on it, some tensors. The working
 * directory is the one made by `home.ts`.
 */
import { readFile } from 'node:fs/promises';
import { constant, input, Network } from '../../src/engine/index.node.ts';
import { GALAXY_ZOO_2, openCatalogue, openRun } from '../../src/index.node.ts';

export const tree = GALAXY_ZOO_2;
export const { galaxies } = await openCatalogue(tree, { data: 'galaxy-zoo' });
/** Of one galaxy, [37]. */
export const { fractions } = galaxies[0]!;
export const model = await openRun('runs/first');
export const { weights } = model;
/** The layers of a network whose outputs are logits. */
export const network = new Network(model.network);
export const text = await readFile('inclinations.json', 'utf8');

export const x = input('x', [16, 16, 3, 2]); // [H, W, C, N]
export const y = constant(0.5);
export const kernel = input('kernel', [8, 3, 5, 5]); // [O, C, K, K]
/** [37, N], N = 2 */
export const logits = input('logits', [37, 2]);
export const prediction = input('prediction', [37, 2]);
export const target = input('target', [37, 2]);
