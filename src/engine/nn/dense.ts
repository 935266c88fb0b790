/** A fully connected layer, as PyTorch's Linear. */
import { add } from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { featuresOf, layer, weightAndBias } from './layer.ts';
import type { Layout } from './layout.ts';
import { count, MOST } from './schema.ts';

/** weight [out, in] · features + bias [out], in the layout's order. */
export function affine(features: Tensor, weight: Tensor, bias: Tensor, layout: Layout): Tensor {
  return layout.name === 'HWCN'
    ? add(matmul(weight, features), reshape(bias, [bias.shape[0]!, 1]))
    : add(matmul(features, weight, false, true), bias);
}

export const dense = layer({
  schema: (zod) => count(zod, MOST.features),
  labels: () => ['fully connected'],
  colours: ['#fbd9a5', '#bd7415'],
  place(outputs, input, { index, number }) {
    const { count: inputs } = featuresOf(input);
    const [weight, bias] = weightAndBias(`${index}`, [outputs, inputs]);
    return {
      name: `dense${number}`,
      parameters: [weight, bias],
      output: { kind: 'features', count: outputs },
      windows: 'all',
      multiplyAdds: inputs * outputs,
      forward(value, { state }) {
        const { layout, tensor } = featuresOf(value);
        return { ...value, tensor: affine(tensor, state(weight.name), state(bias.name), layout) };
      },
    };
  },
});
