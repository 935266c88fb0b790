/** The galaxies that runs held out for validation or test. */
import type { LabelledGalaxy } from '../data/labels.ts';
import { tableRows } from '../data/submission.ts';
import type { Solutions } from '../data/votes.ts';
import { OptionError, UserError } from '../errors.ts';
import { someIds } from '../evaluate/align.ts';
import type { TaskOptions } from '../events.ts';
import { readText } from '../files/read.ts';
import { readOwnTable } from '../node/data/readSolutions.ts';
import { listGalaxies } from '../node/data/trainingData.ts';
import { nodePlatform } from '../node/platform.ts';
import { readRunConfig, runSettings } from '../run/config.ts';
import { runPaths } from '../run/paths.ts';
import { sourceInputs } from './outputs.ts';

export type RunPart = 'validation' | 'test';

/** Held-out galaxies: their labels as a table, and each with its picture. */
export interface HeldOut {
  solutions: Solutions;
  galaxies: LabelledGalaxy[];
}

/**
 * Galaxies that a run held out, with the labels in the run's folder and the pictures that it was trained from.
 * @returns one record for each part
 * @throws OptionError if the run has no such part; UserError if pictures of some galaxies are missing from its data
 */
export async function openParts(
  run: string,
  parts: readonly RunPart[],
  onEvent: TaskOptions['onEvent'],
): Promise<HeldOut[]> {
  const { files } = nodePlatform;
  const config = await readRunConfig(files, run);
  const { tree } = config;
  const tables: Solutions[] = [];
  for (const part of parts) {
    const file = runPaths(run)[part];
    if (!(await files.exists(file))) throw new OptionError('part', `${run} has no ${part} galaxies`, part);
    tables.push(await readOwnTable(tree, file));
  }
  const { galaxies } = await listGalaxies(
    tree,
    { ...runSettings(config), augmentation: undefined },
    { onEvent },
  ).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    const advice = 'relative paths start at the folder where `train` was called';
    const problem = `cannot read its training data: ${error.message} (${advice})`;
    throw new UserError(`${run}: ${problem}`, { code: error.code, cause: error });
  });
  const byId = new Map(galaxies.map((galaxy) => [galaxy.id, galaxy]));
  return tables.map((solutions) => {
    const { file, ids } = solutions;
    const missing = ids.filter((id) => !byId.has(id));
    if (missing.length > 0) {
      const problem = `pictures of ${missing.length} of these ${ids.length} galaxies are missing from the run's data: ${someIds(missing)}`;
      throw new UserError(`${file}: ${problem}`);
    }
    const rows = tableRows(tree, solutions);
    return { solutions, galaxies: rows.map((row) => ({ ...byId.get(row.id)!, ...row, weight: 1 })) };
  });
}

/** The tables and pictures that runs were trained from. */
export async function partFiles(runs: readonly string[]): Promise<string[]> {
  const read = runs.map(async (run) => {
    const config = await readRunConfig(nodePlatform.files, run);
    return Object.values(sourceInputs(runSettings(config))).flatMap((paths) => paths ?? []);
  });
  return (await Promise.all(read)).flat();
}

/**
 * Galaxies that all runs held out.
 * @throws as {@link openParts}; OptionError if a run held out different galaxies
 */
export async function openCommonParts(
  runs: readonly string[],
  parts: readonly RunPart[],
  onEvent: TaskOptions['onEvent'],
): Promise<HeldOut[]> {
  const { files } = nodePlatform;
  const [first, ...others] = runs;
  const opened = await openParts(first!, parts, onEvent);
  for (const part of parts) {
    const labels = await readText(files, runPaths(first!)[part]);
    for (const run of others) {
      const own = runPaths(run)[part];
      if (!(await files.exists(own)) || (await readText(files, own)) !== labels) {
        throw new OptionError(
          'part',
          `${run} held out different galaxies from ${first}: train both on the same data, with the same \`splitSeed\`, \`holdOut\`, \`validation\` and \`test\``,
          part,
        );
      }
    }
  }
  return opened;
}
