/** The labelled galaxies of an average: those of tables, or those that runs held out. */
import { existsSync } from 'node:fs';
import type { z } from 'zod';
import type { GalaxyImage } from '../data/images.ts';
import { describeReading } from '../data/tableReading.ts';
import type { Solutions } from '../data/votes.ts';
import type { TaskOptions } from '../events.ts';
import { openImages } from '../node/data/openCatalogue.ts';
import { labelOptions, readSolutions } from '../node/data/readSolutions.ts';
import type { ImageReference } from '../picture/batch.ts';
import type { FrameSettings } from '../picture/preprocessing.ts';
import { runPaths } from '../run/paths.ts';
import type { Tree } from '../tree/tree.ts';
import type { averageSchema } from './options.ts';
import { openCommonParts, type RunPart } from './runPart.ts';

/** Pictures to predict, by ID. */
export interface Pictures {
  /** The folder, zip or table that lists them, for messages. */
  place: string;
  byId: ReadonlyMap<string, ImageReference>;
}

const picturesOf = (place: string, galaxies: readonly GalaxyImage[]): Pictures => ({
  place,
  byId: new Map(galaxies.map(({ id, image }) => [id, image])),
});

/** Labelled galaxies and their pictures. */
interface Labelled {
  solutions?: Solutions;
  /** The galaxies to choose models on. Default: half of `solutions`. */
  choosing?: Solutions;
  pictures?: Pictures;
}

/** Opens the tables and pictures of the options, or those of the runs' part. */
export async function openLabelled(
  tree: Tree,
  {
    part,
    run,
    images,
    hdu,
    bandFiles,
    pixelScale,
    stretch: shown,
    ...tables
  }: z.output<typeof averageSchema>,
  frames: FrameSettings | undefined,
  onEvent: TaskOptions['onEvent'],
): Promise<Labelled> {
  if (part === undefined) {
    const reading = { frames, hdu, bandFiles, pixelScale, shown, idColumn: tables.idColumn, hasLabels: true };
    const pictures =
      images === undefined ? undefined : picturesOf(images, await openImages(images, reading, onEvent));
    const options = { ...labelOptions(tables), pictures: pictures && new Set(pictures.byId.keys()) };
    const read = async (path: string | undefined) => {
      if (path === undefined) return undefined;
      const table = await readSolutions(tree, path, options);
      onEvent?.({ kind: 'note', message: describeReading(table.file, table.reading!) });
      return table;
    };
    return { solutions: await read(tables.solutions), choosing: await read(tables.choosing), pictures };
  }
  const hasOthers = part === 'test' && existsSync(runPaths(run[0]!).validation);
  const parts: RunPart[] = hasOthers ? [part, 'validation'] : [part];
  const [scored, others] = await openCommonParts(run, parts, onEvent);
  return {
    solutions: scored!.solutions,
    choosing: others?.solutions,
    pictures: picturesOf(scored!.solutions.file, [...scored!.galaxies, ...(others?.galaxies ?? [])]),
  };
}
