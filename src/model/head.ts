/**
 * Heads turn logits into weighted vote fractions.
 *
 * `sigmoid` treats each answer by itself. The others compute the share p of each answer in its question and multiply it by
 * the fraction of the answers that lead to the question, from the first question down, so that every sum of the tree is satisfied:
 *
 * - `softmax`: p = softmax(z).
 * - `tree` follows the winner of the challenge (Dieleman 2014): p = c / Σc, c = relu(z). In the original, a question whose
 *   logits are all ≤ 0 gives zeros, breaks its sum and never receives a gradient again. Here c = relu(z) + softmax(z) / 100: the
 *   shares of such a question are its softmax, and gradients are at most 100 times those of a softmax.
 */
import { add, divide, multiply, relu, sigmoid } from '../engine/graph/elementwise.ts';
import { softmax, sum } from '../engine/graph/reduce.ts';
import { concatenate, slice } from '../engine/graph/shape.ts';
import type { Tensor } from '../engine/graph/tensor.ts';
import type { Tree } from '../tree/tree.ts';

export const HEADS = ['sigmoid', 'tree', 'softmax'] as const;
export type Head = (typeof HEADS)[number];

const LEAK = 0.01;

/** The shares of a question's answers from their logits. */
type Shares = (logits: Tensor, axis: number) => Tensor;

const treeShares: Shares = (logits, axis) => {
  const positive = add(relu(logits), multiply(softmax(logits, axis), LEAK));
  return divide(positive, sum(positive, axis, { keepDims: true }));
};

/** Multiplies the shares of each question by the fraction of the answers that lead to it. */
export function downTheTree({ questions }: Tree, logits: Tensor, axis: number, shares: Shares): Tensor {
  const columns: Tensor[] = [];
  for (const { start, end, parents } of questions) {
    const ofQuestion = shares(slice(logits, axis, start, end), axis);
    const [first, ...others] = parents.map((parent) => columns[parent]!);
    const weighted = first === undefined ? ofQuestion : multiply(ofQuestion, others.reduce(add, first));
    for (let i = 0; i < end - start; i++) columns.push(slice(weighted, axis, i, i + 1));
  }
  return concatenate(columns, axis);
}

/**
 * Weighted vote fractions from logits.
 * @param logits `[answers, N]` or `[N, answers]`
 * @param axis the axis of the answers
 * @example headFractions(GALAXY_ZOO_2, 'softmax', input('logits', [37, 96]), 0) // [37, 96]
 */
export function headFractions(tree: Tree, head: Head, logits: Tensor, axis: 0 | 1): Tensor {
  if (head === 'sigmoid') return sigmoid(logits);
  return downTheTree(tree, logits, axis, head === 'tree' ? treeShares : softmax);
}
