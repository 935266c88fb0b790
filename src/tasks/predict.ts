import { resolve } from 'node:path';
import type { z } from 'zod';
import type { OutputRow } from '../data/output.ts';
import { outputFormat } from '../data/outputs.ts';
import {
  FLAG_COLUMNS,
  FLAG_TABLE,
  isSubmission,
  joinColumns,
  routeColumns,
} from '../data/predictionTable.ts';
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { tableMetadata } from '../model/hash.ts';
import { hasIntervals } from '../model/intervals.ts';
import { writeIntervals } from '../node/data/writeIntervals.ts';
import { writeSubmission } from '../node/data/writeSubmission.ts';
import { type TableFile, writeTable } from '../node/data/writeTable.ts';
import { nodeFiles } from '../node/files/files.ts';
import { nodePlatform } from '../node/platform.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { type GalaxyPrediction, predictGalaxies } from '../predict/predict.ts';
import { modelInputs, openModelOf, predictorOptions } from './model.ts';
import { checkedOptions, predictSchema } from './options.ts';
import { checkNoInput } from './outputs.ts';
import { openPictures } from './pictureTable.ts';

const streamSchema = predictSchema.partial({ out: true });

export type PredictOptions = z.input<typeof streamSchema> & TaskOptions;

export interface PredictResult {
  /** The table of predictions. */
  out: string;
  /** The table of their standard deviations over the views. */
  uncertainty?: string;
  /** The table of intervals. */
  intervals?: string;
  /** The file of the network's weights. */
  weights: string;
  /** Predicted galaxies. */
  galaxies: number;
  /** The table of flags beside a submission to Kaggle; undefined if no picture has any. */
  flags?: string;
  /** Predicted pictures with flags. */
  flagged: number;
  /** Pictures that could not be read. */
  leftOut: SkippedPicture[];
}

/**
 * Predicts the vote fractions of pictures: with `out`, into a table (CSV in Kaggle's format, Parquet or JSON Lines, by the ending of
 * its name); without, as a stream. Memory does not grow with the number of pictures.
 * @throws OptionError for a wrong option; UserError if the network or the pictures cannot be read; TooManyBadImages if more
 * than `maxBad` of the pictures cannot be read
 * @example
 * const { galaxies } = await predict({ run: 'runs/first', images: 'images', out: 'predictions.csv', views: 16 });
 * for await (const { id, fractions } of predict({ run: 'runs/first', images: 'images' })) {
 *   console.log(id, leadingRoute(GALAXY_ZOO_2, fractions).map(({ label }) => label));
 * }
 */
export function predict(options: PredictOptions & { out: string }): Promise<PredictResult>;
export function predict(options: PredictOptions): AsyncGenerator<GalaxyPrediction, void, undefined>;
export function predict(options: PredictOptions) {
  return options.out === undefined ? stream(options) : predictInto(options.out, options);
}

async function* stream(options: PredictOptions): AsyncGenerator<GalaxyPrediction, void, undefined> {
  const { predictions } = await begin(options);
  yield* predictions;
}

async function predictInto(out: string, options: PredictOptions): Promise<PredictResult> {
  const { model, predictions, leftOut, more, flagsFile } = await begin(options);
  const { uncertainty, intervals, people } = options;
  const tables = [out, uncertainty, intervals].flatMap((path) => path ?? []);
  // Encoding the model for its hash takes time and memory.
  const metadata = tables.some((path) => outputFormat(path).hasMetadata) ? await tableMetadata(model) : {};
  const flagged: OutputRow[] = [];
  const write = (rows: typeof predictions) =>
    writeSubmission(model.tree, out, withFlagsIn(flagged, rows), { uncertainty, more, metadata });
  const galaxies =
    intervals === undefined
      ? await write(predictions)
      : await writeIntervals(model, intervals, predictions, { people, metadata }, write);
  const flags = flagsFile === undefined || flagged.length === 0 ? undefined : flagsFile;
  if (flags !== undefined) await writeTable(flags, FLAG_TABLE, (table) => addAll(table, flagged));
  else if (flagsFile !== undefined) await nodeFiles.remove(flagsFile);
  return {
    out,
    uncertainty,
    intervals,
    flags,
    weights: model.file,
    galaxies,
    flagged: flagged.length,
    leftOut,
  };
}

/** The table of flags of a submission. @example flagsPath('out/mine.csv') // 'out/mine.flags.csv' */
const flagsPath = (out: string) => `${out.slice(0, -'.csv'.length)}.flags.csv`;

async function addAll(table: TableFile, rows: readonly OutputRow[]): Promise<void> {
  for (const row of rows) await table.add(row);
}

/** Passes predictions on, and adds those with flags to a list. */
async function* withFlagsIn(flagged: OutputRow[], predictions: AsyncIterable<GalaxyPrediction>) {
  for await (const prediction of predictions) {
    const { id, flags } = prediction;
    if (flags.length > 0) flagged.push([id, flags]);
    yield prediction;
  }
}

/**
 * Checks the path of a table that is written beside `out`.
 * @param others the other tables, by option
 * @throws OptionError
 */
function checkBeside(
  option: string,
  path: string,
  others: { out: string | undefined; uncertainty?: string },
  inputs: Parameters<typeof checkNoInput>[2],
): void {
  if (others.out === undefined) throw new OptionError(option, 'requires `out`', path);
  if (Object.values(others).some((other) => other !== undefined && resolve(other) === resolve(path))) {
    const names = Object.keys(others).map((name) => `\`${name}\``);
    throw new OptionError(option, `expected a different file from ${names.join(' and ')}`, path);
  }
  checkNoInput(option, path, inputs);
  outputFormat(path, option);
}

/** Checks the options, opens the network and lists the pictures. */
async function begin({ onEvent, profile, ...given }: PredictOptions) {
  const {
    run,
    model: file,
    images,
    out,
    uncertainty,
    readable,
    intervals,
    people,
    keep,
    ...options
  } = checkedOptions(streamSchema, given);
  const { hdu, bandFiles, pixelScale, stretch: shown, idColumn, limit, ...settings } = options;
  const inputs = { ...modelInputs({ run, model: file }), images };
  if (uncertainty !== undefined) {
    if (settings.views === 1) {
      throw new OptionError('uncertainty', 'requires `views` of 2 or more: one view has no spread');
    }
    checkBeside('uncertainty', uncertainty, { out }, inputs);
  }
  if (people !== undefined && intervals === undefined)
    throw new OptionError('people', 'has no effect without `intervals`', people);
  if (intervals !== undefined) checkBeside('intervals', intervals, { out, uncertainty }, inputs);
  if (out !== undefined) {
    checkNoInput('out', out, inputs);
    outputFormat(out);
  } else if (readable || keep !== undefined) {
    throw new OptionError(readable ? 'readable' : 'keep', 'requires `out`');
  }
  const model = await openModelOf({ run, model: file });
  if (intervals !== undefined && !hasIntervals(model)) {
    const problem = `expected a network trained with \`head\` dirichlet or with \`calibration\`; ${model.file} gives no intervals`;
    throw new OptionError('intervals', problem, intervals);
  }
  if (people !== undefined && model.network.head !== 'dirichlet') {
    throw new OptionError('people', 'requires a network with the `head` dirichlet', people);
  }
  const pictures = { images, keep, limit, hdu, bandFiles, pixelScale, shown, idColumn };
  const taken = ['route', 'route_probability', ...model.tree.columns.map(({ name }) => name)];
  const { galaxies, kept } = await openPictures(model, pictures, taken, onEvent);
  // A table in Kaggle's format keeps its columns.
  const isKaggle = out !== undefined && isSubmission(model.tree, out) && !readable && !kept;
  const flagsFile = isKaggle ? flagsPath(out) : undefined;
  if (out !== undefined && flagsFile !== undefined) checkNoInput('out', out, inputs, [flagsFile]);
  const more = joinColumns<GalaxyPrediction>([
    ...(isKaggle ? [] : [FLAG_COLUMNS]),
    ...(readable ? [routeColumns(model.tree)] : []),
    ...(kept ? [kept] : []),
  ]);
  const leftOut: SkippedPicture[] = [];
  const predictor = predictorOptions(settings, { onEvent, profile }, leftOut);
  return {
    model,
    more,
    flagsFile,
    leftOut,
    predictions: predictGalaxies(nodePlatform, model, galaxies, predictor),
  };
}
