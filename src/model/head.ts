/**
 * Heads: how 37 logits become weighted vote fractions.
 *
 * `sigmoid` treats each answer by itself. The others share each question out among its answers, p, and multiply it by the
 * answer that leads to it, from Q1 on, so that every sum of the tree is kept:
 *
 * - `tree` is the challenge's winner's (Dieleman 2014): p = c / Σc, c = relu(z). There, a question whose logits are all ≤ 0
 *   gives zeros, breaks its sum and gets no gradient ever again. Here c = relu(z) + softmax(z) / 100: such a question falls
 *   back on its softmax, gradients are at most 100 times a softmax's, and any share can still be reached.
 * - `softmax`: p = softmax(z).
 */
import { add, divide, multiply, relu, sigmoid } from '../engine/graph/elementwise.ts';
import { softmax, sum } from '../engine/graph/reduce.ts';
import { concatenate, slice } from '../engine/graph/shape.ts';
import { constant, type Tensor } from '../engine/graph/tensor.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';

/** The heads by name. */
export const HEADS = ['sigmoid', 'tree', 'softmax'] as const;
export type Head = (typeof HEADS)[number];

const SMALLEST_SUM = 1e-12;
const LEAK = 0.01;

/** A question's logits as shares of its answers. */
type Shares = (logits: Tensor, axis: number) => Tensor;

const safeShares: Shares = (logits, axis) => {
  const positive = add(relu(logits), multiply(softmax(logits, axis), constant(LEAK)));
  return divide(positive, sum(positive, [axis]));
};

const winnersShares: Shares = (logits, axis) => {
  const positive = relu(logits);
  return divide(positive, add(sum(positive, [axis]), constant(SMALLEST_SUM)));
};

/** Shares each question out and multiplies it by the final fraction of the answer that leads to it. */
function downTheTree(logits: Tensor, axis: number, shares: Shares): Tensor {
  const columns: Tensor[] = [];
  for (const { start, end, parents } of GALAXY_ZOO_2.questions) {
    const ofQuestion = shares(slice(logits, axis, start, end), axis);
    const [first, ...others] = parents.map((parent) => columns[parent]!);
    const weighted = first === undefined ? ofQuestion : multiply(ofQuestion, others.reduce(add, first));
    for (let i = 0; i < end - start; i++) columns.push(slice(weighted, axis, i, i + 1));
  }
  return concatenate(columns, axis);
}

/**
 * Weighted vote fractions from logits.
 * @param logits [37, N] or [N, 37]
 * @param axis the one of the 37
 * @example headFractions('softmax', input('logits', [37, 96]), 0) // [37, 96]
 */
export function headFractions(head: Head, logits: Tensor, axis: 0 | 1): Tensor {
  if (head === 'sigmoid') return sigmoid(logits);
  return downTheTree(logits, axis, head === 'tree' ? safeShares : softmax);
}

/**
 * The winner's head to the letter, dead questions included: with p = c / (Σc + 1e-12), c = relu(z). To train, take
 * {@link headFractions}.
 * @param logits [37, N] or [N, 37]
 * @param axis the one of the 37
 * @example treeHead(input('logits', [37, 96]), 0) // [37, 96]
 */
export function treeHead(logits: Tensor, axis: 0 | 1): Tensor {
  return downTheTree(logits, axis, winnersShares);
}
