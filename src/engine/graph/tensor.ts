/**
 * Symbolic float32 tensors. An expression is a graph of them: each tensor knows the operation and the tensors that it
 * comes from. Nothing is computed here; `onnx.ts` writes a graph for ONNX Runtime, `interpret.ts` runs it in plain loops.
 */
import type { Emitter } from '../onnx/emitter.ts';

/** The size of each axis, the outermost first; [] is a scalar. */
export type Shape = readonly number[];

/** A concrete array in row-major order: what references take and give. */
export interface NumberArray {
  shape: Shape;
  data: Float64Array;
}

/** Everything that is known about one operation; `A` are its attributes. */
export interface Operation<A> {
  readonly name: string;
  /** The output's shape. Throws a {@link GraphError} where the inputs do not fit. */
  infer(inputs: readonly Shape[], attributes: A): Shape;
  /**
   * The loss's gradient with respect to each input, given that with respect to the output. The driver fits each to the
   * input's shape: it sums over axes that the operation broadcast, and broadcasts along axes of size 1 that it reduced.
   * `null` where the derivative is zero everywhere.
   */
  gradient(node: Application<A>, outputGradient: Tensor): readonly (Tensor | null)[];
  /** The same computation in plain loops. `shape` is the inferred output shape. */
  reference(inputs: readonly NumberArray[], attributes: A, shape: Shape): Float64Array;
  /** Writes ONNX nodes and returns the name of the output. */
  emit(emitter: Emitter, inputs: readonly string[], node: Application<A>): string;
}

/** An operation applied to inputs. */
export interface Application<A> {
  readonly operation: Operation<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly output: Tensor;
}

/** Where a tensor comes from: fed at each run, fixed in the graph, or computed. */
export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | { readonly kind: 'application'; readonly application: Application<unknown> };

/** A node of a graph: its shape, and where its values will come from. */
export interface Tensor {
  readonly shape: Shape;
  readonly source: Source;
}

/**
 * A graph that cannot be built: names the operation, what was expected and what came.
 * @example add(input('a', [2]), input('b', [3])); // GraphError: add: the shapes [2] and [3] do not broadcast
 */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

/** The product of a shape's sizes. */
export function elements(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * A tensor that is fed at each run under `name`.
 * @example
 * const image = input('image', [128, 128, 3, 96]); // [H, W, C, N]
 */
export function input(name: string, shape: Shape): Tensor {
  return { shape, source: { kind: 'input', name } };
}

/**
 * A tensor of fixed values, in row-major order. Calls with the same array share one copy in the written model.
 * @throws GraphError where the number of values does not fit the shape
 * @example
 * const half = constant(0.5);
 */
export function constant(values: number | Float32Array, shape: Shape = []): Tensor {
  const data = typeof values === 'number' ? Float32Array.of(values) : values;
  if (data.length !== elements(shape)) {
    throw new GraphError(`constant: ${data.length} values do not fit the shape [${shape}]`);
  }
  return { shape, source: { kind: 'constant', data } };
}

/** Applies an operation: infers the shape and records where the output comes from. */
export function apply<A>(operation: Operation<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const shape = operation.infer(
    inputs.map((tensor) => tensor.shape),
    attributes,
  );
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new GraphError(`${operation.name}: the output shape [${shape}] is not positive`);
  }
  const output = { shape, source: { kind: 'application', application: undefined as unknown } };
  output.source.application = { operation, inputs, attributes, output };
  return output as Tensor;
}

/** The tensors that `outputs` depend on, each after those that it comes from. */
export function topologicalOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  // An explicit stack: a training step is a chain of more than a thousand applications.
  const stack: { tensor: Tensor; next: number }[] = [];
  const push = (tensor: Tensor) => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    stack.push({ tensor, next: 0 });
  };
  for (const output of outputs) {
    push(output);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const { source } = top!.tensor;
      const inputs = source.kind === 'application' ? source.application.inputs : [];
      if (top!.next < inputs.length) {
        push(inputs[top!.next++]!);
      } else {
        order.push(top!.tensor);
        stack.pop();
      }
    }
  }
  return order;
}
