/** Tuning Fork's API at a glance. Each export is documented, with an example, where it stands. */

// Tables and pictures of galaxies
export { type CatalogueOptions, openCatalogue, openImages } from './catalogue/catalogue.node.ts';
export { nameImages } from './catalogue/images.ts';
export { type Catalogue, describeSource, type Galaxy } from './catalogue/join.ts';
export { readSolutions } from './catalogue/solutions.node.ts';
export { parseSolutions, type Solutions } from './catalogue/solutions.ts';
export { splitGalaxies } from './catalogue/split.ts';
export { writeSubmission } from './catalogue/submission.node.ts';
export type { Prediction } from './catalogue/submission.ts';
export { LocatedError, UserError } from './errors.ts';
// What is done with them
export { alignTables } from './evaluate/align.ts';
export { type Evaluation, evaluatePredictions, formatEvaluation } from './evaluate/evaluation.ts';
export { ablationCam, layerNames } from './explain/ablationCam.node.ts';
export { listSource, readReference } from './files/source.node.ts';
export { averagePool, convolution, maxPool } from './graph/convolution.ts';
// The engine: graphs of tensors, their gradients, ONNX
export * from './graph/elementwise.ts';
export { fold } from './graph/fold.ts';
export { gradients } from './graph/gradient.ts';
export { interpret } from './graph/interpret.ts';
export { matmul } from './graph/matmul.ts';
export { writeOnnx } from './graph/onnx.ts';
export { operations } from './graph/operations.ts';
export { broadcast, largest, mean, sum, sumOfSquares, total } from './graph/reduce.ts';
export { concatenate, flip, interleave, pad, phases, reshape, slice, transpose } from './graph/shape.ts';
export { constant, GraphError, input, type Tensor } from './graph/tensor.ts';
export { augmentation, testViews } from './image/augmentation.ts';
export { augustPixels } from './image/august.ts';
export { decodeFrame, readFrame } from './image/decode.node.ts';
export { packImages, TooManyBadImages } from './image/pack.node.ts';
export { toRecord } from './image/record.ts';
export { ImageStore } from './image/store.node.ts';
export { NEUTRAL_VIEW, type View } from './image/view.ts';
export { ImageWorkers } from './image/workers.node.ts';
// Networks
export { treeHead } from './networks/head.ts';
export { describeNetwork, networkNames } from './networks/networks.ts';
export { openRun, type TrainedNetwork } from './networks/run.node.ts';
export { Network, type NetworkDescription } from './nn/network.ts';
export { cosine, cosineWarmRestarts } from './nn/schedule.ts';
export { spectralConvolution } from './nn/spectral.ts';
export { exportOnnx } from './predict/export.ts';
export { predict } from './predict/predict.node.ts';
export { availableDevices, compile, type Device } from './runtime/device.node.ts';
export { Program } from './runtime/program.ts';
export { type TrainingConfig, trainingSchema } from './train/config.ts';
export { TrainingDiverged, type TrainingObserver, train } from './train/train.node.ts';
// The decision tree of Galaxy Zoo 2
export { COLUMN_COUNT, COLUMNS, type Column, CSV_HEADER, columnNamed } from './tree/columns.ts';
export { conditionalFractions, projectOntoTree, weightedFractions } from './tree/conditional.ts';
export { QUESTIONS, type Question } from './tree/questions.ts';
export { leadingAnswer, leadingRoute } from './tree/route.ts';
export { type BrokenSum, brokenSums } from './tree/sums.ts';
