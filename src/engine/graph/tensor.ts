/**
 * Symbolic float32 tensors. An expression is a graph: a tensor refers to its operation and to the tensors it is computed from.
 * Nothing is computed here: `onnx/write.ts` writes a graph for ONNX Runtime, `interpret.ts` runs it in plain loops.
 */
import type { Emitter } from '../onnx/emitter.ts';

/** The size of each axis, outermost first. [] is a scalar. */
export type Shape = readonly number[];

/** An array in row-major order, as references take and return it. */
export interface NumberArray {
  shape: Shape;
  data: Float64Array;
}

/** A gradient for each input; null if it is zero everywhere. */
export type Gradients = readonly (Tensor | null)[];

/** Adds a tensor to a sum. */
export type Addition = (sum: Tensor) => Tensor;

/** The record of an operation; `A` are its attributes. */
export interface Operation<A> {
  readonly name: string;
  /** The output's shape. Throws a {@link GraphError} if the inputs do not fit. */
  infer(inputs: readonly Shape[], attributes: A): Shape;
  /**
   * The gradient of the loss with respect to each input, from the gradient with respect to the output. The driver gives each the
   * input's shape: it sums over axes that the operation broadcast, and broadcasts along axes of size 1 that it reduced. A rule
   * that calls its own operation must declare its return type.
   */
  gradient(node: Application<A>, outputGradient: Tensor): Gradients;
  /** The computation in plain loops. `shape` is the inferred output shape. */
  reference(inputs: readonly NumberArray[], attributes: A, shape: Shape): Float64Array;
  /** Writes ONNX nodes and returns the name of the output. */
  emit(emitter: Emitter, inputs: readonly string[], node: Application<A>): string;
  /** ONNX Runtime may store the output over an operand of the same size, or as a view of the first operand. Default: in new memory. */
  readonly storage?: 'inPlace' | 'view';
  /** For outputs that are zero almost everywhere: adds the output to a tensor faster than `add`. */
  addTo?(node: Application<A>): Addition | undefined;
}

/** A tensor, or a number that broadcasts. */
export type Operand = Tensor | number;

/** Inputs, attributes and an optional last step; or just a tensor, if there is nothing to apply. */
type Call<A> =
  | Tensor
  | readonly [inputs: readonly Operand[], attributes: A, finish?: (output: Tensor) => Tensor];

/**
 * Makes an operation: a function that is its own record. `call` turns the function's arguments into inputs and attributes.
 * @example
 * const sine = operation({
 *   name: 'sine',
 *   call: (x: Tensor) => [[x], {}],
 *   infer: ([shape]) => shape!,
 *   gradient: ({ inputs: [x] }, g): Gradients => [multiply(g, sine(add(x!, Math.PI / 2)))],
 *   reference: ([x]) => x!.data.map(Math.sin),
 *   emit: (emitter, [x]) => emitter.node('Sin', [x!]),
 * });
 * interpret([sine(input('x', [2]))], { x: [0, 1] })[0]!.data; // [0, 0.8414709848078965]
 */
export function operation<P extends unknown[], A>(
  record: Operation<A> & { call(...args: P): Call<A> },
): ((...args: P) => Tensor) & Operation<A> {
  const { name, call, ...rest } = record;
  const run = (...args: P): Tensor => {
    const called = call(...args);
    if (!Array.isArray(called)) return called as Tensor;
    const [inputs, attributes, finish] = called;
    const output = apply(result, inputs, attributes);
    return finish ? finish(output) : output;
  };
  const result = Object.assign(Object.defineProperty(run, 'name', { value: name }), rest);
  return result;
}

export const isOperation = (value: unknown): value is Operation<unknown> =>
  typeof value === 'function' && 'emit' in value && 'reference' in value;

export interface Application<A> {
  readonly operation: Operation<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly output: Tensor;
}

/** The origin of a tensor: fed at each run, fixed in the graph, or computed. */
export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | { readonly kind: 'application'; readonly application: Application<unknown> };

export interface Tensor {
  readonly shape: Shape;
  readonly source: Source;
}

/**
 * Thrown if a graph cannot be built. The message names the operation and the shapes that do not fit.
 * @example add(input('a', [2]), input('b', [3])); // GraphError: add: the shapes [2] and [3] do not broadcast
 */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

export function elements(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

const LONGEST_LIST = 12;

/** A shape or axes for a message. Of longer arrays, only the length is shown. */
export const list = (numbers: ArrayLike<number>): string =>
  numbers.length > LONGEST_LIST ? `[… ${numbers.length} numbers …]` : `[${Array.from(numbers)}]`;

function checkShape(what: string, shape: Shape): void {
  if (!Array.from(shape).every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new GraphError(`${what}: expected a shape of sizes from 1, got ${list(shape)}`);
  }
}

/**
 * A tensor that is fed at each run, by `name`.
 * @example
 * const image = input('image', [128, 128, 3, 96]); // [H, W, C, N]
 */
export function input(name: string, shape: Shape): Tensor {
  checkShape(`input '${name}'`, shape);
  return { shape, source: { kind: 'input', name } };
}

/**
 * A tensor of fixed values, in row-major order. Constants of one Float32Array share one copy in the written model.
 * @param shape default: [] of a number, [length] of an array
 * @throws GraphError if the number of values does not fit the shape
 * @example
 * const half = constant(0.5);
 * const identity = constant([1, 0, 0, 1], [2, 2]);
 */
export function constant(values: number | ArrayLike<number>, shape?: Shape): Tensor {
  if (typeof values === 'number') return constant(Float32Array.of(values), shape ?? []);
  const data = values instanceof Float32Array ? values : Float32Array.from(values);
  const given = shape ?? [data.length];
  checkShape('constant', given);
  if (data.length !== elements(given)) {
    throw new GraphError(`constant: ${data.length} values do not fit the shape ${list(given)}`);
  }
  return { shape: given, source: { kind: 'constant', data } };
}

export function apply<A>(operation: Operation<A>, operands: readonly Operand[], attributes: A): Tensor {
  const inputs = operands.map((each) => (typeof each === 'number' ? constant(each) : each));
  const shape = operation.infer(
    inputs.map((tensor) => tensor.shape),
    attributes,
  );
  checkShape(operation.name, shape);
  const output = { shape, source: { kind: 'application', application: undefined as unknown } };
  output.source.application = { operation, inputs, attributes, output };
  return output as Tensor;
}

/** The tensors that `outputs` depend on, and `outputs`; each after its inputs. */
export function topologicalOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  // No recursion: a training step is a chain of more than a thousand applications.
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
