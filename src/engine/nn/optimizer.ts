/** Optimizers. To add one, write its record in a file of its own and name it here. */
import type { Tensor } from '../graph/tensor.ts';
import { adam, adamw } from './adam.ts';
import { sgd } from './sgd.ts';

export interface ParameterState {
  parameter: Tensor;
  moments: readonly Tensor[];
}

export interface UpdateOptions {
  /** λ; 0 for none. */
  weightDecay: number;
  /** Multiplies the learning rate of this parameter. */
  rateFactor: number;
}

/** The record of an optimizer; `Rate` names the scalars that it computes from the learning rate. */
export interface Optimizer<Rate extends string = string> {
  /** λ, unless one is given. */
  readonly weightDecay: number;
  /** Prefixes of the names under which a parameter's moments are saved. Moments start at 0. */
  readonly moments: readonly string[];
  /** Scalars of a step (from 1), computed in double precision. */
  rates(learningRate: number, step: number): Readonly<Record<Rate, number>>;
  /** One step. @param rates tensors [] */
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
