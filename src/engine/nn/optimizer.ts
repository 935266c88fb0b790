/** Optimizers. To add one, write its record in a file of its own and name it here. */
import type { Tensor } from '../graph/tensor.ts';
import { adam, adamw } from './adam.ts';
import { sgd } from './sgd.ts';

/** A parameter and its moments. */
export interface ParameterState {
  parameter: Tensor;
  moments: readonly Tensor[];
}

/** How a parameter is updated. */
export interface UpdateOptions {
  /** λ; 0 for none. */
  weightDecay: number;
  /** Multiplies the learning rate of this parameter. */
  rateFactor: number;
}

/** The record of an optimizer; `Rate` names what it needs of the learning rate. */
export interface Optimizer<Rate extends string = string> {
  /** λ, unless one is given. */
  readonly weightDecay: number;
  /** A parameter's moments are saved under its name behind these. They start at 0. */
  readonly moments: readonly string[];
  /** What depends on the number of the step, from 1, and not on the batch: computed in double precision. */
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
