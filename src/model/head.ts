/**
 * Heads turn logits into vote fractions.
 *
 * `sigmoid` treats each answer by itself. The others compute the share p of each answer in its question and multiply it by
 * the fraction of the answers that lead to the question, from the first question down, so that every sum of the tree is satisfied:
 *
 * - `softmax`: p = softmax(z).
 * - `tree` follows the winner of the challenge (Dieleman 2014): p = c / Σc, c = relu(z). In the original, a question whose
 *   logits are all ≤ 0 gives zeros, breaks its sum and never receives a gradient again. Here c = relu(z) + softmax(z) / 100: the
 *   shares of such a question are its softmax, and gradients are at most 100 times those of a softmax.
 * - `dirichlet`: p = α / Σα, the expected shares of a Dirichlet distribution with the concentrations α = 1 + 100 · sigmoid(z - 3).
 */
import { add, divide, log, maximum, multiply, relu, sigmoid } from '../engine/graph/elementwise.ts';
import { softmax, sum } from '../engine/graph/reduce.ts';
import { concatenate, slice } from '../engine/graph/shape.ts';
import type { Tensor } from '../engine/graph/tensor.ts';
import { ACTIVATIONS, LOSSES, type LossName } from '../engine/nn/loss.ts';
import type { Tree } from '../tree/tree.ts';

export const HEADS = ['sigmoid', 'tree', 'softmax', 'dirichlet'] as const;
export type Head = (typeof HEADS)[number];

const LEAK = 0.01;

/** The shares of a question's answers from their logits. */
type Shares = (logits: Tensor, axis: number) => Tensor;

const treeShares: Shares = (logits, axis) => {
  const positive = add(relu(logits), multiply(softmax(logits, axis), LEAK));
  return divide(positive, sum(positive, axis, { keepDims: true }));
};

const dirichletShares: Shares = (logits, axis) => {
  const concentrations = ACTIVATIONS.concentrations(logits, axis);
  return divide(concentrations, sum(concentrations, axis, { keepDims: true }));
};

const SHARES: Readonly<Record<Exclude<Head, 'sigmoid'>, Shares>> = {
  tree: treeShares,
  softmax,
  dirichlet: dirichletShares,
};

/** The heads that a loss can train; the first one is usual. @example headsOf('multinomial') // ['softmax', 'tree'] */
export function headsOf(loss: LossName): readonly Head[] {
  const { targets, activation } = LOSSES[loss];
  if (activation === 'concentrations') return ['dirichlet'];
  return targets === 'counts' ? ['softmax', 'tree'] : ['sigmoid', 'tree', 'softmax'];
}

/** The smallest argument of a logarithm. */
const SMALLEST = 1e-12;

/** Shares with p^(1/T) in place of p. For a softmax, this divides its logits by T. */
const tempered =
  (shares: Shares, temperature: number): Shares =>
  (logits, axis) =>
    softmax(divide(log(maximum(shares(logits, axis), SMALLEST)), temperature), axis);

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

/** How a network's head turns logits into predictions. */
export interface HeadOptions {
  head: Head;
  /** See `GalaxyNetworkDescription`. Default 1. */
  temperature?: number;
}

/**
 * Cumulative vote fractions from logits.
 * @param logits `[answers, N]` or `[N, answers]`
 * @param axis the axis of the answers
 * @example headFractions(GALAXY_ZOO_2, { head: 'softmax' }, input('logits', [37, 96]), 0) // [37, 96]
 */
export function headFractions(
  tree: Tree,
  { head, temperature = 1 }: HeadOptions,
  logits: Tensor,
  axis: 0 | 1,
): Tensor {
  if (head === 'sigmoid') return sigmoid(logits);
  const shares = SHARES[head];
  const isPlain = temperature === 1 || head === 'dirichlet'; // a temperature does not change expected shares
  return downTheTree(tree, logits, axis, isPlain ? shares : tempered(shares, temperature));
}

/**
 * The concentrations of a `dirichlet` head, of the logits' shape; undefined for other heads.
 * @example headConcentrations({ head: 'dirichlet' }, input('logits', [37, 96])) // [37, 96]
 */
export function headConcentrations(
  { head, temperature = 1 }: HeadOptions,
  logits: Tensor,
): Tensor | undefined {
  if (head !== 'dirichlet') return undefined;
  const concentrations = ACTIVATIONS.concentrations(logits, 0);
  return temperature === 1 ? concentrations : divide(concentrations, temperature);
}

/**
 * The input of a loss for counts, of the logits' shape: concentrations, or the shares within each question.
 * @throws RangeError for `sigmoid`, which has neither
 */
export function headDistribution({ questions }: Tree, head: Head, logits: Tensor, axis: 0 | 1): Tensor {
  const concentrations = headConcentrations({ head }, logits);
  if (concentrations) return concentrations;
  if (head === 'sigmoid') throw new RangeError('the head sigmoid has no shares within a question');
  const shares = questions.map(({ start, end }) => SHARES[head](slice(logits, axis, start, end), axis));
  return concatenate(shares, axis);
}
