/** Optimizers. To add one, write its record in its own file and list it here. */
import type { Tensor } from '../graph/tensor.ts';
import { adam, adamw } from './adam.ts';
import { sgd } from './sgd.ts';

interface ParameterState {
  parameter: Tensor;
  moments: readonly Tensor[];
}

interface UpdateOptions {
  /** λ; 0 means no decay. */
  weightDecay: number;
  /** Multiplies the learning rate of this parameter. */
  rateFactor: number;
}

/** The record of an optimizer. `Rate` names the scalars that it computes from the learning rate. */
export interface Optimizer<Rate extends string = string> {
  /** The default λ. */
  readonly weightDecay: number;
  /** Prefixes of the names of a parameter's moments in the training state. Moments start at 0. */
  readonly moments: readonly string[];
  /** The scalars of a step, counted from 1, in double precision. */
  rates(learningRate: number, step: number): Readonly<Record<Rate, number>>;
  /** The parameter and its moments after a step. @param rates scalars, [] each */
  update(
    state: ParameterState,
    gradient: Tensor,
    rates: Readonly<Record<Rate, Tensor>>,
    options: UpdateOptions,
  ): ParameterState;
}

/** The optimizers by name. @example OPTIMIZERS.adamw.weightDecay // 0.01 */
export const OPTIMIZERS = { adam, adamw, sgd };

export type OptimizerName = keyof typeof OPTIMIZERS;
