/** The settings of a training run: one schema gives types, defaults, checks, command-line flags and config files. */
import { z } from 'zod';
import { VOTE_KINDS } from '../data/answerColumns.ts';
import { LOSSES, type LossName } from '../engine/nn/loss.ts';
import { OPTIMIZERS, type OptimizerName } from '../engine/nn/optimizer.ts';
import { SCHEDULES, type ScheduleName } from '../engine/nn/schedule.ts';
import { OptionError } from '../errors.ts';
import { HEADS } from '../model/head.ts';
import { DROPOUT_PLACES } from '../model/networks.ts';
import { bandsSchema } from '../model/preprocessing.ts';
import { DECEMBER_CROP_SIZES } from '../picture/augmentation.ts';
import { MOST_BANDS } from '../picture/preprocessing.ts';
import { FRAME_SIZE } from '../picture/record.ts';
import { stretchNames } from '../picture/stretch.ts';

const count = () => z.int().min(1);
/** In pixels. In a crop of more than twice the picture, the galaxy is too small to see. */
const cropSize = () => count().max(848, 'expected 848 or less, twice the width of a picture');

/** More cores than any machine has. More threads than cores only take memory. */
const MOST_THREADS = 1024;
const threads = (least: number) =>
  z
    .int()
    .min(least)
    .max(MOST_THREADS, `expected ${MOST_THREADS} or less: more threads than cores are of no use`);

/** Options of all commands that read pictures. */
export const runtimeFields = {
  maxBad: z.number().min(0).max(1).default(0.01).meta({
    value: 'F',
    description: 'share of pictures that may be unreadable; they are reported and skipped',
  }),
  device: z
    .string()
    .default('cpu')
    .meta({ value: 'NAME', description: 'cpu or webgpu; untested: cuda, dml, coreml' }),
  threads: threads(0)
    .default(0)
    .meta({ value: 'N', description: 'threads that run the network; 0: one for each core' }),
  workers: threads(1)
    .optional()
    .meta({ value: 'N', description: 'threads that read pictures (default: one for each core)' }),
  force: z
    .boolean()
    .default(false)
    .meta({ description: 'run even if it needs more memory than the machine has' }),
};

/** Options of all commands that read tables of labels. */
export const labelFields = {
  labels: z.enum(VOTE_KINDS).optional().meta({
    description: 'the kind of labels in the tables (default: the only kind in a table)',
  }),
  fractions: z.enum(['cumulative', 'conditional']).optional().meta({
    description:
      "cumulative: shares of all people; conditional: shares of the people who were asked the question (default: as in the survey's tables, or as the sums show)",
  }),
  idColumn: z.string().optional().meta({
    value: 'NAME',
    description: 'the column of IDs (default: the one with a usual name whose IDs are those of the pictures)',
  }),
  columns: z.string().optional().meta({
    value: 'FILE.json',
    description:
      'a file that maps your columns to answers, {"my_smooth": "Class1.1", …}, or to questions, {"my_class": "TOPIC"}',
  }),
  countsFromFractions: z.boolean().default(false).meta({
    description: 'rebuild counts of votes from fractions and the number of people',
  }),
  missing: z.array(z.string().trim().min(1, 'expected a value')).optional().meta({
    value: 'CELL,…',
    description: 'values of unknown cells, such as -99,-1; an empty cell, NaN and NA are always unknown',
    isList: true,
    mayBeDashed: true,
  }),
};

/** Options of all commands that read pictures from files. */
export const pictureFields = {
  hdu: z.string().optional().meta({
    value: 'N|NAME',
    description: 'the HDU of FITS pictures: its index or EXTNAME (default: the first image)',
  }),
  bandFiles: z.string().optional().meta({
    value: 'PATTERN',
    description:
      "pattern of the files' names if each band has a file of its own, such as '{name}_{band}.fits'",
  }),
  pixelScale: z.number().positive().optional().meta({
    value: 'X',
    description:
      'arcsec per pixel of all pictures (default: the column pixel_scale of a list, else as in the FITS headers)',
  }),
};

/** Settings of the frames that a network is trained on. */
export const frameFields = {
  stretch: z
    .string()
    .optional()
    .meta({
      value: 'NAME[:KEY=X,…]',
      description: `how raw values (FITS, 16 bits) become brightness: ${stretchNames().join(', ')} (default: none, for pictures of 8 bits)`,
    }),
  bands: bandsSchema.optional().meta({
    value: 'NAME,…',
    description: `names of up to ${MOST_BANDS} bands, the bluest first (default: those of sdss or legacy, else one)`,
    isList: true,
  }),
  field: z.number().positive().optional().meta({
    value: 'X',
    description:
      "side of a frame on the sky, in arcsec; needs the pixel scale (default: the picture's central square)",
  }),
};

const namesOf = <Name extends string>(table: Readonly<Record<Name, unknown>>) => Object.keys(table) as Name[];

/** A tree's answers are fractions or counts, so losses for classes do not fit. */
type VoteLoss = {
  [Name in LossName]: (typeof LOSSES)[Name]['targets'] extends 'classes' ? never : Name;
}[LossName];
const VOTE_LOSSES = namesOf<LossName>(LOSSES).filter(
  (name): name is VoteLoss => LOSSES[name].targets !== 'classes',
);

/**
 * The settings of a training run. Each key is also a flag: `flag`, or the key in kebab case. `value` names the flag's value in the help.
 * @example trainingSchema.parse({ data: 'galaxy-zoo', epochs: 60 }).batch // 32
 */
export const trainingSchema = z.strictObject({
  data: z.string().optional().meta({
    value: 'DIR',
    description: "Kaggle's folder, unpacked or as zips, or a file made by `tuningfork pack`",
  }),
  solutions: z.array(z.string()).default([]).meta({
    value: 'TABLE[:WEIGHT]',
    description:
      'a table of labels (CSV, ECSV, FITS or Parquet), and the weight of its galaxies in the loss (default: 1); may be repeated',
  }),
  images: z.array(z.string()).default([]).meta({
    value: 'PATH',
    description:
      'the pictures of that table: a folder, a zip, a list of paths, or Parquet files with pictures; may be repeated',
  }),
  tree: z.string().optional().meta({
    value: 'NAME|FILE',
    description:
      "the tables' decision tree: one of `tuningfork surveys`, or a .json file (default: the one in --data, else the one of --model, else gz2)",
  }),
  ...labelFields,
  network: z.string().default('baseline').meta({
    value: 'NAME',
    description:
      'one of `tuningfork networks`, or a .json file that describes another; probe: see --features',
  }),
  kernels: z.array(count()).optional().meta({ value: 'N,N,N,N', description: 'kernel sizes, odd' }),
  channels: z
    .array(count())
    .optional()
    .meta({ value: 'N,N,N,N', description: 'channels of the convolutions' }),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .meta({ value: 'P', description: 'share of features that dropout sets to 0' }),
  dropoutAt: z.enum(DROPOUT_PLACES).optional().meta({
    description:
      'where to drop: features before fully connected layers, whole channels after pools, or both (default: dense)',
  }),
  batchNorm: z.boolean().default(true).meta({ description: 'leave out the batch norms' }),
  head: z.enum(HEADS).optional().meta({
    description:
      "function from outputs to fractions; all but sigmoid satisfy the tree's sums; dirichlet also gives their uncertainty (default: the head of the fine-tuned model if the loss can train it, otherwise the default for the loss: sigmoid, softmax or dirichlet)",
  }),
  epochs: count().default(24).meta({ value: 'N', description: 'passes over the training galaxies' }),
  batch: z
    .union([count(), z.literal('auto')], 'expected a whole number of 1 or more, or auto')
    .default(32)
    .meta({
      value: 'N|auto',
      description: 'galaxies per step; auto: about one batch in ten has a galaxy of the rarest class',
    }),
  learningRate: z
    .number()
    .positive()
    .default(5e-4)
    .meta({ flag: 'lr', value: 'X', description: 'learning rate' }),
  schedule: z.enum(namesOf<ScheduleName>(SCHEDULES)).default('cosine').meta({
    description: 'how the learning rate changes over the epochs',
  }),
  restartFirst: count().optional().meta({
    value: 'N',
    description: 'epochs of the first cycle of warm-restarts (default: 60)',
  }),
  restartFactor: count().optional().meta({
    value: 'N',
    description: 'factor by which each cycle is longer than the one before (default: 3)',
  }),
  minLearningRate: z.number().min(0).optional().meta({
    flag: 'min-lr',
    value: 'X',
    description: 'lowest learning rate of cosine and warm-restarts (default: 1e-8)',
  }),
  warmup: z
    .number()
    .min(0)
    .default(0)
    .meta({ value: 'N', description: 'epochs over which the learning rate rises from 0' }),
  optimizer: z
    .enum(namesOf<OptimizerName>(OPTIMIZERS))
    .default('adam')
    .meta({ description: 'adamw keeps the weight decay out of the gradient; sgd has a momentum of 0.9' }),
  weightDecay: z
    .number()
    .min(0)
    .optional()
    .meta({
      value: 'X',
      description: `weight decay (default: ${OPTIMIZERS.adam.weightDecay}; adamw: ${OPTIMIZERS.adamw.weightDecay})`,
    }),
  clipNorm: z
    .number()
    .positive()
    .optional()
    .meta({ value: 'X', description: 'largest norm of the gradient (default: no limit)' }),
  weightAverage: z.number().gt(0).lt(1).optional().meta({
    value: 'DECAY',
    description:
      'keep a moving average of the weights with this decay, such as 0.999, and also validate it (default: none)',
  }),
  loss: z.enum(VOTE_LOSSES).default('bce').meta({
    description:
      'bce: binary cross-entropy of fractions; mse: their mean squared error; multinomial: minus the log-likelihood of counts of votes; dirichlet-multinomial: the same, for uncertain fractions',
  }),
  seed: z
    .int()
    .min(0)
    .default(1)
    .meta({ value: 'S', description: 'determines the split, the initial weights, the order and the views' }),
  splitSeed: z
    .int()
    .min(0)
    .optional()
    .meta({ value: 'S', description: 'determines the split, in place of the seed' }),
  validation: z
    .number()
    .min(0)
    .lt(1)
    .default(0.1)
    .meta({ value: 'F', description: 'share of galaxies kept for validation' }),
  validateEvery: count().default(1).meta({
    value: 'N',
    description:
      'validate after every Nth epoch and the last, and choose the best weights among these; with few galaxies to train on, validation can take longer than training',
  }),
  test: z.number().min(0).lt(1).default(0).meta({
    value: 'F',
    description: 'share of galaxies held out for testing, used neither for training nor for validation',
  }),
  calibration: z.number().min(0).lt(1).default(0).meta({
    value: 'F',
    description: 'share of galaxies kept to fit intervals, for a network that learns from fractions',
  }),
  holdOut: z.string().optional().meta({
    value: 'TABLE',
    description:
      'hold out only galaxies of this table; all others are trained on, such as those with predicted labels (default: all may be held out)',
  }),
  limit: count().optional().meta({
    value: 'N',
    description:
      'train on only N galaxies, drawn by the seed from those that are not held out; with a table of galaxies to hold out, N counts only galaxies of this table (default: all)',
  }),
  augmentation: z.enum(['december', 'august']).default('december').meta({
    description:
      "random views: rotated, flipped and zoomed; august: the report's first pipeline, identical to Pillow's output",
  }),
  crop: z
    .tuple([cropSize(), cropSize()])
    .refine(([smallest, largest]) => smallest <= largest, 'expected the smaller size first')
    .optional()
    .meta({
      value: 'MIN,MAX',
      description: `the zoom: smallest and largest crop of a view, in pixels of 424 (default: ${DECEMBER_CROP_SIZES})`,
    }),
  shift: z
    .number()
    .min(0)
    .max(FRAME_SIZE, 'expected 424 or less, the width of a picture')
    .default(0)
    .meta({ value: 'PIXELS', description: 'largest shift of a view, in pixels of 424' }),
  colourJitter: z.number().min(0).lt(1).default(0).meta({
    value: 'X',
    description: 'brightness, contrast and saturation of a view vary by factors of 1 ± X',
  }),
  blur: z.number().min(0).max(1).default(0).meta({
    value: 'X',
    description:
      'blur each view with a random strength from 0 to X, so that the network copes with pictures of different sharpness; strength 1 smooths the 212×212 pixels along both axes with the weights 1/4, 1/2, 1/4',
  }),
  init: z.string().optional().meta({ value: 'FILE', description: 'start from these weights (safetensors)' }),
  model: z.string().optional().meta({
    value: 'FILE|RUN',
    description:
      'fine-tune this model file or run, box (the model in this package), or an .onnx file: its network, preprocessing and weights, with a new last layer if the tree differs; learning rates, epochs, batch, warm-up, average and validation share follow from the number of galaxies',
  }),
  features: z.string().optional().meta({
    value: 'FILE.parquet',
    description:
      'with --network probe: train one linear layer on these features (from `tuningfork features`), in place of pictures; --model is the network that computed them (default: its path in the file)',
  }),
  regularisation: z.number().positive().optional().meta({
    value: 'X',
    description: 'with --network probe: the L2 regularisation (default: chosen by cross-validation)',
  }),
  freeze: z
    .array(z.string())
    .default([])
    .meta({ value: 'LAYER', description: 'a layer that is not trained, such as conv1; may be repeated' }),
  layerLr: z.array(z.string()).default([]).meta({
    value: 'LAYER:X',
    description: 'learning rate of a layer, such as conv4:1e-5; may be repeated',
  }),
  convolution: z
    .enum(['auto', 'spectral', 'direct'])
    .default('auto')
    .meta({ description: 'how convolutions are computed; auto chooses by cost' }),
  ...frameFields,
  ...pictureFields,
  ...runtimeFields,
});

/** The settings of a training run, checked and with defaults filled in. */
export type TrainingConfig = z.infer<typeof trainingSchema>;

/** Settings as they are given, before defaults are filled in. */
export type GivenSettings = z.input<typeof trainingSchema>;

/** Settings that have no effect with some values of another. */
const IDLE: readonly {
  readonly options: readonly (keyof TrainingConfig)[];
  readonly by: keyof TrainingConfig;
  readonly values: readonly unknown[];
}[] = [
  { options: ['restartFirst', 'restartFactor'], by: 'schedule', values: ['cosine', 'constant'] },
  { options: ['minLearningRate'], by: 'schedule', values: ['constant'] },
  { options: ['crop', 'shift', 'colourJitter', 'blur'], by: 'augmentation', values: ['august'] },
  { options: ['dropoutAt'], by: 'dropout', values: [0] },
  { options: ['validateEvery'], by: 'validation', values: [0] },
];

/** @throws OptionError for a setting that has no effect with another one */
export function refuseIdle(settings: TrainingConfig): void {
  const defaults = trainingSchema.parse({});
  for (const { options, by, values } of IDLE) {
    if (!values.includes(settings[by])) continue;
    const idle = options.find((option) => settings[option] !== defaults[option]);
    const problem = settings[by] === 0 ? `without \`${by}\`` : `with \`${by}\` ${settings[by]}`;
    if (idle !== undefined) throw new OptionError(idle, `has no effect ${problem}`, settings[idle]);
  }
}

/**
 * Settings in which some are replaced. Those that have no effect any more are left out.
 * @example overridden({ schedule: 'warm-restarts', restartFirst: 60 }, { schedule: 'cosine' }) // { schedule: 'cosine' }
 */
export function overridden(settings: GivenSettings, changes: GivenSettings): GivenSettings {
  const idle = IDLE.filter(({ by, values }) => values.includes(changes[by])).flatMap(
    ({ options }) => options,
  );
  const kept = Object.entries(settings).filter(([key]) => !idle.includes(key as keyof TrainingConfig));
  return { ...Object.fromEntries(kept), ...changes };
}

/** Settings with their batch as a number: a run saves these. */
export const resolvedSchema = trainingSchema.extend({ batch: count() });
export type ResolvedConfig = z.infer<typeof resolvedSchema>;

/** Settings that a resume may change. `device` and `threads` may change the rounding; the others do not affect the results. */
export const RUNTIME_SETTINGS = [
  'device',
  'threads',
  'workers',
  'force',
] as const satisfies readonly (keyof TrainingConfig)[];
