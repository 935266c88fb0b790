/**
 * Estimates the memory of a running graph from the shapes and lifetimes of its tensors. Nothing is allocated.
 *
 * Like ONNX Runtime, it executes depth-first, from the last result back; it writes a result over an operand of the same size
 * that is no longer needed, and it stores a view together with its tensor.
 */
import { elements, type Tensor, topologicalOrder } from './tensor.ts';

/** Bytes. Arrays that are fed and fetched belong to the caller and are not counted. */
export interface GraphMemory {
  /** Constants in the written model. */
  constants: number;
  /** Results that depend on constants alone: computed when the model is loaded. */
  folded: number;
  /** Constants, and results of constants, that each run needs. */
  kept: number;
  /** The peak of intermediate results. */
  results: number;
}

const BYTES = 4;
const bytesOf = ({ shape }: Tensor): number => BYTES * elements(shape);

const inputsOf = ({ source }: Tensor): readonly Tensor[] =>
  source.kind === 'application' ? source.application.inputs : [];
const storageOf = ({ source }: Tensor) =>
  source.kind === 'application' ? source.application.operation.storage : undefined;

/** The computed tensors in the order of ONNX Runtime. */
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

function peakOf(executed: readonly Tensor[], outputs: ReadonlySet<Tensor>): number {
  /** For a tensor that shares memory: the tensor it shares it with. */
  const home = new Map<Tensor, Tensor>();
  const homeOf = (tensor: Tensor): Tensor => {
    const other = home.get(tensor);
    return other === undefined ? tensor : homeOf(other);
  };
  /** How many times a tensor's memory will still be read. */
  const uses = new Map<Tensor, number>();
  for (const tensor of executed) {
    if (storageOf(tensor) === 'view' && !outputs.has(tensor)) home.set(tensor, inputsOf(tensor)[0]!);
    for (const each of inputsOf(tensor)) uses.set(homeOf(each), (uses.get(homeOf(each)) ?? 0) + 1);
  }
  const isHeld = new Set(executed.filter((tensor) => !outputs.has(tensor)));
  const size = (place: Tensor) => (isHeld.has(place) ? bytesOf(place) : 0);
  let [live, peak] = [0, 0];
  for (const tensor of executed) {
    const operands = inputsOf(tensor).map(homeOf);
    if (!home.has(tensor)) {
      const inPlace =
        storageOf(tensor) === 'inPlace' && !outputs.has(tensor)
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
 * The memory of a graph that ONNX Runtime runs on a CPU.
 * @example
 * const x = input('x', [1000]);
 * graphMemory([exp(add(x, 1))]); // { constants: 4, folded: 0, kept: 4, results: 4000 }
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
