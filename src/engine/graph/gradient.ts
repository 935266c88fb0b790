/**
 * Reverse-mode differentiation (as in "Automatic Differentiation in Machine Learning: a Survey", Baydin et al. 2018):
 * from the loss backwards each application hands its output's gradient on to its inputs. Gradients are added up and
 * fitted to their tensor's shape here, once, and in no operation's rule.
 */
import { add } from './elementwise.ts';
import { atMaximum, atMaximumOperation, broadcast, sum } from './reduce.ts';
import { reshape } from './shape.ts';
import { constant, elements, GraphError, type Shape, type Tensor, topologicalOrder } from './tensor.ts';

/** Sums a gradient over the axes along which its tensor was broadcast. Axes of size 1 stay for later. */
function undoBroadcast(gradient: Tensor, shape: Shape): Tensor {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => gradient.shape[axis] !== 1 && (axis < extra || shape[axis - extra] === 1));
  const summed = axes.length > 0 ? sum(gradient, axes) : gradient;
  return extra > 0 ? reshape(summed, summed.shape.slice(extra)) : summed;
}

/** The inputs of a gradient that is zero but for a few places. */
function sparse({ source }: Tensor): readonly Tensor[] | undefined {
  if (source.kind !== 'application') return undefined;
  const { operation, inputs } = source.application;
  return operation.name === atMaximumOperation.name && inputs.length === 2 ? inputs : undefined;
}

/**
 * Adds gradients up, the small ones (still to be broadcast) first, and broadcasts the sum to the tensor's shape. Those that are
 * zero but for a few places are added there, to the sum of the others.
 */
function accumulate(gradients: readonly Tensor[], shape: Shape): Tensor {
  const [first, ...rest] = gradients
    .filter((each) => !sparse(each))
    .sort((a, b) => elements(a.shape) - elements(b.shape));
  if (first === undefined) return gradients.reduce((sumSoFar, each) => add(sumSoFar, each));
  const dense = rest.reduce((sumSoFar, each) => add(sumSoFar, each), first);
  return gradients.reduce(
    (sumSoFar, each) => {
      const [x, values] = sparse(each) ?? [];
      return x && values ? atMaximum(x, values, sumSoFar) : sumSoFar;
    },
    dense.shape.join() === shape.join() ? dense : broadcast(dense, shape),
  );
}

/** The tensors that depend on one of `sources`. */
function dependents(order: readonly Tensor[], sources: readonly Tensor[]): Set<Tensor> {
  const active = new Set(sources);
  for (const tensor of order) {
    const { source } = tensor;
    if (source.kind === 'application' && source.application.inputs.some((each) => active.has(each))) {
      active.add(tensor);
    }
  }
  return active;
}

/**
 * The gradients of a scalar with respect to each tensor of `sources`; zero where it does not depend on one.
 * @throws GraphError where `loss` is not a scalar, or an operation's rule gives the wrong number of gradients
 * @example
 * const w = input('w', [3]);
 * const [gradient] = gradients(reshape(sum(square(w), [0]), []), [w]);
 * interpret([gradient], { w: [1, 2, 3] })[0].data; // [2, 4, 6]
 */
export function gradients(loss: Tensor, sources: readonly Tensor[]): Tensor[] {
  if (loss.shape.length > 0) throw new GraphError(`gradients: the loss has shape [${loss.shape}], not []`);
  const order = topologicalOrder([loss]);
  const active = dependents(order, sources);
  const wanted = new Set(sources);
  const found = new Map<Tensor, Tensor>();
  const pending = new Map<Tensor, Tensor[]>([[loss, [constant(1)]]]);
  for (const tensor of order.reverse()) {
    const parts = pending.get(tensor);
    if (!active.has(tensor) || parts === undefined) continue;
    pending.delete(tensor);
    const gradient = accumulate(parts, tensor.shape);
    if (wanted.has(tensor)) found.set(tensor, gradient);
    if (tensor.source.kind !== 'application') continue;
    const { application } = tensor.source;
    const handed = application.operation.gradient(application, gradient);
    if (handed.length !== application.inputs.length) {
      throw new GraphError(`${application.operation.name}: the rule gives ${handed.length} gradients`);
    }
    application.inputs.forEach((each, i) => {
      const part = handed[i];
      if (part === null || !active.has(each)) return;
      const waiting = pending.get(each) ?? [];
      pending.set(each, waiting);
      waiting.push(undoBroadcast(part!, each.shape));
    });
  }
  return sources.map((each) => found.get(each) ?? broadcast(constant(0), each.shape));
}
