/** Estimates the memory of a training run. */
import { checkMemory, processBytes, tensorBytes } from '../engine/runtime/memory.ts';
import type { TaskOptions } from '../events.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import type { Platform } from '../platform.ts';
import type { ResolvedConfig } from '../train/config.ts';
import { stepGraph } from '../train/step.ts';
import { evaluationOutputs } from '../train/validate.ts';

/** Bytes of charts and pages, as measured. */
const PAGES = 110e6;

/** Bytes of one picture as the network's input. */
const pictureBytes = ({ description: { input } }: GalaxyNetwork): number =>
  tensorBytes([[input.size, input.size, input.channels]]);

/** A lower bound, in bytes, computed from the layers' sizes alone: parameters, pictures and the largest map. */
function leastBytes(network: GalaxyNetwork, batch: number): number {
  const outputs = network.layers.map(({ output }) =>
    output.kind === 'map' ? output.size ** 2 * output.channels : output.count,
  );
  return 4 * network.parameterCount + batch * (pictureBytes(network) + 4 * Math.max(...outputs));
}

/** The peak, in bytes: graphs, the state (twice, and once more in a checkpoint), and the workers' batches. */
function trainingBytes(network: GalaxyNetwork, config: ResolvedConfig, cores: number): number {
  const { batch, convolution: method, workers = cores } = config;
  const { outputs, state } = stepGraph(network, config);
  const programs = [
    Object.values(outputs),
    ...(config.validation > 0 ? [Object.values(evaluationOutputs(network, batch, method))] : []),
  ];
  const arrays =
    3 * tensorBytes(state.values()) +
    tensorBytes(network.parameters.map(({ shape }) => shape)) +
    (workers + 2) * batch * pictureBytes(network);
  return processBytes(programs, arrays, workers) + PAGES;
}

/**
 * Estimates and reports the memory of a training run; allocates nothing large.
 * @throws UserError if the machine has less, unless `config.force`
 */
export function checkTrainingMemory(
  platform: Platform,
  network: GalaxyNetwork,
  config: ResolvedConfig,
  onEvent: TaskOptions['onEvent'],
): void {
  const { device, force, batch } = config;
  checkMemory(
    { machine: platform.memory(), device, force, onEvent },
    batch,
    (batch) => trainingBytes(network, { ...config, batch }, platform.cores),
    (batch) => leastBytes(network, batch),
  );
}
