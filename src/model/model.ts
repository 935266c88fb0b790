/** A trained network as one value and one file: safetensors with PyTorch's tensor names, and everything else as JSON in the metadata. */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { asFloat16, decodeSafetensors, encodeSafetensors, type Safetensors } from '../files/safetensors.ts';
import { checked } from '../files/schema.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import { parseTree } from '../tree/parse.ts';
import type { Tree } from '../tree/tree.ts';
import { type Conformal, checkConformal, conformalSchema } from './conformal.ts';
import { parseNetwork } from './description.ts';
import { GalaxyNetwork, type GalaxyNetworkDescription } from './galaxyNetwork.ts';
import { parsePreprocessing } from './preprocessing.ts';
import { checkTrainingPictures, type TrainingPictures, trainingPicturesSchema } from './trainingPictures.ts';
import { checkWeights, stateDictionary } from './weights.ts';

/** Name and version of this program, as in package.json. */
export const PROGRAM = 'tuningfork 0.1.0';

const provenance = z.strictObject({
  /** The program that wrote the model: `PROGRAM`. */
  program: z.string(),
  /** Settings of the training, without paths and settings of the machine. */
  training: z.record(z.string(), z.unknown()),
  /** Training steps. */
  steps: z.int().min(0),
  /** Finished epochs. */
  epoch: z.int().min(0).optional(),
  /** RMSE of these weights on the run's validation galaxies. */
  validationRmse: z.number().min(0).optional(),
});

/** The origin of weights. It has no date and no path, so that identical training runs give identical files. */
export type Provenance = z.infer<typeof provenance>;

/** A trained network with everything that prediction needs, as plain data. */
export interface Model {
  readonly network: GalaxyNetworkDescription;
  /** Parameters and running statistics by PyTorch's names. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly tree: Tree;
  readonly preprocessing: Preprocessing;
  readonly provenance: Provenance;
  /** Intervals for the fractions, fitted on galaxies of their own. */
  readonly conformal?: Conformal;
  /** What the training pictures look like. Without it, no picture is flagged `unlike-training`. */
  readonly trainingPictures?: TrainingPictures;
  /** The file the weights were read from, for messages. It is not saved. */
  readonly file: string;
}

/** The network of a model, ready for a graph. @example networkOf(model).parameterCount */
export const networkOf = ({ network, tree }: Pick<Model, 'network' | 'tree'>): GalaxyNetwork =>
  new GalaxyNetwork(network, tree);

const KEY = 'tuningfork.model';
const FORMAT = 1;

/** Everything about a model but its weights, as data for JSON. */
export function describeModel(model: Pick<Model, 'network' | 'tree' | 'preprocessing'> & Partial<Model>) {
  const { network, tree, preprocessing, provenance, conformal, trainingPictures } = model;
  return { network, tree: tree.data, preprocessing, provenance, conformal, trainingPictures };
}

/** The precisions of a model file's weights. Biases and statistics of batch norms, which are few, always have 32 bits. */
export const PRECISIONS = ['float32', 'float16'] as const;

/**
 * A model file. `safetensors.torch.load_file` reads it too.
 * @throws UserError if a weight is too large for float16
 * @example await writeFile('model.safetensors', encodeModel(await openRun('runs/first')));
 */
export function encodeModel(
  model: Model,
  precision: (typeof PRECISIONS)[number] = 'float32',
): Uint8Array<ArrayBuffer> {
  const { weights, provenance } = model;
  const tensors = stateDictionary(networkOf(model), weights, provenance.steps);
  if (precision === 'float16') {
    for (const [name, tensor] of tensors)
      if (tensor.shape.length > 1) tensors.set(name, asFloat16(name, tensor));
  }
  return encodeSafetensors(tensors, {
    format: 'pt',
    [KEY]: JSON.stringify({ format: FORMAT, ...describeModel(model) }),
  });
}

const schema = z.strictObject({
  format: z.literal(FORMAT),
  network: z.unknown().optional(),
  tree: z.unknown().optional(),
  preprocessing: z.unknown().optional(),
  provenance,
  conformal: conformalSchema.optional(),
  trainingPictures: trainingPicturesSchema.optional(),
});

/**
 * The model of a safetensors file.
 * @param file for messages
 * @throws UserError that names the file and the fault
 */
export function modelOf({ tensors, metadata }: Safetensors, file: string): Model {
  const text = metadata[KEY];
  if (text === undefined) {
    throw new UserError(
      `${file}: contains only weights; expected a model file, which also has the network and the tree`,
    );
  }
  const place = `${file}: ${KEY}`;
  const { provenance, conformal, trainingPictures, ...about } = checked(
    schema,
    parseJson(text, place),
    place,
  );
  const tree = parseTree(about.tree, `${place}: tree`);
  const network = parseNetwork(about.network, tree, `${place}: network`);
  const { input } = network.description;
  const preprocessing = parsePreprocessing(about.preprocessing, input, `${place}: preprocessing`);
  const weights = checkWeights(network, tensors, file);
  if (conformal) checkConformal(tree, conformal, `${place}: conformal`);
  if (trainingPictures) checkTrainingPictures(trainingPictures, preprocessing, `${place}: trainingPictures`);
  return {
    network: network.description,
    weights,
    tree,
    preprocessing,
    provenance,
    ...(conformal && { conformal }),
    ...(trainingPictures && { trainingPictures }),
    file,
  };
}

/**
 * Reads a model file.
 * @param file for messages
 * @throws UserError that names the file and the fault
 * @example readModel(await readFile('model.safetensors'), 'model.safetensors').tree.data.title // 'Galaxy Zoo 2'
 */
export const readModel = (bytes: Uint8Array, file: string): Model =>
  modelOf(decodeSafetensors(bytes, file), file);
