/**
 * The settings of a training: one schema for types, defaults, command-line flags, config files and their checks. The
 * resolved settings are saved with the run.
 */
import { z } from 'zod';
import { LOSSES, type LossName } from '../engine/nn/loss.ts';
import { OPTIMIZERS, type OptimizerName } from '../engine/nn/optimizer.ts';
import { SCHEDULES, type ScheduleName } from '../engine/nn/schedule.ts';
import { HEADS } from '../model/head.ts';
import { DECEMBER_CROP_SIZES } from '../picture/augmentation.ts';
import { FRAME_SIZE } from '../picture/record.ts';

const number = () => z.number();
const count = () => z.int().min(1);
/** Beyond twice the picture there is next to nothing of the galaxy. */
const cropSize = () => count().max(848, 'expected 848 or less: twice as wide as a picture');

/** More than any machine has cores. Threads beyond them only take memory, and a machine has not any number of them. */
const MOST_THREADS = 1024;
const threads = (least: number) =>
  z
    .int()
    .min(least)
    .max(MOST_THREADS, `expected ${MOST_THREADS} or less: more than there are cores are of no use`);

/** Where and how a command runs, and what it forgives: the same for all that read pictures. */
export const runtimeFields = {
  maxBad: number()
    .min(0)
    .max(1)
    .default(0.01)
    .meta({ value: 'F', description: 'share of pictures that may be broken; they are told and left out' }),
  device: z
    .string()
    .default('cpu')
    .meta({ value: 'NAME', description: 'cpu or webgpu, or, untested: cuda, dml, coreml' }),
  threads: threads(0)
    .default(0)
    .meta({ value: 'N', description: 'threads of the network; 0: one for each core' }),
  workers: threads(1)
    .optional()
    .meta({ value: 'N', description: 'threads that read pictures; default: one for each core' }),
  force: z
    .boolean()
    .default(false)
    .meta({ description: 'run even what takes more memory than the machine has' }),
};

const namesOf = <Name extends string>(table: Readonly<Record<Name, unknown>>) => Object.keys(table) as Name[];

/** A tree's answers are fractions: a loss of classes does not fit. */
type FractionLoss = {
  [Name in LossName]: (typeof LOSSES)[Name]['targets'] extends 'fractions' ? Name : never;
}[LossName];
const FRACTION_LOSSES = namesOf<LossName>(LOSSES).filter(
  (name): name is FractionLoss => LOSSES[name].targets === 'fractions',
);

/**
 * What a training is asked to do. Each key is also a flag, in kebab case unless `flag` says otherwise.
 * @example trainingSchema.parse({ data: 'galaxy-zoo', epochs: 60 }).batch // 32
 */
export const trainingSchema = z.strictObject({
  data: z.string().optional().meta({
    value: 'DIR',
    description: "Kaggle's folder, unpacked or as zips, or a file made by `tuningfork pack`",
  }),
  solutions: z.array(z.string()).default([]).meta({
    value: 'CSV[:WEIGHT]',
    description:
      'a further table of vote fractions, and what its galaxies count, relative to others, in the loss (default: 1)',
  }),
  images: z
    .array(z.string())
    .default([])
    .meta({ value: 'DIR', description: 'the pictures of that table, folder or zip' }),
  network: z.string().default('baseline').meta({
    value: 'NAME',
    description: 'see `tuningfork networks`; or a file of a description of your own, .json',
  }),
  kernels: z.array(count()).optional().meta({ value: 'N,N,N,N', description: 'kernel sizes, odd' }),
  channels: z
    .array(count())
    .optional()
    .meta({ value: 'N,N,N,N', description: 'channels of the convolutions' }),
  dropout: number()
    .min(0)
    .lt(1)
    .default(0)
    .meta({ value: 'P', description: 'dropout before fully connected layers' }),
  head: z.enum(HEADS).optional().meta({
    description:
      'how outputs become fractions; tree and softmax keep the sums of the tree (default: sigmoid)',
  }),
  epochs: count().default(24).meta({ value: 'N', description: 'passes over the training galaxies' }),
  batch: z
    .union([count(), z.literal('auto')], 'expected a whole number of 1 or more, or auto')
    .default(32)
    .meta({
      value: 'N|auto',
      description: 'galaxies in a step; auto: so that the rarest class is met in one of ten',
    }),
  learningRate: number()
    .positive()
    .default(5e-4)
    .meta({ flag: 'lr', value: 'X', description: 'learning rate' }),
  schedule: z
    .enum(namesOf<ScheduleName>(SCHEDULES))
    .default('cosine')
    .meta({ description: 'learning rate over the epochs; warm-restarts has cycles of 60, 180, … epochs' }),
  warmup: number()
    .min(0)
    .default(0)
    .meta({ value: 'N', description: 'epochs over which the learning rate rises from 0, step by step' }),
  optimizer: z
    .enum(namesOf<OptimizerName>(OPTIMIZERS))
    .default('adam')
    .meta({ description: "AdamW's decay is apart from the gradient; sgd has a momentum of 0.9" }),
  weightDecay: number()
    .min(0)
    .optional()
    .meta({
      value: 'X',
      description: `weight decay (default: ${OPTIMIZERS.adam.weightDecay}; adamw: ${OPTIMIZERS.adamw.weightDecay})`,
    }),
  clipNorm: number()
    .positive()
    .optional()
    .meta({ value: 'X', description: 'largest norm of the gradient (default: any)' }),
  weightAverage: number().gt(0).lt(1).optional().meta({
    value: 'DECAY',
    description: 'keep a moving average of the weights, such as 0.999, and validate it too (default: none)',
  }),
  loss: z
    .enum(FRACTION_LOSSES)
    .default('bce')
    .meta({ description: 'binary cross-entropy or mean squared error' }),
  seed: z
    .int()
    .min(0)
    .default(1)
    .meta({ value: 'S', description: 'decides the split, the start, the order and the views' }),
  validation: number()
    .min(0)
    .lt(1)
    .default(0.1)
    .meta({ value: 'F', description: 'share of galaxies kept for validation' }),
  augmentation: z.enum(['december', 'august']).default('december').meta({
    description:
      "random views: rotated, flipped, zoomed; or the report's first ones, to the bit as Pillow makes them of the original pictures",
  }),
  crop: z
    .tuple([cropSize(), cropSize()])
    .refine(([smallest, largest]) => smallest <= largest, 'expected the smaller one first')
    .optional()
    .meta({
      value: 'MIN,MAX',
      description: `size of the crop that a view shows, in pixels of 424: the zoom (default: ${DECEMBER_CROP_SIZES})`,
    }),
  shift: number()
    .min(0)
    .max(FRAME_SIZE, 'expected 424 or less: a picture is no wider')
    .default(0)
    .meta({ value: 'PIXELS', description: 'largest shift of a view' }),
  colourJitter: number().min(0).lt(1).default(0).meta({
    value: 'X',
    description: 'brightness, contrast and saturation of a view vary by factors of 1 ± X',
  }),
  init: z.string().optional().meta({ value: 'FILE', description: 'start from these weights (safetensors)' }),
  freeze: z
    .array(z.string())
    .default([])
    .meta({ value: 'LAYER', description: 'a layer that is not trained, such as conv1; again for another' }),
  layerLr: z.array(z.string()).default([]).meta({
    value: 'LAYER:X',
    description: 'learning rate of a layer, such as conv4:1e-5; again for another',
  }),
  convolution: z
    .enum(['auto', 'spectral', 'direct'])
    .default('auto')
    .meta({ description: 'how convolutions are computed; auto decides by cost' }),
  ...runtimeFields,
});

/** The settings of a training, checked and with their defaults. */
export type TrainingConfig = z.infer<typeof trainingSchema>;

/** A training's settings once its galaxies are known. */
export type ResolvedConfig = TrainingConfig & { batch: number };

/** Settings that a resumed run may change. `device` and `threads` may round otherwise; the others leave the bits as they are. */
export const RUNTIME_SETTINGS = [
  'device',
  'threads',
  'workers',
  'force',
] as const satisfies readonly (keyof TrainingConfig)[];
