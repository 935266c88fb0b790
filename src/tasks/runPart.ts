/** The galaxies that runs held out for validation or test. */
import type { LabelledGalaxy } from '../data/labels.ts';
import { OptionError, UserError } from '../errors.ts';
import { someIds } from '../evaluate/align.ts';
import type { TaskOptions } from '../events.ts';
import { readText } from '../files/read.ts';
import { readSolutions } from '../node/data/readSolutions.ts';
import { listGalaxies } from '../node/data/trainingData.ts';
import { nodePlatform } from '../node/platform.ts';
import { readRunConfig, runSettings } from '../run/config.ts';
import { runPaths } from '../run/paths.ts';

export type RunPart = 'validation' | 'test';

/**
 * The validation or test galaxies of a run, with the labels in the run's folder and the pictures that it was trained from.
 * @returns `file` is the table of the labels
 * @throws OptionError if the run has no such part; UserError if pictures of some galaxies are missing from its data
 */
export async function openPart(
  run: string,
  part: RunPart,
  onEvent: TaskOptions['onEvent'],
): Promise<{ file: string; galaxies: LabelledGalaxy[] }> {
  const { files } = nodePlatform;
  const config = await readRunConfig(files, run);
  const file = runPaths(run)[part];
  if (!(await files.exists(file))) {
    throw new OptionError('part', `${run} has no ${part} galaxies`, part);
  }
  const { tree } = config;
  const { ids, fractions } = await readSolutions(tree, file);
  const { galaxies } = await listGalaxies(
    tree,
    { ...runSettings(config), augmentation: undefined },
    { onEvent },
  );
  const images = new Map(galaxies.map(({ id, image }) => [id, image]));
  const missing = ids.filter((id) => !images.has(id));
  if (missing.length > 0) {
    const problem = `pictures of ${missing.length} of these ${ids.length} galaxies are missing from the run's data: ${someIds(missing)}`;
    throw new UserError(`${file}: ${problem}`);
  }
  const width = tree.columns.length;
  const labelled = ids.map((id, row) => ({
    id,
    fractions: fractions.slice(row * width, (row + 1) * width),
    weight: 1,
    image: images.get(id)!,
  }));
  return { file, galaxies: labelled };
}

/**
 * The galaxies that all runs held out.
 * @throws as {@link openPart}; OptionError if a run held out different galaxies
 */
export async function openCommonPart(
  runs: readonly string[],
  part: RunPart,
  onEvent: TaskOptions['onEvent'],
): ReturnType<typeof openPart> {
  const { files } = nodePlatform;
  const [first, ...others] = runs;
  const opened = await openPart(first!, part, onEvent);
  const labels = await readText(files, opened.file);
  for (const run of others) {
    const own = runPaths(run)[part];
    if (!(await files.exists(own)) || (await readText(files, own)) !== labels) {
      throw new OptionError(
        'part',
        `${run} held out different galaxies than ${first}: train both with the same split seed`,
        part,
      );
    }
  }
  return opened;
}
