/**
 * Reverse-mode differentiation ("Automatic Differentiation in Machine Learning: a Survey", Baydin et al. 2018): from the loss
 * backwards, the rule of each operation turns the gradient of the output into gradients of the inputs. This driver sums the
 * gradients of a tensor and broadcasts or reduces them to its shape, so that the rules need not.
 */
import { add, multiply } from './elementwise.ts';
import { broadcastTo, sum, sumOfProducts } from './reduce.ts';
import { reshape } from './shape.ts';
import {
  type Addition,
  constant,
  elements,
  GraphError,
  list,
  type Shape,
  type Tensor,
  topologicalOrder,
} from './tensor.ts';

/** Sums over axes, which stay. A product is summed over the last axes in one operation, which need not store it. */
function sumOver(gradient: Tensor, axes: readonly number[]): Tensor {
  const { source, shape } = gradient;
  const areLast = axes[0] === shape.length - axes.length;
  if (areLast && source.kind === 'application' && source.application.operation === multiply) {
    const [a, b] = source.application.inputs as [Tensor, Tensor];
    if ([a, b].every((each) => each.shape.join() === shape.join())) return sumOfProducts(a, b, axes);
  }
  return sum(gradient, axes, { keepDims: true });
}

/** Sums a gradient over the axes along which its tensor was broadcast. `accumulate` broadcasts axes of size 1. */
function undoBroadcast(gradient: Tensor, shape: Shape): Tensor {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => gradient.shape[axis] !== 1 && (axis < extra || shape[axis - extra] === 1));
  const summed = axes.length > 0 ? sumOver(gradient, axes) : gradient;
  return extra > 0 ? reshape(summed, summed.shape.slice(extra)) : summed;
}

/** The fast addition of a gradient that is zero almost everywhere; undefined for other gradients. */
const addition = ({ source }: Tensor): Addition | undefined =>
  source.kind === 'application' ? source.application.operation.addTo?.(source.application) : undefined;

/** Sums gradients, smallest first, and broadcasts the sum to the tensor's shape. Sparse gradients come last. */
function accumulate(gradients: readonly Tensor[], shape: Shape): Tensor {
  const [first, ...rest] = gradients
    .filter((each) => !addition(each))
    .sort((a, b) => elements(a.shape) - elements(b.shape));
  if (first === undefined) return gradients.reduce((total, each) => add(total, each));
  const dense = rest.reduce((total, each) => add(total, each), first);
  return gradients.reduce(
    (total, each) => addition(each)?.(total) ?? total,
    dense.shape.join() === shape.join() ? dense : broadcastTo(dense, shape),
  );
}

/** The tensors that depend on one of the sources, and the sources. */
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
 * The gradients of a scalar with respect to each tensor of `sources`, in its shape; zero if the scalar does not depend on it.
 * @throws GraphError if `loss` is not a scalar, or an operation's rule gives the wrong number of gradients
 * @example
 * const w = input('w', [3]);
 * const [gradient] = gradients(sum(square(w)), [w]);
 * interpret([gradient], { w: [1, 2, 3] })[0].data; // [2, 4, 6]
 */
export function gradients<const T extends readonly Tensor[]>(
  loss: Tensor,
  sources: T,
): { -readonly [K in keyof T]: Tensor } {
  if (loss.shape.length > 0)
    throw new GraphError(`gradients: the loss has shape ${list(loss.shape)}, not []`);
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
  return sources.map((each) => found.get(each) ?? broadcastTo(0, each.shape)) as {
    -readonly [K in keyof T]: Tensor;
  };
}
