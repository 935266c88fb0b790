/** Runs a graph with the operations' references, in float64. Slow; other ways to run a graph are compared with it. */
import { elements, GraphError, type NumberArray, type Tensor, topologicalOrder } from './tensor.ts';

/**
 * The values of `outputs`.
 * @param feeds an array for each input, by name
 * @throws GraphError if an input is missing or its length does not fit
 * @example
 * interpret([square(input('x', [2]))], { x: [1, 2] })[0].data; // Float64Array [1, 4]
 */
export function interpret(
  outputs: readonly Tensor[],
  feeds: Readonly<Record<string, ArrayLike<number>>> = {},
): NumberArray[] {
  const values = new Map<Tensor, NumberArray>();
  for (const tensor of topologicalOrder(outputs)) {
    values.set(tensor, { shape: tensor.shape, data: evaluate(tensor, values, feeds) });
  }
  return outputs.map((tensor) => values.get(tensor)!);
}

function evaluate(
  { shape, source }: Tensor,
  values: ReadonlyMap<Tensor, NumberArray>,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
): Float64Array {
  if (source.kind === 'constant') return Float64Array.from(source.data);
  if (source.kind === 'application') {
    const { operation, inputs, attributes } = source.application;
    return operation.reference(
      inputs.map((each) => values.get(each)!),
      attributes,
      shape,
    );
  }
  const fed = feeds[source.name];
  if (fed?.length !== elements(shape)) {
    throw new GraphError(
      `input '${source.name}': expected ${elements(shape)} values, got ${fed?.length ?? 'none'}`,
    );
  }
  return Float64Array.from(fed);
}
