/**
 * Linear probes: a softmax for each question of a tree, on standardised features. A probe minimises the cross-entropy of the votes,
 * as a mean over all known votes, plus λ/2 · Σ W²:
 *
 *     -Σ w t log softmax(W x + b) / Σ w t + λ/2 · Σ W²
 *
 * with the counts or cumulative fractions t of a galaxy and its weight w. An unknown label is no vote. This is convex. λ is chosen by
 * cross-validation: probes that each lack a fold of the galaxies are solved together, from the strongest regularisation down. The
 * probe of all galaxies is solved in the end, with the λ that was best.
 */
import { squaredErrors } from '../data/labels.ts';
import { add, divide, exp, log, multiply, negative, square, subtract } from '../engine/graph/elementwise.ts';
import { matmul } from '../engine/graph/matmul.ts';
import { max, sum } from '../engine/graph/reduce.ts';
import { concatenate, reshape, slice, transpose } from '../engine/graph/shape.ts';
import { input, type Tensor } from '../engine/graph/tensor.ts';
import type { Network } from '../engine/nn/network.ts';
import { checkMemory, processBytes, tensorBytes } from '../engine/runtime/memory.ts';
import { UserError } from '../errors.ts';
import type { StoppableOptions } from '../events.ts';
import { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { headFractions } from '../model/head.ts';
import type { Model } from '../model/model.ts';
import type { Device, Platform } from '../platform.ts';
import { Random } from '../random/philox.ts';
import type { Tree } from '../tree/tree.ts';
import { MOST_STEPS, minimise, type Step } from './lbfgs.ts';

/** Galaxies with features: those to train on, then others to predict. */
export interface ProbeData {
  readonly tree: Tree;
  /** `[galaxies, width]` */
  readonly features: Float32Array;
  readonly width: number;
  /** Counts or cumulative fractions `[galaxies, answers]`; 0 where unknown. */
  readonly votes: Float32Array;
  /** Cumulative fractions `[galaxies, answers]`, NaN where unknown: the scores of cross-validation compare with them. */
  readonly fractions: Float32Array;
  /** Weights of the galaxies to train on, `[trained]`. */
  readonly weights: Float32Array;
}

export interface ProbeOptions extends Pick<StoppableOptions, 'onEvent' | 'signal'> {
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
  /** Pooled over all folds that were left out. */
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
/** Folds are left out in turn until they have this many galaxies together: more would hardly change the scores. */
const ENOUGH = 1000;
/** A feature whose deviation is below this share of its mean is constant, but for the rounding of float32. */
const ROUNDING = 1e-6;
/** For the minimiser: during cross-validation, where scores then change by less than the folds' noise, and for the last probe. */
const [ROUGH, FINE] = [3e-5, 3e-6];
const MOST_ITERATIONS = 1000;
/** Regularisations are tried in steps of √10, down from 100, until one scores worse than the one before. */
const STRENGTHS = Array.from({ length: 17 }, (_, i) => Number((10 ** (2 - i / 2)).toPrecision(2)));
/** Added to the share of all votes that an answer has, as one without votes would start at minus infinity. */
const LEAST_SHARE = 1e-6;

/** Of each feature, `[width]`. */
interface Moments {
  mean: Float64Array;
  deviation: Float64Array;
}

/** The means and standard deviations over the training galaxies. A feature without spread has the deviation 1. */
function momentsOf({ features, width, weights: { length: trained } }: ProbeData): Moments {
  const [mean, deviation] = [new Float64Array(width), new Float64Array(width)];
  const end = trained * width;
  for (let at = 0; at < end; ) for (let i = 0; i < width; i++) mean[i]! += features[at++]! / trained;
  for (let at = 0; at < end; )
    for (let i = 0; i < width; i++) deviation[i]! += (features[at++]! - mean[i]!) ** 2 / trained;
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
 * The graphs of several probes on the same galaxies. Inputs: features `x` `[galaxies, width]`, `votes` `[answers, 1, galaxies]`, the weight of
 * each galaxy for each probe, `share` `[1, probes, galaxies]`, `penalty` `[1, 1]`, and the parameters `weight` `[answers · probes, width]` and
 * `bias` `[answers · probes, 1]`. For predictions: the probe that predicts each galaxy, `chosen` `[1, probes, galaxies]`, of 0 and 1.
 */
export function probeGraphs(tree: Tree, { width, galaxies, probes }: ProbeSize) {
  const answers = tree.columns.length;
  const x = input('x', [galaxies, width]);
  const votes = input('votes', [answers, 1, galaxies]);
  const share = input('share', [1, probes, galaxies]);
  const penalty = input('penalty', [1, 1]);
  const weight = input('weight', [answers * probes, width]);
  const bias = input('bias', [answers * probes, 1]);
  const logits = reshape(add(matmul(weight, x, false, true), bias), [answers, probes, galaxies]);
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
    weightSlope: add(matmul(slope, x), multiply(penalty, weight)),
    biasSlope: sum(slope, 1, keep),
  };
  const chosen = sum(multiply(logits, input('chosen', [1, probes, galaxies])), 1);
  const predicted = headFractions(tree, { head: 'softmax' }, chosen, 0);
  return { solve, predict: { predicted: transpose(predicted, [1, 0]) } };
}

/** Features with mean 0 and deviation 1, `[galaxies, width]`. */
function standardised({ features, width }: ProbeData, { mean, deviation }: Moments): Float32Array {
  const x = new Float32Array(features.length);
  for (let at = 0; at < x.length; )
    for (let i = 0; i < width; i++, at++) x[at] = (features[at]! - mean[i]!) / deviation[i]!;
  return x;
}

/** The fold of each of the galaxies. */
function foldsOf(galaxies: number, count: number, seed: number): Int32Array {
  const folds = new Int32Array(galaxies);
  for (const [place, row] of new Random(seed, 'folds').permutation(galaxies).entries())
    folds[row] = place % count;
  return folds;
}

/**
 * The weights of the training galaxies for each probe, `[probes, trained]`: each lacks the fold of its number.
 * @throws UserError if a probe has no votes
 */
function sharesOf({ tree, votes, weights }: ProbeData, folds: Int32Array, probes: number): Float32Array {
  const [answers, trained] = [tree.columns.length, weights.length];
  const shares = new Float32Array(probes * trained);
  for (let probe = 0; probe < probes; probe++) {
    const own = shares.subarray(probe * trained, (probe + 1) * trained);
    let all = 0;
    for (const [row, weight] of weights.entries()) {
      if (folds[row] === probe) continue;
      own[row] = weight;
      for (let i = 0; i < answers; i++) all += weight * votes[row * answers + i]!;
    }
    if (all === 0) throw new UserError('expected votes in each fold of the training galaxies, got none');
    for (let row = 0; row < trained; row++) own[row]! /= all;
  }
  return shares;
}

/** `[rows, columns]` as `[columns, rows]`. */
function turned(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

/**
 * The logarithms of each answer's mean share in its question, and the curvature of the loss in each bias if all galaxies have these
 * shares, both `[answers · probes]`.
 * @param votes `[answers, 1, trained]`
 * @param shares of `sharesOf`
 */
function meanShares({ questions, columns }: Tree, votes: Float32Array, shares: Float32Array) {
  const trained = votes.length / columns.length;
  const probes = shares.length / trained;
  const [logarithms, curvatures] = [0, 0].map(() => new Float64Array(columns.length * probes));
  const totalOf = (answer: number, probe: number) => {
    let total = LEAST_SHARE;
    for (let row = 0; row < trained; row++)
      total += votes[answer * trained + row]! * shares[probe * trained + row]!;
    return total;
  };
  for (let probe = 0; probe < probes; probe++) {
    for (const { start, end } of questions) {
      const totals = Array.from({ length: end - start }, (_, i) => totalOf(start + i, probe));
      const all = totals.reduce((a, b) => a + b);
      for (const [i, total] of totals.entries()) {
        const at = (start + i) * probes + probe;
        logarithms![at] = Math.log(total / all);
        curvatures![at] = Math.max(total * (1 - total / all), LEAST_SHARE);
      }
    }
  }
  return { logarithms: logarithms!, curvatures: curvatures! };
}

/** The parameters of probes: weights `[answers · probes, width]`, then biases `[answers · probes]`. */
const parametersOf = (point: Float64Array, size: number) => ({
  weight: new Float32Array(point.subarray(0, size)),
  bias: new Float32Array(point.subarray(size)),
});

/**
 * Solves probes of the training galaxies together.
 * @param x standardised features
 * @param folds of the training galaxies: each probe lacks that of its number
 * @returns `solve` starts where the last call ended
 */
async function openSolver(
  { compile }: Platform,
  data: ProbeData,
  x: Float32Array,
  folds: Int32Array,
  probes: number,
  { device, signal }: ProbeOptions,
) {
  const { tree, width } = data;
  const answers = tree.columns.length;
  const trained = folds.length;
  const share = sharesOf(data, folds, probes);
  const votes = turned(data.votes.subarray(0, trained * answers), answers);
  const fixed = { x: x.subarray(0, trained * width), votes, share };
  const { logarithms, curvatures } = meanShares(tree, votes, share);
  const size = answers * probes * width;
  let point: Float64Array = new Float64Array(size + answers * probes);
  point.set(logarithms, size);
  const steps: Step[] = [];
  let penalised = 0;
  const program = await compile(probeGraphs(tree, { width, galaxies: trained, probes }).solve, device);
  const solve = async (regularisation: number, tolerance: number) => {
    // The curvature of the loss without the penalty stays known: a step s changes its gradient as before.
    for (const { s, y } of steps)
      for (let i = 0; i < size; i++) y[i]! += (regularisation - penalised) * s[i]!;
    penalised = regularisation;
    const inverse = new Float64Array(point.length);
    for (const [i, curvature] of curvatures.entries()) {
      inverse.fill(1 / (curvature + regularisation), i * width, (i + 1) * width);
      inverse[size + i] = 1 / curvature;
    }
    const penalty = Float32Array.of(regularisation);
    const evaluate = async (at: Float64Array) => {
      signal?.throwIfAborted();
      const outputs = await program.run({ ...fixed, penalty, ...parametersOf(at, size) });
      const gradient = new Float64Array(at.length);
      gradient.set(outputs.weightSlope);
      gradient.set(outputs.biasSlope, size);
      return { value: outputs.loss[0]!, gradient };
    };
    point = await minimise(evaluate, point, { inverse, steps, tolerance, iterations: MOST_ITERATIONS });
    return parametersOf(point, size);
  };
  return { solve, release: () => program.release() };
}

/** The scores of regularisations on folds that are left out, the strongest regularisation first; the last score is worse. */
async function crossValidate(
  platform: Platform,
  data: ProbeData,
  x: Float32Array,
  options: ProbeOptions,
): Promise<FoldScore[]> {
  const { tree, width, fractions, weights } = data;
  const { seed, device, onEvent } = options;
  const [answers, trained] = [tree.columns.length, weights.length];
  const { folds: count, probes } = foldCounts(trained);
  const folds = foldsOf(trained, count, seed);
  // Each fold is predicted by the probe that lacks it.
  const chosen = new Float32Array(probes * trained);
  for (const [row, fold] of folds.entries()) if (fold < probes) chosen[fold * trained + row] = 1;
  const truth = fractions
    .subarray(0, trained * answers)
    .map((each, i) => (folds[Math.floor(i / answers)]! < probes ? each : Number.NaN));
  const { predict } = probeGraphs(tree, { width, galaxies: trained, probes });
  const solver = await openSolver(platform, data, x, folds, probes, options);
  const predictor = await platform.compile(predict, device);
  const scores: FoldScore[] = [];
  try {
    for (const regularisation of STRENGTHS) {
      const parameters = await solver.solve(regularisation, ROUGH);
      const { predicted } = await predictor.run({ x: x.subarray(0, trained * width), chosen, ...parameters });
      const { sum: error, known } = squaredErrors(truth, predicted);
      scores.push({ regularisation, rmse: Math.sqrt(error / known) });
      onEvent?.({ kind: 'progress', doing: 'fitting', done: scores.length, total: STRENGTHS.length + 1 });
      const [before, last] = scores.slice(-2);
      if (last && last.rmse >= before!.rmse) break;
    }
  } finally {
    await solver.release();
    await predictor.release();
  }
  return scores;
}

/** The number of folds of galaxies, and of the probes that each lack one. */
export function foldCounts(trained: number) {
  const folds = Math.min(FOLDS, trained);
  return { folds, probes: Math.min(folds, Math.ceil((ENOUGH * folds) / trained)) };
}

/** The bytes that a process needs at most to solve probes. */
function solverBytes({ tree, width, features, weights }: ProbeData, probes: number): number {
  const trained = probeGraphs(tree, { width, galaxies: weights.length, probes });
  const all = probeGraphs(tree, { width, galaxies: features.length / width, probes: 1 });
  const parameters = tree.columns.length * probes * (width + 1);
  const arrays = 3 * tensorBytes([[features.length]]) + 8 * (2 * MOST_STEPS + 6) * parameters;
  return processBytes([Object.values<Tensor>(trained.solve), Object.values(all.predict)], arrays, 0);
}

/**
 * Fits a probe.
 * @throws UserError if there are too few galaxies to train on, or no votes; OptionError if the machine has too little memory; the
 * reason of `signal` if it stops
 * @example
 * const { weight, bias, regularisation } = await fitProbe(nodePlatform, data, { seed: 1, device: { name: 'cpu', threads: 0 } });
 */
export async function fitProbe(platform: Platform, data: ProbeData, options: ProbeOptions): Promise<Probe> {
  const { tree, width, features, weights } = data;
  const { device, regularisation: given, onEvent } = options;
  const trained = weights.length;
  if (trained < 2) throw new UserError(`expected two galaxies or more to train a probe on, got ${trained}`);
  const probes = given === undefined ? foldCounts(trained).probes : 1;
  const bytes = solverBytes(data, probes);
  checkMemory({ ...options, machine: platform.memory(), device: device.name }, undefined, () => bytes);

  const moments = momentsOf(data);
  const x = standardised(data, moments);
  const scores = given === undefined ? await crossValidate(platform, data, x, options) : [];
  const best = scores.reduce<FoldScore | undefined>((a, b) => (a && a.rmse <= b.rmse ? a : b), undefined);
  const regularisation = given ?? best!.regularisation;

  const galaxies = features.length / width;
  const noFold = new Int32Array(trained).fill(-1);
  const { predict } = probeGraphs(tree, { width, galaxies, probes: 1 });
  const solver = await openSolver(platform, data, x, noFold, 1, options);
  const predictor = await platform.compile(predict, device);
  try {
    const parameters = await solver.solve(regularisation, FINE);
    const chosen = new Float32Array(galaxies).fill(1);
    const { predicted } = await predictor.run({ x, chosen, ...parameters });
    const total = given === undefined ? STRENGTHS.length + 1 : 1;
    onEvent?.({ kind: 'progress', doing: 'fitting', done: total, total });
    return { ...onFeatures(parameters, moments), regularisation, scores, predicted };
  } finally {
    await solver.release();
    await predictor.release();
  }
}

/** A probe as a layer on features as they are: W (x - mean) / deviation + b. */
function onFeatures(
  { weight, bias }: Pick<Probe, 'weight' | 'bias'>,
  { mean, deviation }: Moments,
): Pick<Probe, 'weight' | 'bias'> {
  const width = mean.length;
  const factors = weight.map((each, i) => each / deviation[i % width]!);
  const constants = bias.map((each, answer) => {
    for (let i = 0; i < width; i++) each -= factors[answer * width + i]! * mean[i]!;
    return each;
  });
  return { weight: factors, bias: constants };
}

/** The network that computed the features, up to their layer, with a probe as its last layer; and its weights. */
export function probeNetwork(
  model: Model,
  part: Network,
  tree: Tree,
  { weight, bias }: Pick<Probe, 'weight' | 'bias'>,
) {
  const layers = [...part.description.layers, { dense: tree.columns.length }];
  const network = new GalaxyNetwork({ input: model.network.input, layers, head: 'softmax' }, tree);
  const [ofWeight, ofBias] = network.layers.at(-1)!.parameters;
  const state = new Map(part.parameters.map(({ name }) => [name, model.weights.get(name)!]));
  return { network, state: state.set(ofWeight!.name, weight).set(ofBias!.name, bias) };
}
