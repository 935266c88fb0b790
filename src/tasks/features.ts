import type { z } from 'zod';
import { featureColumns, featuresMetadata } from '../data/featureTable.ts';
import { ID_COLUMN } from '../data/idColumn.ts';
import type { OutputColumn } from '../data/output.ts';
import { outputFormat } from '../data/outputs.ts';
import { FLAG_COLUMNS, joinColumns } from '../data/predictionTable.ts';
import type { TaskOptions } from '../events.ts';
import { featureNetwork } from '../model/features.ts';
import { tableMetadata } from '../model/hash.ts';
import { networkOf } from '../model/model.ts';
import { writeTable } from '../node/data/writeTable.ts';
import { nodePlatform } from '../node/platform.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { galaxyFeatures } from '../predict/predict.ts';
import { modelInputs, modelPath, openFeatureSource, predictorOptions } from './model.ts';
import { checkedOptions, featuresSchema } from './options.ts';
import { checkNoInput } from './outputs.ts';
import { openPictures } from './pictureTable.ts';

export type FeaturesOptions = z.input<typeof featuresSchema> & TaskOptions;

export interface FeaturesResult {
  /** The table of features. */
  out: string;
  /** The file of the network's weights. */
  weights: string;
  /** The layer that has the features as its output. */
  layer: string;
  /** Features of each galaxy. */
  features: number;
  /** Galaxies in the table. */
  galaxies: number;
  /** Pictures with flags. */
  flagged: number;
  /** Pictures that could not be read. */
  leftOut: SkippedPicture[];
}

/**
 * Writes a network's features of pictures into a table, CSV, Parquet or JSON Lines, by the ending of its name: the output of a
 * layer, as the columns f0, f1, …; a map is averaged over its pixels. Memory does not grow with the number of pictures.
 * @throws OptionError for a wrong option; UserError if the network or the pictures cannot be read; TooManyBadImages if more
 * than `maxBad` of the pictures cannot be read
 * @example
 * const { layer, features: width } = await features({ run: 'runs/first', images: 'images', out: 'features.parquet' });
 */
export async function features({ onEvent, profile, ...given }: FeaturesOptions): Promise<FeaturesResult> {
  const { run, model: file, images, out, keep, layer, ...options } = checkedOptions(featuresSchema, given);
  const { hdu, bandFiles, pixelScale, stretch: shown, idColumn, limit, ...settings } = options;
  checkNoInput('out', out, { ...modelInputs({ run, model: file }), images });
  const { hasMetadata } = outputFormat(out);
  const model = await openFeatureSource({ run, model: file });
  const part = featureNetwork(networkOf(model), layer);
  const names = featureColumns(part.network.outputs);
  const pictures = { images, keep, limit, hdu, bandFiles, pixelScale, shown, idColumn };
  const { galaxies, kept } = await openPictures(model, pictures, names, onEvent);
  const more = joinColumns([FLAG_COLUMNS, ...(kept ? [kept] : [])]);
  const columns: OutputColumn[] = [
    { name: ID_COLUMN, type: 'text' },
    ...more.columns,
    ...names.map((name) => ({ name, type: 'float32' as const, required: true })),
  ];
  const metadata = hasMetadata
    ? {
        ...(await tableMetadata(model)),
        ...featuresMetadata({
          network: modelPath({ run, model: file }),
          layer: part.layer,
          views: settings.views,
          preprocessing: model.preprocessing,
        }),
      }
    : {};
  const leftOut: SkippedPicture[] = [];
  const predictor = predictorOptions(settings, { onEvent, profile }, leftOut);
  let [written, flagged] = [0, 0];
  await writeTable(
    out,
    columns,
    async (table) => {
      for await (const galaxy of galaxyFeatures(nodePlatform, model, part.network, galaxies, predictor)) {
        await table.add([galaxy.id, ...more.cells(galaxy), ...galaxy.features]);
        written++;
        if (galaxy.flags.length > 0) flagged++;
      }
    },
    metadata,
  );
  return {
    out,
    weights: model.file,
    layer: part.layer,
    features: names.length,
    galaxies: written,
    flagged,
    leftOut,
  };
}
