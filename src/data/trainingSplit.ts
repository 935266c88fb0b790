/** Splits the galaxies of a training. */
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { concatenated } from '../files/bytes.ts';
import { sha256 } from '../files/sha256.ts';
import type { Tree } from '../tree/tree.ts';
import type { LabelledGalaxy } from './labels.ts';
import { drawGalaxies, type Split, splitGalaxies } from './split.ts';

/** Which galaxies are trained on, and which are held out. */
export interface SplitSettings {
  batch: number;
  validation: number;
  test: number;
  calibration: number;
  /** The number of galaxies to train on, of those that may be held out but are not. Default: all of them. */
  limit?: number;
  seed: number;
  splitSeed?: number;
}

/** A split whose settings were checked. */
export interface GalaxySplit {
  config: SplitSettings;
  /** IDs of the galaxies that may be held out; undefined: all may. */
  from?: ReadonlySet<string>;
}

/** The SHA-256 of the galaxies, labels, weights and split. */
async function digestOf(parts: readonly LabelledGalaxy[][]): Promise<string> {
  const pieces = parts.flatMap((galaxies) => [
    new TextEncoder().encode(`${galaxies.map(({ id, weight }) => `${id}:${weight}`).join()};`),
    ...galaxies.map(({ fractions }) => fractions),
    ...galaxies.flatMap(({ counts }) => counts ?? []),
  ]);
  return await sha256(concatenated(pieces));
}

/** @throws OptionError that suggests a batch with several steps in each epoch */
function checkBatch(batch: number, galaxies: number): void {
  if (galaxies >= batch) return;
  const smaller = 2 ** Math.floor(Math.log2(Math.max(1, galaxies / 4)));
  const advice = galaxies > 0 ? `; try ${smaller}` : '';
  throw new OptionError('batch', `there are only ${galaxies} galaxies to train on${advice}`, batch);
}

/**
 * Checks the shares of a split before pictures are read.
 * @param galaxies number of all
 * @param size number of those that may be held out
 * @throws OptionError if a share holds out nothing, or fewer galaxies are left than a batch or `limit` has
 */
export function checkSplit(config: SplitSettings, galaxies: number, size = galaxies): void {
  const countOf = (share: number) => Math.round(share * size);
  for (const part of ['test', 'calibration'] as const) {
    if (config[part] > 0 && countOf(config[part]) === 0)
      throw new OptionError(part, `holds out none of the ${size} galaxies`, config[part]);
  }
  const heldOut = [config.validation, config.test, config.calibration].map(countOf);
  const left = heldOut.reduce((left, count) => left - count, size);
  const { limit = left } = config;
  if (limit > left) throw new OptionError('limit', `there are only ${left} galaxies to draw from`, limit);
  checkBatch(config.batch, limit + galaxies - size);
}

/** Splits galaxies, and reports the size of each part. @throws OptionError if fewer galaxies than a batch has are left */
export async function splitData<G extends LabelledGalaxy>(
  tree: Tree,
  galaxies: readonly G[],
  { config, from }: GalaxySplit,
  onEvent: TaskOptions['onEvent'],
): Promise<Split<G> & { digest: string }> {
  const { seed, splitSeed = seed, limit = Number.POSITIVE_INFINITY } = config;
  const split = splitGalaxies(tree, galaxies, { ...config, from }, splitSeed);
  const { validation, test, calibration } = split;
  const isCounted = ({ id }: G) => from === undefined || from.has(id);
  const drawn = new Set(drawGalaxies(split.training.filter(isCounted), limit, seed));
  const training = split.training.filter((galaxy) => drawn.has(galaxy) || !isCounted(galaxy));
  const counts = [`${training.length} galaxies to train on`, `${validation.length} to validate`];
  if (config.test > 0) counts.push(`${test.length} to test`);
  if (config.calibration > 0) counts.push(`${calibration.length} for intervals`);
  onEvent?.({ kind: 'note', message: counts.join(', ') });
  checkBatch(config.batch, training.length);
  const heldOut = [...(config.test > 0 ? [test] : []), ...(config.calibration > 0 ? [calibration] : [])];
  return { ...split, training, digest: await digestOf([training, validation, ...heldOut]) };
}
