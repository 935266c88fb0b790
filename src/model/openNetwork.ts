/** Opens networks by name, or from a user's file. */
import { OptionError, UserError } from '../errors.ts';
import { isObject, parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../files/read.ts';
import type { Platform } from '../platform.ts';
import { describeBackbone, openDescription, openFile } from './backbones.ts';
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
 * Opens a network by name or from a file.
 * @param name one of `networkNames()`, or the path of a description, `*.json`, or of a network of another program, `*.onnx`
 * @throws UserError if there is no such network, an option does not fit it, or its layers do not fit together
 * @example (await openNetwork(nodePlatform, 'baseline', { tree: GALAXY_ZOO_2 })).parameterCount // 2896709
 */
export async function openNetwork(
  platform: Platform,
  name: string,
  options: NetworkOptions,
): Promise<GalaxyNetwork> {
  const { files } = platform;
  const { tree } = options;
  if (!/\.(json|onnx)$/.test(name)) {
    const description = describeNetwork(name, options);
    return asOption(name, () => parseNetwork(description, tree, name));
  }
  const { head, kernels, channels, dropout, dropoutAt, batchNorm } = options;
  const useless = Object.entries({ kernels, channels, dropout, dropoutAt, batchNorm }).find(
    ([, value]) => value !== undefined && value !== 0 && value !== true,
  );
  if (useless !== undefined) {
    const problem = `does not apply to \`network\` ${name}: write it into the file instead`;
    throw new OptionError(useless[0], problem);
  }
  const withHead = (description: unknown) =>
    head !== undefined && isObject(description) ? { ...description, head } : description;
  if (name.endsWith('.onnx')) {
    const opened = await asOption(name, () => openFile(files, name));
    const description = await asOption(name, () => describeBackbone(opened, tree.columns.length));
    return openDescription(platform, withHead(description), tree, '', name, async () => opened);
  }
  const description = await asOption(name, async () =>
    parseJson(await readText(files, name, LONGEST_SETTINGS), name),
  );
  // Paths in a description start at its folder.
  const folder = name.replace(/[^/\\]*$/, '');
  return openDescription(platform, withHead(description), tree, folder, name);
}
