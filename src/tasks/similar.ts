import { existsSync } from 'node:fs';
import type { z } from 'zod';
import type { FeatureTable } from '../data/featureTable.ts';
import type { GalaxyImage } from '../data/images.ts';
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { parsePreprocessing } from '../model/preprocessing.ts';
import { openImages } from '../node/data/openCatalogue.ts';
import { readFeatures } from '../node/data/readFeatures.ts';
import { checkWritable } from '../node/files/atomic.ts';
import { nodeFiles } from '../node/files/files.ts';
import { nodePlatform } from '../node/platform.ts';
import type { ImageReference } from '../picture/batch.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { nearestRows } from '../predict/neighbours.ts';
import { galaxyFeatures } from '../predict/predict.ts';
import { similarPage } from '../report/similarPage.ts';
import { modelInputs, openFeatureModel, predictorOptions } from './model.ts';
import { checkedOptions, similarSchema } from './options.ts';
import { checkEnding, checkNoInput } from './outputs.ts';
import { Thumbnails } from './thumbnails.ts';

/** Side of a picture in pixels: twice its size on the page, for sharp screens. */
const THUMBNAIL = 240;

export type SimilarOptions = z.input<typeof similarSchema> & TaskOptions;
type Settings = z.output<typeof similarSchema>;

export interface SimilarResult {
  /** The page. */
  out: string;
  /** The galaxy that the others are compared with: its ID, or the name of its picture. */
  to: string;
  /** The layer that has the features as its output. */
  layer: string;
  /** Galaxies that were compared. */
  galaxies: number;
  /** The most similar first. */
  neighbours: { id: string; similarity: number }[];
  /** Pictures that could not be read for the page. */
  leftOut: SkippedPicture[];
}

/**
 * Finds the galaxies whose features are most similar to those of a galaxy of the table, or of a picture, by `nearestRows`, and
 * draws them on a page.
 * @throws OptionError for a wrong option, or a picture with another network; UserError if the table, the network or a
 * picture cannot be read
 * @example
 * const { neighbours } = await similar({ features: 'features.parquet', to: '100008', images: 'images', out: 'similar.html' });
 */
export async function similar({ onEvent, profile, ...given }: SimilarOptions): Promise<SimilarResult> {
  const settings = checkedOptions(similarSchema, given);
  const { run, model, features: file, to, count, images, out, idColumn } = settings;
  checkEnding('out', out, '.html');
  checkNoInput('out', out, { ...modelInputs({ run, model }), features: file, to, images });
  const table = await readFeatures(file);
  const { ids, values, width, about } = table;
  const frames = parsePreprocessing(about.preprocessing, undefined, `${file}: preprocessing`);
  const row = ids.indexOf(to);
  checkUsed(settings, table, row >= 0);
  await checkWritable(out);
  const picture = row < 0 ? await openPicture(settings, frames) : undefined;
  const reading = { frames, ...pictureOptions(settings), idColumn };
  const opened = images === undefined ? [] : await openImages(images, reading, onEvent);
  const imageOf = new Map(opened.map(({ id, image }) => [id, image]));
  const query = picture
    ? await pictureFeatures(table, settings, picture, { onEvent, profile })
    : values.subarray(row * width, (row + 1) * width);
  const neighbours = nearestRows(values, query, count, row < 0 ? undefined : row).map(
    ({ row, similarity }) => ({ id: ids[row]!, similarity }),
  );

  const thumbnails = new Thumbnails(frames, THUMBNAIL, onEvent);
  const shown = async (id: string, image: ImageReference | undefined = imageOf.get(id)) => ({
    id,
    ...(image && { image: await thumbnails.of(id, image) }),
  });
  const drawn = {
    to: await shown(picture?.id ?? to, picture?.image),
    neighbours: await Promise.all(
      neighbours.map(async ({ id, similarity }) => ({ ...(await shown(id)), similarity })),
    ),
  };
  thumbnails.end();
  const without = neighbours.filter(({ id }) => !imageOf.has(id)).length;
  if (images !== undefined && without > 0) {
    const message = `${images}: has no picture of ${without} of these ${neighbours.length} galaxies`;
    onEvent?.({ kind: 'note', message });
  }
  await nodeFiles.write(out, similarPage({ ...drawn, galaxies: ids.length, layer: about.layer }));
  const { leftOut } = thumbnails;
  return { out, to: drawn.to.id, layer: about.layer, galaxies: ids.length, neighbours, leftOut };
}

const pictureOptions = ({ hdu, bandFiles, pixelScale }: Settings) => ({ hdu, bandFiles, pixelScale });

/** @throws OptionError if `to` is neither an ID nor a file, or an option has no effect */
function checkUsed(settings: Settings, { file, ids }: FeatureTable, isId: boolean): void {
  const { run, model, to, images, idColumn } = settings;
  if (!isId && !existsSync(to)) {
    const problem = `expected a picture, or an ID of ${file}, such as ${ids[0] ?? 'none'}`;
    throw new OptionError('to', problem, to);
  }
  const refuse = (options: object, problem: string) => {
    const found = Object.entries(options).find(([, value]) => value !== undefined);
    if (found) throw new OptionError(found[0], problem, found[1]);
  };
  if (isId) refuse({ run, model }, `has no effect: \`to\` ${to} is in ${file}`);
  if (images === undefined) refuse({ idColumn }, 'has no effect without `images`');
  if (images === undefined && isId) refuse(pictureOptions(settings), 'has no effect without `images`');
}

/** The picture of `to`. @throws OptionError unless it is one */
async function openPicture(settings: Settings, frames: Preprocessing): Promise<GalaxyImage> {
  const { to } = settings;
  const [picture, ...others] = await openImages(to, { frames, ...pictureOptions(settings) });
  if (others.length > 0) throw new OptionError('to', `expected one picture, got ${others.length + 1}`, to);
  return picture!;
}

/** The features of one picture. */
async function pictureFeatures(
  table: FeatureTable,
  { run, model: path, device, threads }: Settings,
  picture: GalaxyImage,
  task: TaskOptions,
): Promise<Float32Array> {
  const { model, network } = await openFeatureModel(table, { run, model: path });
  const options = predictorOptions(
    { views: table.about.views, device, threads, workers: 1, maxBad: 0 },
    task,
    [],
  );
  for await (const { features } of galaxyFeatures(nodePlatform, model, network, [picture], options))
    return features;
  throw new Error(`${picture.id}: has no features`);
}
