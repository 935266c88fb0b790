/** The network that a training starts from: a trained model, with a new last layer if the labels have another tree. */
import { tunedNetwork } from '../model/fineTuning.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { headsOf } from '../model/head.ts';
import { type Model, networkOf } from '../model/model.ts';
import { isSameTree, type Tree } from '../tree/tree.ts';
import type { TrainingConfig } from './config.ts';
import { type ChosenSettings, fineTuningSettings } from './fineTuning.ts';

/** A model, and the network to train, with its initial values. */
export interface Start {
  model: Model;
  /** False for a network of another program. */
  isTrained: boolean;
  /** If true, the last layer is new. */
  isLastNew: boolean;
  network: GalaxyNetwork;
}

/** The name of a model's network in the settings of its training, else its file. */
export const networkName = ({ provenance: { training }, file }: Model): string =>
  typeof training.network === 'string' ? training.network : file;

/** The settings of a model's frames, as those of a training have them: bands belong to a stretch. */
export const frameSettings = ({
  preprocessing: { stretch, bands, field },
}: Pick<Model, 'preprocessing'>): Pick<TrainingConfig, 'stretch' | 'bands' | 'field'> => ({
  ...(stretch !== undefined && { stretch, bands: [...bands] }),
  ...(field !== undefined && { field }),
});

/**
 * Starts a training from a model.
 * @param tree of the labels
 * @throws UserError if the last layer must be replaced, and is not fully connected
 * @example startFrom(model, GALAXY10_DECALS, { loss: 'bce' }).isLastNew // true
 */
export function startFrom(
  model: Model,
  tree: Tree,
  { loss, head: given }: Pick<TrainingConfig, 'loss' | 'head'>,
  isTrained = true,
): Start {
  const isLastNew = !isTrained || !isSameTree(tree, model.tree);
  const heads = headsOf(loss);
  const { head: own } = networkOf(model);
  const head = given ?? (isTrained && heads.includes(own) ? own : heads[0]!);
  return { model, isTrained, isLastNew, network: tunedNetwork(model, { tree, head, isLastNew }) };
}

/** The chosen settings of a fine-tuning; see {@link fineTuningSettings}. @param galaxies with labels, before the split */
export function startSettings(
  { isLastNew, network }: Start,
  galaxies: number,
  given: Readonly<Partial<TrainingConfig>>,
): ChosenSettings {
  const layers = network.layers.filter(({ parameters }) => parameters.length > 0).map(({ name }) => name);
  return fineTuningSettings(galaxies, given, isLastNew ? layers.slice(0, -1) : []);
}

/** The chosen settings in words. */
export function describeStart(
  { model, isTrained, isLastNew, network }: Start,
  galaxies: number,
  { epochs, batch, learningRate, layerLr, warmup, weightAverage, validation }: ChosenSettings,
): string {
  const settings = [
    `${epochs} epochs`,
    `batch ${batch}`,
    `learning rate ${learningRate}${layerLr.length > 0 ? ` (${layerLr.join(' ')})` : ''}`,
    `warm-up ${warmup}`,
    `weight average ${weightAverage}`,
    `validation ${validation}`,
  ].join(', ');
  const [before, now] = [model.tree, network.tree].map(
    ({ data, columns }) => `${data.name} with ${columns.length} answers`,
  );
  const last = !isTrained
    ? 'the last layer is new'
    : isLastNew
      ? `the last layer is new, as the model's tree is ${before}, and the labels' is ${now}`
      : 'all layers are kept, as the labels have the tree of the model';
  const { head } = networkOf(model);
  const changed =
    !isTrained || head === network.head ? '' : `; the head is ${network.head} instead of ${head}`;
  return `fine-tuning ${model.file} on ${galaxies} galaxies: ${settings}; ${last}${changed}`;
}
