/**
 * The tree head of the challenge's winner (Dieleman 2014): ReLU, share each question's answers out, then multiply every
 * question by the answer that leads to it. With c = relu(z), p = c / (Σc + 1e-12) within a question, and from Q1 on each
 * question times the final value of its parent: every sum of the tree is kept.
 *
 * A question whose logits are all ≤ 0 gives zeros and no gradient.
 */
import { add, divide, multiply, relu } from '../graph/elementwise.ts';
import { sum } from '../graph/reduce.ts';
import { concatenate, slice } from '../graph/shape.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import { QUESTIONS } from '../tree/questions.ts';

const SMALLEST_SUM = 1e-12;

/**
 * Weighted vote fractions from logits.
 * @param logits [37, N] or [N, 37]
 * @param axis the one of the 37
 * @example treeHead(logits, 0) // [37, N]
 */
export function treeHead(logits: Tensor, axis: 0 | 1): Tensor {
  const columns: Tensor[] = [];
  for (const { start, end, parent } of QUESTIONS) {
    const positive = relu(slice(logits, axis, start, end));
    const shares = divide(positive, add(sum(positive, [axis]), constant(SMALLEST_SUM)));
    const weighted = parent === null ? shares : multiply(shares, columns[parent]);
    for (let i = 0; i < end - start; i++) columns.push(slice(weighted, axis, i, i + 1));
  }
  return concatenate(columns, axis);
}
