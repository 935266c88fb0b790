/** Checks that the settings of a training fit each other and the network. */
import { restartEpochs } from '../engine/nn/schedule.ts';
import { OptionError } from '../errors.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { headsOf } from '../model/head.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import { checkAugmentation } from './batches.ts';
import { refuseIdle, type TrainingConfig } from './config.ts';
import { scheduleOptions } from './loop.ts';
import { rateFactors } from './rates.ts';

/** @throws OptionError if settings contradict each other, or do not fit the network */
export function checkSettings(
  settings: TrainingConfig,
  network: GalaxyNetwork,
  preprocessing: Preprocessing,
): void {
  const { warmup, epochs, validation, test, calibration } = settings;
  if (warmup > epochs) throw new OptionError('warmup', `longer than the ${epochs} epochs`, warmup);
  if (validation + test >= 1) {
    throw new OptionError('test', `leaves nothing to train on with \`validation\` ${validation}`, test);
  }
  if (validation + test + calibration >= 1) {
    const problem = `leaves nothing to train on with \`validation\` ${validation} and \`test\` ${test}`;
    throw new OptionError('calibration', problem, calibration);
  }
  if (calibration > 0 && validation === 0)
    throw new OptionError('calibration', 'requires `validation` above 0, to choose the weights', calibration);
  if (calibration > 0 && network.head === 'dirichlet') {
    const problem = 'has no effect with the `head` dirichlet, which gives intervals itself';
    throw new OptionError('calibration', problem, calibration);
  }
  refuseIdle(settings);
  const { learningRate, minLearningRate = 0 } = settings;
  if (minLearningRate > learningRate) {
    const problem = `expected at most the learning rate, ${learningRate}`;
    throw new OptionError('minLearningRate', problem, minLearningRate);
  }
  const heads = headsOf(settings.loss);
  if (!heads.includes(network.head)) {
    const problem = `does not train the head ${network.head}; choose the \`head\` ${heads.join(' or ')}, or another loss`;
    throw new OptionError('loss', problem, settings.loss);
  }
  checkAugmentation(settings, preprocessing.size, preprocessing.stretch);
  const { channels } = network.description.input;
  if (channels !== preprocessing.bands.length) {
    const problem = `takes ${channels} bands, but the pictures have ${preprocessing.bands.length}: ${preprocessing.bands}`;
    throw new OptionError('network', problem, settings.network);
  }
  rateFactors(settings, network);
}

/** Lines about settings that are allowed, but may not be meant. */
export function describeDoubts(settings: TrainingConfig, { head, tree }: GalaxyNetwork): string[] {
  const { schedule, epochs, restartFirst = 60, head: given } = settings;
  const doubts: string[] = [];
  if (schedule === 'warm-restarts' && restartEpochs(epochs, scheduleOptions(settings)).length === 0) {
    const first = `the first would follow epoch ${restartFirst}, but epoch ${epochs} is the last`;
    doubts.push(`warm-restarts: no restart; ${first}`);
  }
  if (given === undefined && head === 'sigmoid' && tree.questions.length === 1) {
    const answers = `each of the ${tree.columns.length} answers a probability of its own`;
    doubts.push(`the head sigmoid gives ${answers}; with the head softmax they add up to 1`);
  }
  return doubts;
}
