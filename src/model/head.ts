/**
 * Heads turn logits into weighted vote fractions.
 *
 * `sigmoid` treats each answer by itself. The others compute the share p of each answer in its question and multiply it by
 * the fraction of the answers that lead to the question, from the first question on, so that every sum of the tree holds:
 *
 * - `tree` follows the winner of the challenge (Dieleman 2014): p = c / Σc, c = relu(z). In the original, a question whose
 *   logits are all ≤ 0 gives zeros, breaks its sum and never gets a gradient again. Here c = relu(z) + softmax(z) / 100: such
 *   a question falls back on its softmax, gradients are at most 100 times a softmax's, and any share can still be reached.
 * - `softmax`: p = softmax(z).
 */
import { add, divide, multiply, relu, sigmoid } from '../engine/graph/elementwise.ts';
import { softmax, sum } from '../engine/graph/reduce.ts';
import { concatenate, slice } from '../engine/graph/shape.ts';
import type { Tensor } from '../engine/graph/tensor.ts';
import type { Tree } from '../tree/tree.ts';

export const HEADS = ['sigmoid', 'tree', 'softmax'] as const;
export type Head = (typeof HEADS)[number];

const SMALLEST_SUM = 1e-12;
const LEAK = 0.01;
const KEEP = { keepDims: true };

/** The shares of a question's answers from their logits. */
type Shares = (logits: Tensor, axis: number) => Tensor;

const safeShares: Shares = (logits, axis) => {
  const positive = add(relu(logits), multiply(softmax(logits, axis), LEAK));
  return divide(positive, sum(positive, axis, KEEP));
};

const winnersShares: Shares = (logits, axis) => {
  const positive = relu(logits);
  return divide(positive, add(sum(positive, axis, KEEP), SMALLEST_SUM));
};

/** Multiplies the shares of each question by the final fraction of the answers that lead to it. */
function downTheTree({ questions }: Tree, logits: Tensor, axis: number, shares: Shares): Tensor {
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
  return downTheTree(tree, logits, axis, head === 'tree' ? safeShares : softmax);
}

/**
 * The winner's head unchanged: p = c / (Σc + 1e-12), c = relu(z), with questions that can stop learning. To train, use
 * {@link headFractions}.
 * @param logits `[answers, N]` or `[N, answers]`
 * @param axis the axis of the answers
 * @example treeHead(GALAXY_ZOO_2, input('logits', [37, 96]), 0) // [37, 96]
 */
export function treeHead(tree: Tree, logits: Tensor, axis: 0 | 1): Tensor {
  return downTheTree(tree, logits, axis, winnersShares);
}
