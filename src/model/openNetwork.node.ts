/** Opens networks by name, or from a user's file. */
import { OptionError, UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS } from '../files/read.ts';
import { readText } from '../node/files/read.ts';
import { parseNetwork } from './description.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import { describeNetwork, type NetworkOptions } from './networks.ts';

/** Reports errors about the network `name` as errors of the option `network`. */
async function asOption<Result>(name: string, open: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (cause) {
    if (!(cause instanceof UserError && cause.message.startsWith(`${name}: `))) throw cause;
    throw new OptionError('network', cause.message.slice(`${name}: `.length), name, { cause });
  }
}

/**
 * Opens a network.
 * @param name one of `networkNames()`, or a file `*.json` with a description
 * @throws UserError if there is no such network, an option does not fit it, or its layers do not fit together
 * @example
 * (await openNetwork('baseline', { tree: GALAXY_ZOO_2, kernels: [7, 5, 3, 3] })).parameterCount; // 678213
 * (await openNetwork('mine.json', { tree: GALAXY_ZOO_2 })).layers.map(({ output }) => output);
 */
export async function openNetwork(name: string, options: NetworkOptions): Promise<GalaxyNetwork> {
  const { tree } = options;
  if (!name.endsWith('.json')) {
    const description = describeNetwork(name, options);
    return asOption(name, () => parseNetwork(description, tree, name));
  }
  const { head, kernels, channels, dropout } = options;
  const useless = Object.entries({ kernels, channels, dropout }).find(
    ([, value]) => value !== undefined && value !== 0,
  );
  if (useless !== undefined) {
    throw new OptionError(
      useless[0],
      `does not apply to \`network\` ${name}: write it into the file instead`,
    );
  }
  const text = await asOption(name, () => readText(name, LONGEST_SETTINGS));
  const network = parseNetwork(parseJson(text, name), tree, name);
  return head === undefined ? network : parseNetwork({ ...network.description, head }, tree, name);
}
