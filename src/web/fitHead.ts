/** Trains only the last layer of a network in a page: a linear probe on its features, in seconds. */
import type { LabelledGalaxy } from '../data/labels.ts';
import { splitData } from '../data/trainingSplit.ts';
import type { StoppableOptions } from '../events.ts';
import { featureNetwork } from '../model/features.ts';
import { type Model, networkOf, PROGRAM } from '../model/model.ts';
import type { Device, Platform } from '../platform.ts';
import { galaxyFeatures } from '../predict/predict.ts';
import { fineTuningSettings } from '../train/fineTuning.ts';
import { fillCounts, fillRows, scoresOf } from '../train/labels.ts';
import { fitProbe, probeNetwork } from '../train/probe.ts';
import type { Tree } from '../tree/tree.ts';
import { webPlatform } from './platform.ts';

export interface FitHeadOptions extends StoppableOptions {
  /** The tree of the labels. Default: the model's. */
  tree?: Tree;
  /** Determines the split and the folds of cross-validation. Default 1. */
  seed?: number;
  /** Share of galaxies kept for validation. Default: a fifth of fewer than 500 galaxies, else a tenth. */
  validation?: number;
  /** Views of each galaxy, whose features are averaged. Default 1. */
  views?: number;
  /** Computes the features. Default: WebAssembly. */
  device?: Device;
  /** Default: a new `webPlatform()`. */
  platform?: Platform;
}

export interface FittedHead {
  model: Model;
  /** Chosen by cross-validation. */
  regularisation: number;
  /** Galaxies that were trained on; those whose picture cannot be read are left out. */
  galaxies: number;
  /** Galaxies that the validation RMSE is of. */
  validated: number;
}

/**
 * Trains a new last layer on the features of the layers below, which stay as they are.
 * @param galaxies ten or more, with their pictures
 * @throws UserError for too few galaxies or votes; the reason of `signal` if it stops
 * @example
 * const head = async (model: Model, galaxies: LabelledGalaxy[]) =>
 *   (await fitHead(model, galaxies, { tree: GALAXY_ZOO_2 })).model.provenance.validationRmse;
 */
export async function fitHead(
  model: Model,
  galaxies: readonly LabelledGalaxy[],
  options: FitHeadOptions = {},
): Promise<FittedHead> {
  const { tree = model.tree, seed = 1, views, device, platform = webPlatform(), onEvent, signal } = options;
  const { validation = fineTuningSettings(galaxies.length, {}, []).validation } = options;
  const part = featureNetwork(networkOf(model)).network;
  const features = new Map<string, Float32Array>();
  const reading = { views, device, maxBad: 1, onEvent };
  for await (const each of galaxyFeatures(platform, model, part, galaxies, reading)) {
    signal?.throwIfAborted();
    features.set(each.id, each.features);
  }
  const read = galaxies.filter(({ id }) => features.has(id));
  const config = { batch: 0, validation, test: 0, calibration: 0, seed }; // all galaxies are one batch
  const data = await splitData(tree, read, { config }, onEvent);
  const rows = [...data.training, ...data.validation];
  const table = new Float32Array(rows.length * part.outputs);
  for (const [row, { id }] of rows.entries()) table.set(features.get(id)!, row * part.outputs);
  const empty = () => new Float32Array(rows.length * tree.columns.length);
  const hasCounts = rows.every(({ counts }) => counts !== undefined);
  const votes = fillCounts(tree, rows, empty(), hasCounts ? undefined : ({ fractions }) => fractions);
  const weights = Float32Array.from(data.training, ({ weight }) => weight);
  const probe = await fitProbe(
    platform,
    { tree, features: table, width: part.outputs, votes, fractions: fillRows(rows, empty()), weights },
    { seed, device: { name: 'cpu', threads: 0 }, onEvent, signal },
  );
  const { network, state } = probeNetwork(model, part, tree, probe);
  const { regularisation, predicted } = probe;
  const ofValidation = predicted.subarray(data.training.length * tree.columns.length);
  const { length: validated } = data.validation;
  const validationRmse =
    validated === 0 ? undefined : scoresOf(tree, { fractions: ofValidation }, data.validation, 'mse').rmse;
  const { conformal: _, ...kept } = model; // fitted to the model's own head
  return {
    model: {
      ...kept,
      network: network.description,
      weights: state,
      tree,
      provenance: {
        program: PROGRAM,
        training: { network: 'probe', head: 'softmax', regularisation, seed, validation, views: views ?? 1 },
        steps: 1,
        ...(validationRmse !== undefined && { validationRmse }),
      },
    },
    regularisation,
    galaxies: data.training.length,
    validated,
  };
}
