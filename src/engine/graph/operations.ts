/** Every operation there is: `test/operations.test.ts` walks this table, and fails where an operation is not in it. */
import * as convolution from './convolution.ts';
import * as elementwise from './elementwise.ts';
import * as matmul from './matmul.ts';
import * as reduce from './reduce.ts';
import * as shape from './shape.ts';

/**
 * The records of all operations, by name.
 * @example operations.add.infer([[2, 3], [3]], {}); // [2, 3]
 */
export const operations = {
  add: elementwise.addOperation,
  subtract: elementwise.subtractOperation,
  multiply: elementwise.multiplyOperation,
  divide: elementwise.divideOperation,
  maximum: elementwise.maximumOperation,
  greaterOrEqual: elementwise.greaterOrEqualOperation,
  negate: elementwise.negateOperation,
  relu: elementwise.reluOperation,
  isPositive: elementwise.isPositiveOperation,
  sigmoid: elementwise.sigmoidOperation,
  softplus: elementwise.softplusOperation,
  exponential: elementwise.exponentialOperation,
  logarithm: elementwise.logarithmOperation,
  squareRoot: elementwise.squareRootOperation,
  square: elementwise.squareOperation,
  clip: elementwise.clipOperation,
  sum: reduce.sumOperation,
  sumOfSquares: reduce.sumOfSquaresOperation,
  reduceMaximum: reduce.reduceMaximumOperation,
  atMaximum: reduce.atMaximumOperation,
  broadcast: reduce.broadcastOperation,
  reshape: shape.reshapeOperation,
  transpose: shape.transposeOperation,
  slice: shape.sliceOperation,
  pad: shape.padOperation,
  concatenate: shape.concatenateOperation,
  flip: shape.flipOperation,
  matmul: matmul.matmulOperation,
  convolution: convolution.convolutionOperation,
  maxPool: convolution.maxPoolOperation,
  averagePool: convolution.averagePoolOperation,
} as const;

export type OperationName = keyof typeof operations;
