/** Networks that predict the vote fractions of a decision tree. */
import { GraphError } from '../engine/graph/tensor.ts';
import { Network, type NetworkDescription } from '../engine/nn/network.ts';
import type { Tree } from '../tree/tree.ts';
import type { Head } from './head.ts';

/** Layers and head, as a file holds them. */
export interface GalaxyNetworkDescription extends NetworkDescription {
  /** The function from logits to vote fractions. Default 'sigmoid'. */
  head?: Head;
  /**
   * Temperature T of trained weights, fitted on validation galaxies: the heads `tree` and `softmax` replace the shares p by
   * p^(1/T), normalised, and `dirichlet` divides its concentrations by T. Above 1 it makes predictions less certain. Default 1.
   */
  temperature?: number;
}

/**
 * A {@link Network} with one logit for each answer of a tree, and a head that turns logits into vote fractions.
 * @example
 * const { parameterCount } = new GalaxyNetwork(describeNetwork('baseline', { tree: GALAXY_ZOO_2 }), GALAXY_ZOO_2);
 * parameterCount; // 2896709
 */
export class GalaxyNetwork extends Network {
  declare readonly description: GalaxyNetworkDescription;

  /** @throws GraphError if the layers do not fit together or do not give one number for each answer */
  constructor(
    description: GalaxyNetworkDescription,
    readonly tree: Tree,
    pretrained?: ReadonlyMap<string, Float32Array>,
  ) {
    super(description, pretrained);
    const answers = tree.columns.length;
    if (this.outputs !== answers) {
      throw new GraphError(`layers: the last one must give ${answers} numbers, got ${this.outputs}`);
    }
  }

  get head(): Head {
    return this.description.head ?? 'sigmoid';
  }

  get temperature(): number {
    return this.description.temperature ?? 1;
  }
}
