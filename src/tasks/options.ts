/**
 * The options of every task: one schema each. The library takes types, defaults and checks from it; the command line takes flags
 * and help: `description` is the help text, `value` the name of the flag's value.
 */
import { z } from 'zod';
import { CUTOUT_SURVEYS } from '../data/cutouts/surveys.ts';
import { OptionError } from '../errors.ts';
import { expectation } from '../files/schema.ts';
import { PRECISIONS } from '../model/model.ts';
import { stretchNames } from '../picture/stretch.ts';
import { MOST_GALAXIES } from '../sky/config.ts';
import { frameFields, labelFields, pictureFields, runtimeFields, trainingSchema } from '../train/config.ts';

const count = () => z.int().min(1);
const text = (value: string, description: string) => z.string().meta({ value, description });
const texts = (value: string, description: string) =>
  z.array(z.string()).default([]).meta({ value, description, several: true });

const seconds = (least: number, description: string) =>
  z.number().min(least).max(3600).meta({ value: 'S', description });

/** The trained network of a task: at most one of the two. */
const modelFields = {
  run: text('RUN', 'a run folder of `tuningfork train`').optional(),
  model: text(
    'FILE',
    'a model file of `tuningfork export`, instead of a run (default: box, the model in this package)',
  ).optional(),
};

/** Rotations by one degree, with flips, at three zooms. All views of a galaxy are in memory at once. */
const MOST_VIEWS = 360 * 2 * 3;
/** The pixels of larger batches would take gigabytes. */
const MOST_BATCH = 10_000;

const viewCount = count().max(
  MOST_VIEWS,
  `expected ${MOST_VIEWS} or less: rotations by one degree, with flips, at three zooms`,
);

/** How pictures are read for a trained network. */
const readingFields = {
  ...pictureFields,
  stretch: text(
    'NAME[:KEY=X,…]',
    `show FITS to a network that takes pictures of 8 bits, such as box, by this stretch: ${stretchNames().join(', ')} (default: FITS is refused)`,
  ).optional(),
};

/** Options of the tasks that run a trained network on pictures. */
export const predictionFields = {
  views: viewCount.default(1).meta({
    value: 'N',
    description:
      'views per galaxy, averaged: rotated and flipped; also zoomed if N is 48 or more and a multiple of 3',
  }),
  batch: count()
    .max(MOST_BATCH, `expected ${MOST_BATCH} or less: all views of a batch are in memory at once`)
    .optional()
    .meta({ value: 'N', description: 'views per batch (default: 96, or more if a galaxy has more)' }),
  ...readingFields,
  ...runtimeFields,
};

const listIdColumn = text(
  'NAME',
  "the column of IDs of a list of pictures (default: one with a usual name, else the pictures' names)",
).optional();

export const predictSchema = z.strictObject({
  ...modelFields,
  images: text(
    'PATH',
    'a folder, a zip or one picture; a list of paths (.csv, .parquet, .txt); or Parquet files with pictures',
  ),
  out: text('FILE', 'the predictions: .csv, .parquet or .jsonl'),
  uncertainty: text(
    'FILE',
    'a table of the standard deviations of the predictions over the views: .csv, .parquet or .jsonl',
  ).optional(),
  readable: z
    .boolean()
    .default(false)
    .meta({ description: 'add the likeliest route in words, and its probability' }),
  keep: text('NAMES', 'columns to copy from the list of pictures, such as ra,dec').optional(),
  idColumn: listIdColumn,
  limit: count().optional().meta({ value: 'N', description: 'predict only the first N pictures' }),
  intervals: text(
    'FILE',
    'a table of intervals of 50, 80 and 95 % for the fractions: .csv, .parquet or .jsonl',
  ).optional(),
  people: count()
    .max(100_000)
    .optional()
    .meta({ value: 'N', description: 'also write intervals of the votes of N people (with --intervals)' }),
  ...predictionFields,
});

export const featuresSchema = z.strictObject({
  ...modelFields,
  images: predictSchema.shape.images,
  out: text('FILE', 'the features, one row for each galaxy: .parquet, .csv or .jsonl'),
  layer: text(
    'NAME',
    'the layer that has the features as its output, such as conv4; a map is averaged over its pixels (default: the last one before the last fully connected layer)',
  ).optional(),
  keep: predictSchema.shape.keep,
  limit: predictSchema.shape.limit,
  idColumn: listIdColumn,
  ...predictionFields,
});

const part = z.enum(['validation', 'test']).optional();

export const evaluateSchema = z.strictObject({
  ...modelFields,
  part: part.meta({
    description: 'score the galaxies that the run held out, in place of --solutions and --images',
  }),
  solutions: text('TABLE', 'a table of true labels: CSV, ECSV, FITS or Parquet').optional(),
  images: text(
    'PATH',
    'their pictures: a folder, a zip, a list of paths, or Parquet files with pictures',
  ).optional(),
  ...labelFields,
  against: text('RUN', 'another run or model file, or box, to compare on the same galaxies').optional(),
  centralPixels: z
    .boolean()
    .default(true)
    .meta({ description: "skip Kaggle's central-pixel benchmark, which reads all pictures again" }),
  out: text(
    'DIR',
    'a folder for predictions.csv, evaluation.json, evaluation.txt (all details) and report.html',
  ).optional(),
  ...predictionFields,
  views: z
    .union([viewCount, z.literal('curve')], { error: 'expected a whole number of 1 or more, or curve' })
    .default(1)
    .meta({
      value: 'N|curve',
      description: 'views per galaxy, averaged; curve: RMSE by number of views',
    }),
});

const { solutions, images, tree } = trainingSchema.shape;

export const averageSchema = z.strictObject({
  predictions: texts(
    'TABLE',
    'tables of predictions, .csv or .parquet, as `predict` writes them; may be zipped',
  ),
  run: texts('RUN', 'run folders of `tuningfork train`, which are predicted first'),
  model: texts('FILE', 'model files, which are predicted first'),
  tree: tree.meta({
    ...tree.meta(),
    description:
      'the decision tree of the tables, if there are no runs or models: one of `tuningfork surveys`, or a .json file (default: gz2)',
  }),
  part: part.meta({
    description:
      'average predictions for the galaxies that all runs held out, in place of --images and --solutions; test: weights are chosen on the validation galaxies',
  }),
  images: text(
    'PATH',
    'the pictures for runs and models: a folder, a zip, a list of paths, or Parquet files with pictures',
  ).optional(),
  out: text('FILE', 'the average: .csv, .parquet or .jsonl'),
  solutions: text('TABLE', 'true labels of some galaxies, for scores and weights').optional(),
  choosing: text(
    'TABLE',
    'true labels of the galaxies to rank models and choose weights on, in place of half of --solutions',
  ).optional(),
  ...labelFields,
  report: text('DIR', 'a folder for the scores: ensemble.json, .txt, .md and .html').optional(),
  sample: text(
    'FILE',
    "a submission with the galaxies to write, such as Kaggle's benchmark, .csv or .zip",
  ).optional(),
  project: z.boolean().default(false).meta({ description: "project every row onto the tree's sums" }),
  weights: z.enum(['equal', 'best-single', 'best-together', 'greedy', 'fitted']).default('equal').meta({
    description:
      'how to weight the models; all but equal are chosen on half of the labelled galaxies, or on those of --choosing',
  }),
  seed: z
    .int()
    .min(0)
    .optional()
    .meta({ value: 'S', description: 'seed for splitting the labelled galaxies (default: 1)' }),
  ...predictionFields,
});

const { maxBad, workers, device, threads, force } = runtimeFields;

export const similarSchema = z.strictObject({
  features: text('FILE', 'a Parquet file of `tuningfork features`'),
  to: text('ID|PICTURE', 'a galaxy of this file, or a picture'),
  count: count()
    .max(1000, 'expected 1000 or less: a page holds all its pictures')
    .default(20)
    .meta({ value: 'N', description: 'galaxies to find' }),
  images: text(
    'PATH',
    'the pictures of the galaxies, for the page: a folder, a zip, a list of paths, or Parquet files with pictures',
  ).optional(),
  out: text('FILE', 'the page, .html'),
  run: text(
    'RUN',
    'for a picture: the run that computed the features (default: its path in the file)',
  ).optional(),
  model: text('FILE', 'the same as a model file').optional(),
  idColumn: listIdColumn,
  ...pictureFields,
  device,
  threads,
});

export const explainSchema = z.strictObject({
  run: texts('RUN', 'run folders of `tuningfork train`; several are compared'),
  model: texts('FILE', 'model files of `tuningfork export` (default: box, the model in this package)'),
  image: text(
    'PATH',
    'one picture, a folder, a zip, a list of paths, or Parquet files with pictures',
  ).optional(),
  part: part.meta({ description: 'explain the galaxies that all runs held out, in place of --image' }),
  idColumn: listIdColumn,
  limit: count().optional().meta({ value: 'N', description: 'explain only the first N pictures' }),
  out: text('PNG|DIR', 'the drawing; for several pictures, a folder of drawings and measures.csv'),
  drawings: z
    .boolean()
    .default(true)
    .meta({ description: 'for several pictures: write only measures.csv, without drawings' }),
  deletion: z.boolean().default(false).meta({
    description: 'test the map: measure the score as the picture is removed piece by piece',
  }),
  layer: z.array(z.string()).optional().meta({
    value: 'NAME',
    description: 'a layer, such as conv4 or cbam1; may be repeated (default: one per block of the first run)',
  }),
  answer: z.string().default('auto').meta({
    value: 'ANSWER|auto|all',
    description:
      'an answer, such as 4.1; auto: the one that decides the kind of galaxy, according to the first run; all: all answers',
  }),
  views: predictionFields.views.meta({
    ...predictionFields.views.meta(),
    description: predictionFields.views
      .meta()!
      .description!.replace('per galaxy, averaged', 'whose maps are averaged'),
  }),
  maps: z
    .boolean()
    .default(false)
    .meta({ description: 'for several pictures: also write the maps of each as JSON' }),
  ...readingFields,
  maxBad,
  device,
  threads,
  force,
});

export const exportSchema = z.strictObject({
  ...modelFields,
  out: text('FILE', 'MODEL.onnx or MODEL.safetensors'),
  input: z.enum(['view', 'picture']).optional().meta({
    description:
      'input of the ONNX file: the view that the network sees, or the whole picture, from which the file draws the view (default: view)',
  }),
  precision: z.enum(PRECISIONS).optional().meta({
    description:
      'of the weights in a model file; float16 halves the file and changes fractions by about 1e-4 (default: float32)',
  }),
});

export const trainSchema = z.strictObject({
  out: text('RUN', "the run's folder"),
  resume: z.boolean().default(false).meta({ description: 'continue the run in this folder' }),
  ...trainingSchema.shape,
});

/** The settings of a comparison's variants; the comparison has the seeds. */
export const variantSchema = trainingSchema.omit({ seed: true });

export const packSchema = z.strictObject({
  data: text('DIR', "Kaggle's folder, unpacked or as zips").optional(),
  out: text('FILE', 'the packed file'),
  solutions,
  images,
  tree,
  ...labelFields,
  ...frameFields,
  ...pictureFields,
  maxBad,
  workers,
});

export const showSchema = z.strictObject({
  data: text('PATH', "a folder in Kaggle's layout, or a file of `tuningfork pack`").optional(),
  solutions,
  images,
  tree,
  ...labelFields,
  ...frameFields,
  ...pictureFields,
  out: text('FILE', 'the page, .html, or the pictures alone, .png or .svg'),
  perClass: count()
    .max(1000, 'expected 1000 or less: a page holds all its pictures')
    .default(6)
    .meta({ value: 'N', description: 'pictures of each class' }),
  seed: z.int().min(0).optional().meta({
    value: 'S',
    description: 'draw the pictures at random (default: those with the highest fractions)',
  }),
});

export const networksSchema = z.strictObject({
  network: text('NAME', 'show only this one; may be a .json file that describes another').optional(),
  tree: tree.meta({
    ...tree.meta(),
    description:
      'the decision tree of their answers: one of `tuningfork surveys`, or a .json file (default: gz2)',
  }),
  diagram: text('FILE.svg', 'draw the network').optional(),
});

export const surveysSchema = z.strictObject({
  survey: z.string().optional().meta({
    isArgument: true,
    description: 'show the questions of this survey; may be a .json file with a decision tree of your own',
  }),
});

export const serveSchema = z.strictObject({
  port: count()
    .max(65_535)
    .optional()
    .meta({ value: 'N', description: 'the port of the server (default: the first free one from 4240)' }),
});

export const cutoutsSchema = z.strictObject({
  catalogue: text('TABLE', 'the galaxies: IDs, and columns ra and dec in degrees'),
  survey: z
    .enum(CUTOUT_SURVEYS.map(({ name }) => name) as [string, ...string[]])
    .meta({ description: 'where the pictures come from' }),
  out: text('DIR', 'a folder for the pictures and their list, cutouts.csv'),
  size: count().optional().meta({ value: 'N', description: "pixels per side (default: the survey's)" }),
  pixelScale: z
    .number()
    .gt(0, 'expected more than 0')
    .optional()
    .meta({ value: 'ARCSEC', description: "arcsec per pixel (default: the survey's own)" }),
  format: z.enum(['jpg', 'fits']).default('jpg').meta({ description: 'the format of the pictures' }),
  bands: text('BANDS', 'the bands of FITS files, such as grz (default: all)').optional(),
  idColumn: text(
    'NAME',
    'the column of IDs, which become names of files (default: one with a usual name)',
  ).optional(),
  url: text(
    'URL',
    'another host, such as a mirror, or a URL with {ra}, {dec}, {size} and {scale}',
  ).optional(),
  retries: z
    .int()
    .min(0)
    .max(100)
    .default(5)
    .meta({ value: 'N', description: 'further attempts when a download fails' }),
  timeout: seconds(1, 'seconds that a download may take').default(60),
  backoff: seconds(0, 'seconds before the second attempt, doubled before each further one').default(1),
});

export const inspectSchema = z.strictObject({
  files: z
    .array(z.string())
    .min(1, 'expected one or more')
    .meta({ isArgument: true, description: 'pictures, tables, and lists of pictures' }),
  hdu: text('N|NAME', 'the HDU of FITS files (default: the first image, else the first table)').optional(),
  pixels: z
    .array(z.int().min(0, 'expected whole numbers of 0 or more'))
    .optional()
    .meta({ value: 'N,N,…', description: 'print the raw values at these indices of the flattened picture' }),
  tree: tree.meta({
    ...tree.meta(),
    description:
      "the tables' decision tree: one of `tuningfork surveys`, or a .json file (default: the one that the columns show)",
  }),
  images: text(
    'PATH',
    'the pictures of the tables: a folder, a zip or a list, to compare the IDs',
  ).optional(),
  bandFiles: pictureFields.bandFiles,
  bands: frameFields.bands.meta({
    value: 'NAME,…',
    description: 'names of the bands in --band-files (default: g,r,z)',
    isList: true,
  }),
  ...labelFields,
});

const galaxies = () => z.int().min(0).max(MOST_GALAXIES);

export const skySchema = z.strictObject({
  out: text('DIR', 'a new folder'),
  train: galaxies()
    .default(2000)
    .meta({ value: 'N', description: 'galaxies with known votes, for training' }),
  test: galaxies()
    .default(500)
    .meta({ value: 'N', description: 'galaxies for testing, with their votes in a separate table' }),
  seed: z.int().min(0).default(1).meta({ value: 'S', description: 'determines the galaxies' }),
  config: text(
    'FILE',
    'a JSON file of parameters to fix instead of drawing them: {"object": {"kind": "disk"}}',
  ).optional(),
  workers: workers.meta({
    value: 'N',
    description: 'threads that draw pictures (default: one for each core)',
  }),
});

/**
 * Checks a task's options and fills in defaults.
 * @throws OptionError with the path of the wrong one
 */
export function checkedOptions<Schema extends z.ZodObject>(
  schema: Schema,
  options: z.input<Schema>,
): z.output<Schema> {
  const result = schema.safeParse(options, { error: expectation, reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') throw new OptionError(issue.keys[0]!, 'unknown option');
  const [option, ...rest] = issue.path.map(String);
  const isText = ['string', 'number', 'boolean'].includes(typeof issue.input);
  const got = issue.input === undefined ? ', got nothing' : '';
  throw new OptionError([option, ...rest].join('.'), issue.message + got, isText ? issue.input : undefined);
}
