/**
 * Linear probes: a softmax for each question of a tree, on standardised features. A probe minimises the cross-entropy of the votes,
 * as a mean over all known votes, plus λ/2 · Σ W²:
 *
 *     -Σ w t log softmax(W x + b) / Σ w t + λ/2 · Σ W²
 *
 * with the counts or cumulative fractions t of a galaxy and its weight w. An unknown label is no vote. This is convex. λ is chosen by
 * cross-validation: the probes of all folds, and the one of all galaxies, are solved together, from the strongest regularisation down.
 */
import { squaredErrors } from '../data/labels.ts';
import { add, divide, exp, log, multiply, negative, square, subtract } from '../engine/graph/elementwise.ts';
import { matmul } from '../engine/graph/matmul.ts';
import { max, sum } from '../engine/graph/reduce.ts';
import { concatenate, reshape, slice, transpose } from '../engine/graph/shape.ts';
import { input, type Tensor } from '../engine/graph/tensor.ts';
import { checkMemory, processBytes, tensorBytes } from '../engine/runtime/memory.ts';
import { UserError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { headFractions } from '../model/head.ts';
import type { Device, Platform } from '../platform.ts';
import { Random } from '../random/philox.ts';
import type { Tree } from '../tree/tree.ts';
import { minimise } from './lbfgs.ts';

/** Galaxies with features: those to train on, and others to predict. */
export interface ProbeData {
  readonly tree: Tree;
  /** `[galaxies, width]` */
  readonly features: Float32Array;
  readonly width: number;
  /** Counts or cumulative fractions `[galaxies, answers]`; 0 where unknown. */
  readonly votes: Float32Array;
  /** Cumulative fractions `[galaxies, answers]`, NaN where unknown: the scores of cross-validation compare with them. */
  readonly fractions: Float32Array;
  /** Weights of the galaxies, `[galaxies]`; 0 for those that are only predicted. */
  readonly weights: Float32Array;
}

export interface ProbeOptions extends Pick<TaskOptions, 'onEvent'> {
  /** λ. Default: chosen by cross-validation. */
  regularisation?: number;
  /** Determines the folds. */
  seed: number;
  device: Device;
  /** Run even if it needs more memory than the machine has. */
  force?: boolean;
}

/** The score of a regularisation on galaxies that were left out. */
export interface FoldScore {
  readonly regularisation: number;
  /** Pooled RMSE over all folds. */
  readonly rmse: number;
}

export interface Probe {
  /** Of the features as they are, `[answers, width]`. */
  readonly weight: Float32Array;
  /** `[answers]` */
  readonly bias: Float32Array;
  readonly regularisation: number;
  /** Of each regularisation that was tried, the strongest first; none if it was given. */
  readonly scores: readonly FoldScore[];
  /** Predicted cumulative fractions of all galaxies, `[galaxies, answers]`. */
  readonly predicted: Float32Array;
}

const FOLDS = 5;
/** A feature whose deviation is below this share of its mean is constant, but for the rounding of float32. */
const ROUNDING = 1e-6;
/** A solution is found if a step lowers the loss by less than this share: then scores change by less than the folds' noise. */
const TOLERANCE = 3e-5;
/** Regularisations are tried in steps of √10, down from 100, until one scores worse than the one before. */
const STRENGTHS = Array.from({ length: 17 }, (_, i) => Number((10 ** (2 - i / 2)).toPrecision(2)));

/** Of each feature, `[width]`. */
interface Moments {
  mean: Float64Array;
  deviation: Float64Array;
}

/** The means and standard deviations over the training galaxies. A feature without spread has the deviation 1. */
function momentsOf({ features, width, weights }: ProbeData): Moments {
  const [mean, deviation] = [new Float64Array(width), new Float64Array(width)];
  const count = weights.reduce((all, weight) => all + Number(weight > 0), 0);
  for (const [into, termOf] of [
    [mean, (value: number) => value],
    [deviation, (value: number, i: number) => (value - mean[i]!) ** 2],
  ] as const) {
    for (const [row, weight] of weights.entries()) {
      if (weight === 0) continue;
      for (let i = 0; i < width; i++) into[i]! += termOf(features[row * width + i]!, i) / count;
    }
  }
  for (let i = 0; i < width; i++) {
    const spread = Math.sqrt(deviation[i]!);
    deviation[i] = spread > ROUNDING * Math.abs(mean[i]!) ? spread : 1;
  }
  return { mean, deviation };
}

/** Numbers of features, galaxies, and probes that are solved together. */
interface ProbeSize {
  width: number;
  galaxies: number;
  probes: number;
}

/**
 * The graphs of several probes on the same galaxies. Inputs: features `x` `[width, galaxies]`, `votes` `[answers, 1, galaxies]`, the weight of
 * each galaxy for each probe, `share` `[1, probes, galaxies]`, `penalty` `[1, 1]`, and the parameters `weight` `[answers · probes, width]` and
 * `bias` `[answers · probes, 1]`. For predictions: the probe that predicts each galaxy, `chosen` `[1, probes, galaxies]`, of 0 and 1.
 */
export function probeGraphs(tree: Tree, { width, galaxies, probes }: ProbeSize) {
  const answers = tree.columns.length;
  const x = input('x', [width, galaxies]);
  const votes = input('votes', [answers, 1, galaxies]);
  const share = input('share', [1, probes, galaxies]);
  const penalty = input('penalty', [1, 1]);
  const weight = input('weight', [answers * probes, width]);
  const bias = input('bias', [answers * probes, 1]);
  const logits = reshape(add(matmul(weight, x), bias), [answers, probes, galaxies]);
  const keep = { keepDims: true };
  const losses: Tensor[] = [];
  const slopes: Tensor[] = [];
  for (const { start, end } of tree.questions) {
    const [z, t] = [slice(logits, 0, start, end), slice(votes, 0, start, end)];
    const shifted = subtract(z, max(z, 0, keep)); // the largest is 0: none overflows
    const powers = exp(shifted);
    const all = sum(powers, 0, keep);
    losses.push(negative(sum(multiply(multiply(t, share), subtract(shifted, log(all))))));
    // d/dz of -Σ t log softmax(z) is softmax(z) Σ t - t.
    slopes.push(multiply(subtract(multiply(divide(powers, all), sum(t, 0, keep)), t), share));
  }
  const slope = reshape(concatenate(slopes, 0), [answers * probes, galaxies]);
  const half = reshape(multiply(penalty, 0.5), []);
  const solve = {
    loss: add(
      losses.reduce((a, b) => add(a, b)),
      multiply(half, sum(square(weight))),
    ),
    weightSlope: add(matmul(slope, x, false, true), multiply(penalty, weight)),
    biasSlope: sum(slope, 1, keep),
  };
  const chosen = sum(multiply(logits, input('chosen', [1, probes, galaxies])), 1);
  const predicted = headFractions(tree, { head: 'softmax' }, chosen, 0);
  return { solve, predict: { predicted: transpose(predicted, [1, 0]) } };
}

/** Features with mean 0 and deviation 1, `[width, galaxies]`. */
function standardised({ features, width, weights }: ProbeData, { mean, deviation }: Moments): Float32Array {
  const galaxies = weights.length;
  const x = new Float32Array(features.length);
  for (let row = 0, at = 0; row < galaxies; row++) {
    for (let i = 0; i < width; i++) x[i * galaxies + row] = (features[at++]! - mean[i]!) / deviation[i]!;
  }
  return x;
}

/** The fold of each galaxy; -1 for those that are only predicted. */
function foldsOf(weights: Float32Array, count: number, seed: number): Int32Array {
  const folds = new Int32Array(weights.length).fill(-1);
  if (count === 0) return folds;
  const trained = [...weights.keys()].filter((row) => weights[row]! > 0);
  const order = new Random(seed, 'folds').permutation(trained.length);
  for (const [place, i] of order.entries()) folds[trained[i]!] = place % count;
  return folds;
}

/**
 * The weights of galaxies for each probe, `[probes, galaxies]`: each lacks a fold, but for the last one.
 * @throws UserError if a probe has no votes
 */
function sharesOf({ tree, votes, weights }: ProbeData, folds: Int32Array, probes: number): Float32Array {
  const [answers, galaxies] = [tree.columns.length, weights.length];
  const shares = new Float32Array(probes * galaxies);
  for (let probe = 0; probe < probes; probe++) {
    const own = shares.subarray(probe * galaxies, (probe + 1) * galaxies);
    let all = 0;
    for (const [row, weight] of weights.entries()) {
      if (folds[row] === probe) continue;
      own[row] = weight;
      for (let i = 0; i < answers; i++) all += weight * votes[row * answers + i]!;
    }
    if (all === 0) throw new UserError('expected votes in each fold of the training galaxies, got none');
    for (let row = 0; row < galaxies; row++) own[row]! /= all;
  }
  return shares;
}

/** `[rows, columns]` as `[columns, rows]`. */
function turned(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

/**
 * Fits a probe.
 * @throws UserError if there are too few galaxies to train on, or no votes; OptionError if the machine has too little memory
 * @example
 * const { weight, bias, regularisation } = await fitProbe(nodePlatform, data, { seed: 1, device: { name: 'cpu', threads: 0 } });
 */
export async function fitProbe(platform: Platform, data: ProbeData, options: ProbeOptions): Promise<Probe> {
  const { tree, width, votes, fractions, weights } = data;
  const { device, regularisation: given, onEvent } = options;
  const [answers, galaxies] = [tree.columns.length, weights.length];
  const trained = weights.reduce((count, weight) => count + Number(weight > 0), 0);
  if (trained < 2) throw new UserError(`expected two galaxies or more to train a probe on, got ${trained}`);
  const count = given === undefined ? Math.min(FOLDS, trained) : 0;
  const probes = count + 1;
  const graphs = probeGraphs(tree, { width, galaxies, probes });
  const outputs = Object.values(graphs).map((graph) => Object.values<Tensor>(graph));
  const bytes = processBytes(outputs, 3 * tensorBytes([[galaxies, width]]), 0);
  checkMemory({ ...options, machine: platform.memory(), device: device.name }, undefined, () => bytes);

  const moments = momentsOf(data);
  const x = standardised(data, moments);
  const folds = foldsOf(weights, count, options.seed);
  const fixed = { x, votes: turned(votes, answers), share: sharesOf(data, folds, probes) };
  // Each fold is predicted by the probe that lacks it, and in the end all galaxies by the last probe.
  const [leftOut, last] = [new Float32Array(probes * galaxies), new Float32Array(probes * galaxies)];
  for (const [row, fold] of folds.entries()) {
    if (fold >= 0) leftOut[fold * galaxies + row] = 1;
    last[count * galaxies + row] = 1;
  }
  const truth = fractions.map((each, i) => (folds[Math.floor(i / answers)]! < 0 ? Number.NaN : each));

  const solver = await platform.compile(graphs.solve, device);
  const predictor = await platform.compile(graphs.predict, device);
  const size = answers * probes * width;
  const parametersOf = (point: Float64Array) => ({
    weight: new Float32Array(point.subarray(0, size)),
    bias: new Float32Array(point.subarray(size)),
  });
  const solve = async (regularisation: number, start: Float64Array) => {
    // The curvature of a weight is between λ and λ + 1/4: weights in units of 1/√(λ + 1/4) are scaled like the biases.
    const unit = Math.sqrt(regularisation + 0.25);
    const inUnits = (point: Float64Array, factor: number) => {
      const scaled = point.slice();
      for (let i = 0; i < size; i++) scaled[i]! *= factor;
      return scaled;
    };
    const evaluate = async (scaled: Float64Array) => {
      const parameters = parametersOf(inUnits(scaled, 1 / unit));
      const penalty = Float32Array.of(regularisation);
      const { loss, weightSlope, biasSlope } = await solver.run({ ...fixed, ...parameters, penalty });
      const gradient = new Float64Array(scaled.length);
      gradient.set(weightSlope);
      gradient.set(biasSlope, size);
      return { value: loss[0]!, gradient: inUnits(gradient, 1 / unit) };
    };
    return inUnits(await minimise(evaluate, inUnits(start, unit), { tolerance: TOLERANCE }), 1 / unit);
  };
  const predict = async (point: Float64Array, chosen: Float32Array) =>
    (await predictor.run({ x, chosen, ...parametersOf(point) })).predicted;

  try {
    let point: Float64Array = new Float64Array(size + answers * probes);
    let best: (FoldScore & { point: Float64Array }) | undefined;
    const scores: FoldScore[] = [];
    const candidates = given === undefined ? STRENGTHS : [given];
    for (const regularisation of candidates) {
      point = await solve(regularisation, point);
      const { sum: error, known } = squaredErrors(truth, await predict(point, leftOut));
      const score = { regularisation, rmse: Math.sqrt(error / known) };
      scores.push(score);
      onEvent?.({ kind: 'progress', doing: 'fitting', done: scores.length, total: candidates.length });
      if (best && score.rmse >= best.rmse) break;
      best = { ...score, point };
    }
    const { regularisation, point: chosen } = best!;
    return {
      ...onFeatures(tree, chosen, { width, galaxies, probes }, moments),
      regularisation,
      scores: given === undefined ? scores : [],
      predicted: await predict(chosen, last),
    };
  } finally {
    await solver.release();
    await predictor.release();
  }
}

/** The last probe of a solution as a layer on features as they are: W (x - mean) / deviation + b. */
function onFeatures(
  tree: Tree,
  point: Float64Array,
  { width, probes }: ProbeSize,
  { mean, deviation }: Moments,
): Pick<Probe, 'weight' | 'bias'> {
  const answers = tree.columns.length;
  const [weight, bias] = [new Float32Array(answers * width), new Float32Array(answers)];
  for (let answer = 0; answer < answers; answer++) {
    const row = answer * probes + probes - 1;
    let constant = point[answers * probes * width + row]!;
    for (let i = 0; i < width; i++) {
      const factor = point[row * width + i]! / deviation[i]!;
      weight[answer * width + i] = factor;
      constant -= factor * mean[i]!;
    }
    bias[answer] = constant;
  }
  return { weight, bias };
}
