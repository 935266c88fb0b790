/** The exports of the engine that are the same in Node and in a page. */
export { averagePool, convolution, maxPool } from './graph/convolution.ts';
export { depthwise, depthwiseKernels } from './graph/depthwise.ts';
export {
  add,
  clip,
  divide,
  equal,
  exp,
  greaterEqual,
  isPositive,
  log,
  log1p,
  logRising,
  maximum,
  multiply,
  negative,
  relu,
  sigmoid,
  softplus,
  sqrt,
  square,
  subtract,
} from './graph/elementwise.ts';
export { fold } from './graph/fold.ts';
export { gradients } from './graph/gradient.ts';
export { interpret } from './graph/interpret.ts';
export { matmul } from './graph/matmul.ts';
export { type GraphMemory, graphMemory } from './graph/memory.ts';
export { operations } from './graph/operations.ts';
export { broadcastTo, max, mean, softmax, sum, sumOfProducts, sumOfSquares } from './graph/reduce.ts';
export { concatenate, flip, pad, reshape, slice, transpose } from './graph/shape.ts';
export {
  constant,
  type Gradients,
  GraphError,
  input,
  type Operand,
  type Operation,
  operation,
  type Shape,
  type Tensor,
} from './graph/tensor.ts';
export type { ConvolutionMethod } from './nn/convolution.ts';
export type { Compile, Examples, FitEpoch, FitOptions, Fitted } from './nn/fit.ts';
export { constantState, inferenceBuild } from './nn/inference.ts';
export type { Build, Parameter, Value } from './nn/layer.ts';
export { LAYERS, type LayerDescription } from './nn/layers.ts';
export { type FeatureMap, HWCN, type Layout, NCHW } from './nn/layout.ts';
export { LOSSES } from './nn/loss.ts';
export { type Layer, Network, type NetworkDescription } from './nn/network.ts';
export { OPTIMIZERS } from './nn/optimizer.ts';
export { SCHEDULES, warmUp } from './nn/schedule.ts';
export { type SpectralPlan, spectralConvolution } from './nn/spectral.ts';
export { type StepOptions, TrainingStep, trainingStep } from './nn/trainingStep.ts';
export { type OnnxOptions, writeOnnx } from './onnx/write.ts';
export { Program } from './runtime/program.ts';
