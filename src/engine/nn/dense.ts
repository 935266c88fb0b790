/** Layers on features: [F, N] beside maps [H, W, C, N], [N, F] beside maps [N, C, H, W]. */
import { add, greaterOrEqual, multiply } from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { constant, GraphError, type Tensor } from '../graph/tensor.ts';
import { type Layout, mapSize } from './layout.ts';
import { fanIn, type Module, trained, type Value } from './module.ts';

/** weight [out, in] times features, plus bias [out]. */
export function affine(features: Tensor, weight: Tensor, bias: Tensor, layout: Layout): Tensor {
  return layout.name === 'HWCN'
    ? add(matmul(weight, features), reshape(bias, [bias.shape[0]!, 1]))
    : add(matmul(features, weight, false, true), bias);
}

function features(value: Value, name: string): Tensor {
  if (value.kind !== 'features')
    throw new GraphError(`${name}: expected features, got a map; flatten it first`);
  return value.tensor;
}

/**
 * A fully connected layer, as PyTorch's Linear.
 * @example dense('dense1', '20', 6144, 37)
 */
export function dense(name: string, prefix: string, inputs: number, outputs: number): Module {
  const weight = trained(`${prefix}.weight`, [outputs, inputs], fanIn(inputs));
  const bias = trained(`${prefix}.bias`, [outputs], fanIn(inputs));
  return {
    name,
    parameters: [weight, bias],
    forward: (value, { state }) => {
      const { layout } = value;
      return {
        kind: 'features',
        layout,
        tensor: affine(features(value, name), state(weight.name), state(bias.name), layout),
      };
    },
  };
}

/** A map as features, in PyTorch's order (C, H, W). */
export function flatten(name: string): Module {
  return {
    name,
    parameters: [],
    forward: (value) => {
      if (value.kind !== 'map') throw new GraphError(`${name}: expected a map, got features`);
      const { layout } = value;
      const { height, width, channels, batch } = mapSize(value);
      const count = channels * height * width;
      const tensor =
        layout.name === 'HWCN'
          ? reshape(transpose(value.tensor, [2, 0, 1, 3]), [count, batch])
          : reshape(value.tensor, [batch, count]);
      return { kind: 'features', layout, tensor };
    },
  };
}

/** Inverted dropout, as PyTorch's: in training each feature is zero with probability `rate`, the others grow by 1/(1-rate). */
export function dropout(name: string, rate: number): Module {
  return {
    name,
    parameters: [],
    forward: (value, { training, random }) => {
      if (!training || rate === 0) return value;
      const tensor = features(value, name);
      const kept = multiply(greaterOrEqual(random(tensor.shape), constant(rate)), constant(1 / (1 - rate)));
      return { kind: 'features', layout: value.layout, tensor: multiply(tensor, kept) };
    },
  };
}
