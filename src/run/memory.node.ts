/** The memory that a training takes, before anything of it is there. */
import { availableParallelism } from 'node:os';
import { checkMemory, type MemoryOptions, processBytes, tensorBytes } from '../engine/runtime/memory.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { machineMemory } from '../node/runtime/memory.ts';
import type { ResolvedConfig } from '../train/config.ts';
import { rateFactors } from '../train/rates.ts';
import { trainingGraph } from '../train/step.ts';
import { evaluationGraph } from '../train/validate.node.ts';

/** What charts and pages take, as measured. */
const PAGES = 110e6;

/** A picture of a network as it is fed. */
const pictureBytes = ({ description: { input } }: GalaxyNetwork): number =>
  tensorBytes([[input.size, input.size, input.channels]]);

/** What a training takes at least, from the sizes of its layers alone: its parameters, the pictures and the largest map of them. */
function leastBytes(network: GalaxyNetwork, batch: number): number {
  const outputs = network.layers.map(({ output }) =>
    output.kind === 'map' ? output.size ** 2 * output.channels : output.count,
  );
  return 4 * network.parameterCount + batch * (pictureBytes(network) + 4 * Math.max(...outputs));
}

/** What a training takes at its most: its graphs, its state in two sets and in a checkpoint, and the batches of its workers. */
function trainingBytes(network: GalaxyNetwork, config: ResolvedConfig): number {
  const { batch, convolution: method, workers = availableParallelism() } = config;
  const { outputs, state } = trainingGraph(network, {
    ...config,
    method,
    rateFactors: rateFactors(config, network),
  });
  const programs = [
    Object.values(outputs),
    ...(config.validation > 0 ? [[evaluationGraph(network, batch, method)]] : []),
  ];
  const arrays =
    3 * tensorBytes(state.values()) +
    tensorBytes(network.parameters.map(({ shape }) => shape)) +
    (workers + 2) * batch * pictureBytes(network);
  return processBytes(programs, arrays, workers) + PAGES;
}

/**
 * Tells what a training will take; nothing large is allocated for it.
 * @throws UserError where the machine has not so much memory, unless `config.force`
 */
export function checkTrainingMemory(
  network: GalaxyNetwork,
  config: ResolvedConfig,
  onMemory: MemoryOptions['onMemory'],
): void {
  checkMemory(
    { machine: machineMemory(), device: config.device, force: config.force, onMemory },
    `--batch ${config.batch}`,
    config.batch,
    (batch) => trainingBytes(network, { ...config, batch }),
    (batch) => leastBytes(network, batch),
  );
}
