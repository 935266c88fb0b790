/** Tuning Fork's API at a glance. Each export is documented, with an example, where it stands. @module tuningfork */

// Tables and pictures of galaxies

export type { NamedImage } from './data/images.ts';
export { type Catalogue, describeSource, type Galaxy } from './data/join.ts';
export { parseSolutions, type Solutions } from './data/solutions.ts';
export { splitGalaxies } from './data/split.ts';
export type { Prediction } from './data/submission.ts';
export { LocatedError, OutOfMemory, UserError } from './errors.ts';
export type { FileReference } from './files/reference.ts';
export { type CatalogueOptions, openCatalogue, openImages } from './node/data/openCatalogue.ts';
export { readSolutions } from './node/data/readSolutions.ts';
export { writeSubmission } from './node/data/writeSubmission.ts';
export { listSource, readReference } from './node/files/source.ts';
export { decodeFrame, readFrame } from './node/pictures/decode.ts';
export { packImages } from './node/pictures/pack.ts';
export { ImageStore } from './node/pictures/store.ts';
export { ImageWorkers } from './node/pictures/workers.ts';
export { augmentation, augustAugmentation, testViews } from './picture/augmentation.ts';
export { type AugustView, augustPixels } from './picture/august.ts';
export { adjustColour, type Colour } from './picture/colour.ts';
export { toRecord } from './picture/record.ts';
export { TooManyBadImages } from './picture/unreadable.ts';
export { NEUTRAL_VIEW, type View } from './picture/view.ts';

// The decision tree of Galaxy Zoo 2

export { conditionalFractions, projectOntoTree, weightedFractions } from './tree/conditional.ts';
export { leadingAnswer, leadingRoute } from './tree/route.ts';
export { type BrokenSum, brokenSums, meanSumError } from './tree/sums.ts';
export { GALAXY_ZOO_2 } from './tree/surveys/galaxyZoo2.ts';
export {
  type Column,
  columnNamed,
  defineTree,
  type Question,
  type Tree,
  type TreeData,
} from './tree/tree.ts';

// Training, comparing, predicting, measuring, explaining

export { alignTables } from './evaluate/align.ts';
export { type Interval, type Resampling, rmseInterval } from './evaluate/bootstrap.ts';
export { type AnswerCalibration, type Calibration, calibrate } from './evaluate/calibration.ts';
export { centralPixelPredictions, centralPixelRmse, readCentralColours } from './evaluate/centralPixels.ts';
export { type EnsembleScores, scoreEnsemble, type Weighting } from './evaluate/ensembleScores.ts';
export { type EnsembleModel, gatherModels, weightedMean } from './evaluate/ensembleTables.ts';
export { type Evaluation, evaluatePredictions } from './evaluate/evaluation.ts';
export { comparePredictions, type PairedComparison, signFlipTest } from './evaluate/paired.ts';
export { type QuestionReport, questionReports } from './evaluate/questions.ts';
export { galaxySquaredErrors, meanPredictorRmse, type RmseScores, rmseScores } from './evaluate/rmse.ts';
export { type TreeSums, treeSums } from './evaluate/treeSums.ts';
export type { EpochMetrics, TaskEvent, TaskOptions } from './events.ts';
export { type Ablation, ablationMap, ablationWeights } from './explain/ablation.ts';
export {
  AblationCam,
  type AblationMap,
  ablationCam,
  layerNames,
  shownLayers,
} from './explain/ablationCam.ts';
export { decidingAnswer, parseAnswer } from './explain/answers.ts';
export type { Deletion } from './explain/deletion.ts';
export { type ExplainPicturesOptions, explain } from './explain/explain.ts';
export { Explainer, type ExplainOptions } from './explain/explainer.ts';
export {
  type AnswerExplanation,
  type Explanation,
  explanationDocument,
  type LayerExplanation,
} from './explain/explanation.ts';
export type { HeatMap } from './explain/heatMap.ts';
export { drawCrop } from './explain/views.ts';
export { exportOnnx } from './predict/export.ts';
export {
  type GalaxyImage,
  type GalaxyPrediction,
  type PredictOptions,
  predict,
} from './predict/predict.ts';
export { predictTable } from './predict/table.ts';
export { type LabelledGalaxyImage, VIEW_COUNTS, viewCurve } from './predict/viewCurve.ts';
export type { ViewCurvePoint } from './predict/viewStatistics.ts';
export { type TrainingOutcome, type TrainOptions, train } from './run/train.node.ts';
export { type CompareOptions, compare } from './tasks/compare.ts';
export type { ComparisonPlan, Variant } from './tasks/plan.ts';
export { type TrainingConfig, trainingSchema } from './train/config.ts';
export { type LoopEvent, type Training, TrainingDiverged, trainingLoop } from './train/loop.ts';

// Networks and their weights

export type { AttentionDescription } from './engine/nn/attention.ts';
export type { ConvolutionMethod } from './engine/nn/convolution.ts';
export { constantState, inferenceBuild } from './engine/nn/inference.ts';
export type { Build, Parameter, Value } from './engine/nn/layer.ts';
export type { LayerDescription } from './engine/nn/layers.ts';
export { type FeatureMap, HWCN, type Layout, NCHW } from './engine/nn/layout.ts';
export { binaryCrossEntropy, binaryCrossEntropyOfLogits, meanSquaredError } from './engine/nn/loss.ts';
export { type Layer, Network, type NetworkDescription } from './engine/nn/network.ts';
export { constantRate, cosine, cosineWarmRestarts, warmUp } from './engine/nn/schedule.ts';
export { type SpectralPlan, spectralConvolution } from './engine/nn/spectral.ts';
export { decodeSafetensors, encodeSafetensors, type StoredTensor } from './files/safetensors.ts';
export { parseNetwork } from './model/description.ts';
export { GalaxyNetwork, type GalaxyNetworkDescription } from './model/galaxyNetwork.ts';
export { type Head, headFractions, treeHead } from './model/head.ts';
export { inferenceGraph } from './model/inference.ts';
export { describeLayers, type LayerSummary, type NetworkSummary } from './model/layers.ts';
export { encodeModel, type Model, networkOf, type Provenance, readModel } from './model/model.ts';
export { describeNetwork, type NetworkOptions, networkNames, networkSummary } from './model/networks.ts';
export { openNetwork } from './model/openNetwork.node.ts';
export { checkWeights, stateDictionary } from './model/weights.ts';
export { openModel, openRun, readMetrics } from './tasks/open.ts';

// Charts and pages, drawn from plain data

export { nodeDrawing } from './node/drawing/document.ts';
export { pngOfSheet, pngOfSvg } from './node/drawing/pixels.ts';
export {
  type ComparedRun,
  type Comparison,
  compareVariants,
  comparisonMarkdown,
  formatComparison,
} from './report/comparison.ts';
export { comparisonPage } from './report/comparisonPage.ts';
export { type NetworkDiagram, networkDiagram } from './report/diagram.ts';
export { formatEnsemble } from './report/ensembleText.ts';
export { formatDetails, formatEvaluation } from './report/evaluationText.ts';
export { explanationSheet } from './report/explanationSheet.ts';
export { classExamples, labelStatistics } from './report/labels.ts';
export { type RunReport, runPage } from './report/runPage.ts';
export { viewCurveChart } from './report/viewCurveChart.ts';
export { writeRunReport } from './run/page.node.ts';
export { writeTensorBoard } from './run/tensorboard.ts';

// The engine: graphs of tensors, their gradients, ONNX, and running it

export { averagePool, convolution, maxPool } from './engine/graph/convolution.ts';
export {
  add,
  clip,
  divide,
  exp,
  greaterEqual,
  isPositive,
  log,
  maximum,
  multiply,
  negative,
  relu,
  sigmoid,
  softplus,
  sqrt,
  square,
  subtract,
} from './engine/graph/elementwise.ts';
export { fold } from './engine/graph/fold.ts';
export { gradients } from './engine/graph/gradient.ts';
export { interpret } from './engine/graph/interpret.ts';
export { matmul } from './engine/graph/matmul.ts';
export { type GraphMemory, graphMemory } from './engine/graph/memory.ts';
export { operations } from './engine/graph/operations.ts';
export { broadcastTo, max, mean, softmax, sum, sumOfSquares } from './engine/graph/reduce.ts';
export { concatenate, flip, pad, reshape, slice, transpose } from './engine/graph/shape.ts';
export { constant, GraphError, input, type Shape, type Tensor } from './engine/graph/tensor.ts';
export { type OnnxOptions, writeOnnx } from './engine/onnx/write.ts';
export { describeMemory, type MemoryEstimate } from './engine/runtime/memory.ts';
export { Program } from './engine/runtime/program.ts';
export { nodePlatform } from './node/platform.ts';
export { availableDevices, compile } from './node/runtime/device.ts';
export { describePlacement } from './node/runtime/profile.ts';
export type { Device, Files, PictureReader, Placement, Platform } from './platform.ts';
