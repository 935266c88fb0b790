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
export { LocatedError, OutOfMemory, UserError } from './errors.ts';
export type { FileReference } from './files/reference.ts';
export { listSource, readReference } from './files/source.node.ts';
export { augmentation, augustAugmentation, testViews } from './image/augmentation.ts';
export { type AugustView, augustPixels } from './image/august.ts';
export { adjustColour, type Colour } from './image/colour.ts';
export { decodeFrame, readFrame } from './image/decode.node.ts';
export { packImages, TooManyBadImages } from './image/pack.node.ts';
export { toRecord } from './image/record.ts';
export { ImageStore } from './image/store.node.ts';
export { NEUTRAL_VIEW, type View } from './image/view.ts';
export { ImageWorkers } from './image/workers.node.ts';

// A simulated sky

export { FREE_SKY, parseSkyConfig, type SkyConfig } from './sky/config.ts';
export type { SkyObject } from './sky/object.ts';
export { drawObject, type FixedObject } from './sky/population.ts';
export { renderPicture } from './sky/render.ts';
export { voteFractions } from './sky/votes.ts';
export { type WriteSkyOptions, type WrittenSky, writeSky } from './sky/write.node.ts';

// The decision tree of Galaxy Zoo 2

export { COLUMN_COUNT, COLUMNS, type Column, CSV_HEADER, columnNamed } from './tree/columns.ts';
export { conditionalFractions, projectOntoTree, weightedFractions } from './tree/conditional.ts';
export { QUESTIONS, type Question } from './tree/questions.ts';
export { leadingAnswer, leadingRoute } from './tree/route.ts';
export { type BrokenSum, brokenSums, meanSumError } from './tree/sums.ts';

// Training, comparing, predicting, measuring, explaining

export { type CompareOptions, type ComparisonObserver, compare } from './compare/compare.node.ts';
export type { ComparisonPlan, Variant } from './compare/plan.ts';
export { alignTables } from './evaluate/align.ts';
export { type Interval, type Resampling, rmseInterval } from './evaluate/bootstrap.ts';
export { type AnswerCalibration, type Calibration, calibrate } from './evaluate/calibration.ts';
export { readCentralColours } from './evaluate/centralPixels.node.ts';
export { centralPixelPredictions, centralPixelRmse } from './evaluate/centralPixels.ts';
export { formatDetails } from './evaluate/details.ts';
export { type EnsembleScores, scoreEnsemble, type Weighting } from './evaluate/ensembleScores.ts';
export { type EnsembleModel, gatherModels, weightedMean } from './evaluate/ensembleTables.ts';
export { formatEnsemble } from './evaluate/ensembleText.ts';
export { type Evaluation, evaluatePredictions, formatEvaluation } from './evaluate/evaluation.ts';
export { exampleGalaxies } from './evaluate/exampleGalaxies.node.ts';
export { comparePredictions, type PairedComparison, signFlipTest } from './evaluate/paired.ts';
export { type QuestionReport, questionReports } from './evaluate/questions.ts';
export { galaxySquaredErrors, meanPredictorRmse, type RmseScores, rmseScores } from './evaluate/rmse.ts';
export { scoreReport } from './evaluate/scoreReport.ts';
export { type TreeSums, treeSums } from './evaluate/treeSums.ts';
export { type Ablation, ablationMap, ablationWeights } from './explain/ablation.ts';
export {
  AblationCam,
  type AblationMap,
  ablationCam,
  layerNames,
  shownLayers,
} from './explain/ablationCam.node.ts';
export { decidingAnswer, parseAnswer } from './explain/answers.ts';
export type { Deletion } from './explain/deletion.ts';
export { explanationDocument } from './explain/document.ts';
export { drawSheet } from './explain/drawSheet.node.ts';
export { type ExplainPicturesOptions, explain } from './explain/explain.node.ts';
export { Explainer, type ExplainOptions } from './explain/explainer.node.ts';
export type { AnswerExplanation, Explanation, LayerExplanation } from './explain/explanation.ts';
export type { HeatMap } from './explain/heatMap.ts';
export { exportOnnx } from './predict/export.ts';
export {
  type GalaxyImage,
  type GalaxyPrediction,
  type PredictOptions,
  predict,
} from './predict/predict.node.ts';
export { predictTable } from './predict/table.node.ts';
export { type LabelledGalaxyImage, VIEW_COUNTS, viewCurve } from './predict/viewCurve.node.ts';
export { type TrainingConfig, trainingSchema } from './train/config.ts';
export { readMetrics } from './train/folder.node.ts';
export type { EpochMetrics } from './train/metrics.ts';
export type { TrainingObserver, TrainOptions } from './train/observer.node.ts';
export { TrainingDiverged, type TrainingOutcome, train } from './train/train.node.ts';

// Networks and their weights

export { decodeSafetensors, encodeSafetensors, type StoredTensor } from './files/safetensors.ts';
export { parseNetwork } from './networks/description.ts';
export { GalaxyNetwork, type GalaxyNetworkDescription } from './networks/galaxyNetwork.ts';
export { type Head, headFractions, treeHead } from './networks/head.ts';
export { constantState, inferenceBuild, inferenceGraph } from './networks/inference.ts';
export { describeLayers, type LayerSummary, type NetworkSummary } from './networks/layers.ts';
export { describeNetwork, type NetworkOptions, networkNames, networkSummary } from './networks/networks.ts';
export { openNetwork } from './networks/open.node.ts';
export { openRun, type TrainedNetwork } from './networks/run.node.ts';
export { checkWeights, stateDictionary } from './networks/weights.ts';
export type { AttentionDescription } from './nn/attention.ts';
export type { ConvolutionMethod } from './nn/convolution.ts';
export { type FeatureMap, HWCN, type Layout, NCHW } from './nn/layout.ts';
export { binaryCrossEntropy, binaryCrossEntropyOfLogits, meanSquaredError } from './nn/loss.ts';
export type { Build, Parameter, Value } from './nn/module.ts';
export { type Layer, type LayerDescription, Network, type NetworkDescription } from './nn/network.ts';
export { constantRate, cosine, cosineWarmRestarts, warmUp } from './nn/schedule.ts';
export { type SpectralPlan, spectralConvolution } from './nn/spectral.ts';

// Charts and pages, drawn from plain data

export {
  type ComparedRun,
  type Comparison,
  compareVariants,
  comparisonMarkdown,
  formatComparison,
} from './report/comparison.ts';
export { comparisonPage } from './report/comparisonPage.ts';
export { type NetworkDiagram, networkDiagram } from './report/diagram.ts';
export { nodeDrawing } from './report/drawing.node.ts';
export { classExamples, labelStatistics } from './report/labels.ts';
export { runPage } from './report/runPage.ts';
export { writeRunReport } from './report/runReport.node.ts';
export type { RunReport } from './report/runReport.ts';
export { type ViewCurvePoint, viewCurveChart } from './report/viewCurveChart.ts';
export { writeTensorBoard } from './train/tensorboard.node.ts';

// The engine: graphs of tensors, their gradients, ONNX, and running it

export { averagePool, convolution, maxPool } from './graph/convolution.ts';
export {
  add,
  clip,
  divide,
  exponential,
  greaterOrEqual,
  isPositive,
  logarithm,
  maximum,
  multiply,
  negate,
  relu,
  sigmoid,
  softplus,
  square,
  squareRoot,
  subtract,
} from './graph/elementwise.ts';
export { fold } from './graph/fold.ts';
export { gradients } from './graph/gradient.ts';
export { interpret } from './graph/interpret.ts';
export { matmul } from './graph/matmul.ts';
export { type GraphMemory, graphMemory } from './graph/memory.ts';
export { type OnnxOptions, writeOnnx } from './graph/onnx.ts';
export { operations } from './graph/operations.ts';
export { broadcast, mean, reduceMaximum, softmax, sum, sumOfSquares } from './graph/reduce.ts';
export { concatenate, flip, pad, reshape, slice, transpose } from './graph/shape.ts';
export { constant, GraphError, input, type Shape, type Tensor } from './graph/tensor.ts';
export { availableDevices, compile, type Device } from './runtime/device.node.ts';
export { describeMemory, type MemoryEstimate, type MemoryOptions } from './runtime/memory.node.ts';
export { describePlacement, type Placement } from './runtime/profile.node.ts';
export { Program } from './runtime/program.ts';
