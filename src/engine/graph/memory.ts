/**
 * The memory that a graph takes when it runs, from the shapes and the lifetimes of its tensors. Nothing is run, and no number
 * of it is computed: a graph that fits no machine can be measured too.
 *
 * It follows ONNX Runtime: its order, depth first from the last result back; a result that takes the place of an operand of
 * its size that nobody needs any more; reshaping, which moves nothing.
 */
import { elements, type Tensor, topologicalOrder } from './tensor.ts';

/** What a graph takes, in bytes. What is fed and fetched is the caller's, and not in it. */
export interface GraphMemory {
  /** Constants as they are written into the model. */
  constants: number;
  /** What follows from constants alone: it is computed when the model is loaded, and all of it is there at once. */
  folded: number;
  /** Constants, and what follows from them, that a run needs: they stay. */
  kept: number;
  /** The most that intermediate results take at a time. */
  results: number;
}

const BYTES = 4;
const bytesOf = ({ shape }: Tensor): number => BYTES * elements(shape);

/** Operations whose result may take the place of an operand. */
const IN_PLACE: ReadonlySet<string> = new Set([
  'add',
  'subtract',
  'multiply',
  'divide',
  'negate',
  'relu',
  'sigmoid',
  'softplus',
  'exponential',
  'logarithm',
  'squareRoot',
  'square',
  'clip',
  'atMaximum',
]);

const inputsOf = ({ source }: Tensor): readonly Tensor[] =>
  source.kind === 'application' ? source.application.inputs : [];
const operationOf = ({ source }: Tensor): string =>
  source.kind === 'application' ? source.application.operation.name : source.kind;

/** The computed tensors in the order in which ONNX Runtime computes them. */
function executionOrder(order: readonly Tensor[], computed: ReadonlySet<Tensor>): Tensor[] {
  const position = new Map(order.map((tensor, i) => [tensor, i]));
  const used = new Set([...computed].flatMap(inputsOf));
  const executed: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack = order
    .filter((tensor) => computed.has(tensor) && !used.has(tensor))
    .map((tensor) => ({ tensor, isReady: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { tensor, isReady } = top;
    if (isReady) executed.push(tensor);
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    stack.push({ tensor, isReady: true });
    const inputs = inputsOf(tensor).filter((each) => computed.has(each));
    inputs.sort((a, b) => position.get(a)! - position.get(b)!);
    stack.push(...inputs.map((each) => ({ tensor: each, isReady: false })));
  }
  return executed;
}

/** The most bytes of intermediate results at a time. */
function peakOf(executed: readonly Tensor[], outputs: ReadonlySet<Tensor>): number {
  /** The tensor whose memory a tensor's numbers lie in. */
  const home = new Map<Tensor, Tensor>();
  const homeOf = (tensor: Tensor): Tensor => {
    const other = home.get(tensor);
    return other === undefined ? tensor : homeOf(other);
  };
  /** How often the numbers in a place are still to be read. */
  const uses = new Map<Tensor, number>();
  for (const tensor of executed) {
    if (operationOf(tensor) === 'reshape' && !outputs.has(tensor)) home.set(tensor, inputsOf(tensor)[0]!);
    for (const each of inputsOf(tensor)) uses.set(homeOf(each), (uses.get(homeOf(each)) ?? 0) + 1);
  }
  const isHeld = new Set(executed.filter((tensor) => !outputs.has(tensor)));
  const size = (place: Tensor) => (isHeld.has(place) ? bytesOf(place) : 0);
  let [live, peak] = [0, 0];
  for (const tensor of executed) {
    const operands = inputsOf(tensor).map(homeOf);
    if (!home.has(tensor)) {
      const inPlace =
        IN_PLACE.has(operationOf(tensor)) && !outputs.has(tensor)
          ? operands.find(
              (each) => isHeld.has(each) && uses.get(each) === 1 && bytesOf(each) === bytesOf(tensor),
            )
          : undefined;
      if (inPlace) {
        home.set(tensor, inPlace);
        uses.set(inPlace, 1 + (uses.get(tensor) ?? 0));
      } else {
        live += size(tensor);
      }
    }
    peak = Math.max(peak, live);
    for (const each of operands) {
      const left = uses.get(each)! - 1;
      uses.set(each, left);
      if (left === 0) live -= size(each);
    }
  }
  return peak;
}

/**
 * The memory that a graph takes when ONNX Runtime runs it on a processor.
 * @example
 * const x = input('x', [1000]);
 * graphMemory([exponential(add(x, constant(1)))]); // { constants: 4, folded: 0, kept: 4, results: 4000 }
 */
export function graphMemory(outputs: readonly Tensor[]): GraphMemory {
  const order = topologicalOrder(outputs);
  const computed = new Set<Tensor>();
  for (const tensor of order) {
    if (tensor.source.kind === 'input' || inputsOf(tensor).some((each) => computed.has(each)))
      computed.add(tensor);
  }
  const total = (tensors: Iterable<Tensor>) => [...tensors].reduce((sum, each) => sum + bytesOf(each), 0);
  const fixed = order.filter((tensor) => !computed.has(tensor));
  const isApplied = ({ source }: Tensor) => source.kind === 'application';
  const isNeeded = new Set([...outputs, ...[...computed].flatMap(inputsOf)]);
  const run = new Set([...computed].filter(isApplied));
  return {
    constants: total(fixed.filter((each) => !isApplied(each))),
    folded: total(fixed.filter(isApplied)),
    kept: total(fixed.filter((each) => isNeeded.has(each))),
    results: peakOf(executionOrder(order, run), new Set(outputs)),
  };
}
