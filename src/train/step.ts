/**
 * The training step of a galaxy network: the loss compares its head's fractions with the targets, or, for counts of votes, its
 * shares or concentrations within each question with the counts.
 */
import { type StepGraph, type StepOptions, trainingStep } from '../engine/nn/trainingStep.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { headDistribution, headFractions } from '../model/head.ts';
import type { ResolvedConfig } from './config.ts';
import { rateFactors } from './rates.ts';

/** @example const { outputs } = trainingGraph(network, { batch: 96, loss: 'bce' }); */
export const trainingGraph = (network: GalaxyNetwork, options: Omit<StepOptions, 'output'>): StepGraph =>
  trainingStep(network, {
    ...options,
    groups: network.tree.questions,
    output: {
      of: (logits, axis) => headFractions(network.tree, network, logits, axis),
      distribution: (logits, axis) => headDistribution(network.tree, network.head, logits, axis),
      activation: network.head === 'sigmoid' ? 'sigmoid' : undefined,
    },
  });

/** The graph of one step. @param hasMissing some labels are unknown */
export function stepGraph(network: GalaxyNetwork, config: ResolvedConfig, hasMissing = false): StepGraph {
  const { convolution: method } = config;
  return trainingGraph(network, { ...config, method, rateFactors: rateFactors(config, network), hasMissing });
}
