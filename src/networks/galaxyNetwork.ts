/** A network that answers the questions of the decision tree: layers that give 37 logits, and a head that makes fractions. */
import { GraphError } from '../graph/tensor.ts';
import { Network, type NetworkDescription } from '../nn/network.ts';
import { COLUMN_COUNT } from '../tree/columns.ts';
import type { Head } from './head.ts';

/** What a network is built from, as it stands in files. */
export interface GalaxyNetworkDescription extends NetworkDescription {
  /** How logits become vote fractions. Default 'sigmoid'. */
  head?: Head;
}

/**
 * A {@link Network} with its head.
 * @example new GalaxyNetwork(describeNetwork('baseline', { head: 'softmax' })).parameterCount // 2896709
 */
export class GalaxyNetwork extends Network {
  declare readonly description: GalaxyNetworkDescription;

  /** @throws GraphError where the layers do not fit together, or do not give 37 numbers */
  constructor(description: GalaxyNetworkDescription) {
    super(description);
    if (this.outputs !== COLUMN_COUNT) {
      throw new GraphError(`layers: the last one must give ${COLUMN_COUNT} numbers, got ${this.outputs}`);
    }
  }

  get head(): Head {
    return this.description.head ?? 'sigmoid';
  }
}
