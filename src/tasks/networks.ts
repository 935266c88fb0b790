import type { z } from 'zod';
import { OptionError } from '../errors.ts';
import { describeLayers, type NetworkSummary } from '../model/layers.ts';
import { networkNames, networkSummary } from '../model/networks.ts';
import { openNetwork } from '../model/openNetwork.ts';
import { openTree } from '../node/data/openTree.ts';
import { nodePlatform } from '../node/platform.ts';
import { networkDiagram } from '../report/diagram.ts';
import { checkedOptions, networksSchema } from './options.ts';
import { checkEnding, checkNoInput } from './outputs.ts';

/** A network's layers and costs. */
export interface DescribedNetwork extends NetworkSummary {
  name: string;
  /** A short description. */
  summary: string;
}

/**
 * Describes networks for a decision tree: parameters, multiply-adds per picture and output size of each layer. Draws one into `diagram`.
 * @throws OptionError for a wrong option; UserError if a network's file cannot be read
 * @example
 * const [{ parameters }] = await networks({ network: 'baseline' });
 * parameters; // 2896709
 */
export async function networks(options: z.input<typeof networksSchema> = {}): Promise<DescribedNetwork[]> {
  const { network: name, tree: named, diagram } = checkedOptions(networksSchema, options);
  if (diagram !== undefined) {
    if (name === undefined) throw new OptionError('diagram', 'requires `network`', diagram);
    checkEnding('diagram', diagram, '.svg');
    checkNoInput('diagram', diagram, { network: name, tree: named });
  }
  const tree = await openTree(undefined, named);
  const describe = async (each: string) => {
    const network = await openNetwork(nodePlatform, each, { tree });
    const summary = networkNames().includes(each) ? networkSummary(each) : each;
    return { name: each, summary, ...describeLayers(network) };
  };
  const all = await Promise.all((name === undefined ? networkNames() : [name]).map(describe));
  if (diagram !== undefined) {
    const { name: title, input, layers, head } = all[0]!;
    await nodePlatform.files.write(diagram, networkDiagram({ title, input, layers, head }));
  }
  return all;
}
