/**
 * The settings of a training: one schema for types, defaults, command-line flags, config files and their checks. The
 * resolved settings are saved with the run.
 */
import { z } from 'zod';
import { DECEMBER_CROP_SIZES } from '../image/augmentation.ts';

const number = () => z.number();
const count = () => z.int().min(1);

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
  threads: z
    .int()
    .min(0)
    .default(0)
    .meta({ value: 'N', description: 'threads of the network; 0: one for each core' }),
  workers: count()
    .optional()
    .meta({ value: 'N', description: 'threads that read pictures; default: one for each core' }),
};

/**
 * What a training is asked to do. Each key is also a flag, in kebab case unless `flag` says otherwise.
 * @example trainingSchema.parse({ data: 'galaxy-zoo', epochs: 60 }).batch // 32
 */
export const trainingSchema = z.strictObject({
  data: z.string().optional().meta({
    value: 'DIR',
    description: "Kaggle's folder, unpacked or as zips, or a file made by `tuningfork pack`",
  }),
  solutions: z
    .array(z.string())
    .default([])
    .meta({ value: 'CSV', description: 'a further table of vote fractions' }),
  images: z
    .array(z.string())
    .default([])
    .meta({ value: 'DIR', description: 'the pictures of that table, folder or zip' }),
  network: z.string().default('baseline').meta({ value: 'NAME', description: 'see `tuningfork networks`' }),
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
  epochs: count().default(24).meta({ value: 'N', description: 'passes over the training galaxies' }),
  batch: count().default(32).meta({ value: 'N', description: 'galaxies in a step' }),
  learningRate: number()
    .positive()
    .default(5e-4)
    .meta({ flag: 'lr', value: 'X', description: 'learning rate of Adam' }),
  schedule: z
    .enum(['cosine', 'warm-restarts', 'constant'])
    .default('cosine')
    .meta({ description: 'learning rate over the epochs; warm-restarts has cycles of 60, 180, … epochs' }),
  loss: z
    .enum(['bce', 'mse'])
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
  crop: z
    .tuple([count(), count()])
    .refine(([smallest, largest]) => smallest <= largest, 'expected the smaller one first')
    .default([...DECEMBER_CROP_SIZES])
    .meta({
      value: 'MIN,MAX',
      description: 'size of the crop that a view shows, in pixels of 424: the zoom',
    }),
  shift: number().min(0).default(0).meta({ value: 'PIXELS', description: 'largest shift of a view' }),
  init: z.string().optional().meta({ value: 'FILE', description: 'start from these weights (safetensors)' }),
  convolution: z
    .enum(['auto', 'spectral', 'direct'])
    .default('auto')
    .meta({ description: 'how convolutions are computed; auto decides by cost' }),
  ...runtimeFields,
});

/** The settings of a training, checked and with their defaults. */
export type TrainingConfig = z.infer<typeof trainingSchema>;

/** Settings that a resumed run may change. Only `workers` leaves the bits as they are: the others may round otherwise. */
export const RUNTIME_SETTINGS = [
  'device',
  'threads',
  'workers',
] as const satisfies readonly (keyof TrainingConfig)[];
