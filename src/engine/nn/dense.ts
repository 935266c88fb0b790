/** A fully connected layer, as PyTorch's Linear. */
import { add } from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { fanIn, featureCount, featuresOf, layer, trained } from './layer.ts';
import type { Layout } from './layout.ts';
import { count, MOST } from './schema.ts';

/** weight [out, in] times features, plus bias [out]. */
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
    const inputs = featureCount(input);
    const name = `dense${number}`;
    const [weight, bias] = [`${index}.weight`, `${index}.bias`];
    return {
      name,
      parameters: [
        trained(weight, [outputs, inputs], fanIn(inputs)),
        trained(bias, [outputs], fanIn(inputs)),
      ],
      output: { kind: 'features', count: outputs },
      multiplyAdds: inputs * outputs,
      forward(value, { state }) {
        const { layout } = value;
        const tensor = affine(featuresOf(value, name), state(weight), state(bias), layout);
        return { kind: 'features', layout, tensor };
      },
    };
  },
});
