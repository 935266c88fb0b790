import { extname } from 'node:path';
import type { z } from 'zod';
import type { TaskOptions } from '../events.ts';
import { openTree } from '../node/data/openTree.ts';
import { listGalaxies } from '../node/data/trainingData.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { pngOfSvg } from '../node/drawing/pixels.ts';
import { nodeFiles } from '../node/files/files.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { classExamples, labelStatistics } from '../report/labels.ts';
import { type SkyReport, skyPage, skySheet } from '../report/skyPage.ts';
import { columnNamed, joinedFractions } from '../tree/tree.ts';
import { checkedOptions, showSchema } from './options.ts';
import { checkEnding, checkNoInput, sourceInputs } from './outputs.ts';
import { Thumbnails } from './thumbnails.ts';

/** Side of a picture in pixels: twice its size on the page, for sharp screens. */
const THUMBNAIL = 240;

export interface ShowResult extends Pick<SkyReport, 'title' | 'classes'> {
  out: string;
  statistics: SkyReport['statistics'];
  /** Pictures that could not be read. */
  leftOut: SkippedPicture[];
}

/**
 * Draws galaxies by class, with the statistics of their votes, as a page or a picture.
 * @throws OptionError for a wrong option; UserError if the tables or the list of pictures cannot be read
 * @example
 * const { classes } = await show({ data: 'galaxy-zoo', out: 'galaxies.html', perClass: 2 });
 */
export async function show({
  onEvent,
  profile: _,
  ...given
}: z.input<typeof showSchema> & TaskOptions): Promise<ShowResult> {
  const { tree: named, out, perClass, seed, ...sources } = checkedOptions(showSchema, given);
  const tree = await openTree(sources.data, named);
  checkEnding('out', out, '.html', '.svg', '.png');
  checkNoInput('out', out, sourceInputs({ ...sources, tree: named }));
  const { galaxies: all, frames } = await listGalaxies(tree, { ...sources, maxBad: 0 }, { onEvent });
  const ids = all.map(({ id }) => id);
  const fractions = joinedFractions(tree, all);
  const thumbnails = new Thumbnails(frames, THUMBNAIL, onEvent);
  const classes = [];
  for (const { rows, ...each } of classExamples(tree, ids, fractions, perClass, seed)) {
    const { index } = columnNamed(tree, each.answer)!;
    const galaxies = rows.map(async (row) => ({
      id: ids[row]!,
      fraction: fractions[row * tree.columns.length + index]!,
      image: await thumbnails.of(ids[row]!, all[row]!.image),
    }));
    classes.push({ ...each, galaxies: await Promise.all(galaxies) });
  }
  thumbnails.end();
  const choice =
    seed === undefined
      ? 'those with the highest fractions'
      : `drawn at random (seed ${seed}) from the whole class`;
  const report: SkyReport = {
    tree,
    title: `${ids.length.toLocaleString('en-US')} galaxies`,
    about: [
      `Up to ${perClass} of each class: ${choice}. A galaxy belongs to a class if the volunteers' leading answers lead to it; it is shown once, in its rarest class.`,
    ],
    classes,
    statistics: labelStatistics(tree, fractions),
  };
  const format = extname(out).toLowerCase();
  const sheet = () => skySheet(report);
  const written =
    format === '.html'
      ? skyPage(report, nodeDrawing())
      : format === '.svg'
        ? sheet()
        : await pngOfSvg(sheet());
  await nodeFiles.write(out, written);
  const { title, statistics } = report;
  return { title, out, classes, statistics, leftOut: thumbnails.leftOut };
}
