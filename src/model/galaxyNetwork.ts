/** A network that answers the questions of the decision tree: layers that give 37 logits, and a head that makes fractions. */
import { GraphError } from '../engine/graph/tensor.ts';
import { Network, type NetworkDescription } from '../engine/nn/network.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
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
    if (this.outputs !== GALAXY_ZOO_2.columns.length) {
      throw new GraphError(
        `layers: the last one must give ${GALAXY_ZOO_2.columns.length} numbers, got ${this.outputs}`,
      );
    }
  }

  get head(): Head {
    return this.description.head ?? 'sigmoid';
  }
}
