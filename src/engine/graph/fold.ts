/** Constant folding, computed with the operations' references. */
import { interpret } from './interpret.ts';
import { apply, constant, type Tensor, topologicalOrder } from './tensor.ts';

/**
 * The same tensor, with every part that depends only on constants replaced by one constant.
 * @example fold(add(multiply(constant(2), constant(3)), input('x', [2]))) // of add(constant(6), x)
 */
export function fold(output: Tensor): Tensor {
  const folded = new Map<Tensor, Tensor>();
  for (const tensor of topologicalOrder([output])) {
    if (tensor.source.kind !== 'application') {
      folded.set(tensor, tensor);
      continue;
    }
    const { operation, inputs, attributes } = tensor.source.application;
    const from = inputs.map((each) => folded.get(each)!);
    const applied = apply(operation, from, attributes);
    const isConstant = from.every(({ source }) => source.kind === 'constant');
    folded.set(
      tensor,
      isConstant ? constant(Float32Array.from(interpret([applied])[0]!.data), tensor.shape) : applied,
    );
  }
  return folded.get(output)!;
}
