/** Tuning Fork in Node: trains, evaluates and runs networks that answer a survey's decision tree. @module tuningfork */
export * from './index.ts';
export { openCatalogue } from './node/data/openCatalogue.ts';
export { namedTree, openTree } from './node/data/openTree.ts';
export { readSolutions } from './node/data/readSolutions.ts';
export { type AverageOptions, type AverageResult, average } from './tasks/average.ts';
export { type CompareOptions, type CompareResult, compare } from './tasks/compare.ts';
export { type CutoutsOptions, type CutoutsResult, cutouts } from './tasks/cutouts.ts';
export {
  type EvaluateOptions,
  type EvaluateResult,
  evaluate,
  type ViewCurveResult,
} from './tasks/evaluate.ts';
export { type ExplainOptions, type ExplainResult, explain } from './tasks/explain.ts';
export { type ExportResult, exportModel } from './tasks/export.ts';
export { type FeaturesOptions, type FeaturesResult, features } from './tasks/features.ts';
export {
  type InspectedFile,
  type InspectedPicture,
  type InspectedTable,
  type InspectOptions,
  inspect,
} from './tasks/inspect.ts';
export { openModel, openRun } from './tasks/model.ts';
export { type DescribedNetwork, networks } from './tasks/networks.ts';
export { pack } from './tasks/pack.ts';
export { type PredictOptions, type PredictResult, predict } from './tasks/predict.ts';
export { type PageServer, serve } from './tasks/serve.ts';
export { type ShowResult, show } from './tasks/show.ts';
export { type SimilarOptions, type SimilarResult, similar } from './tasks/similar.ts';
export { surveys } from './tasks/surveys.ts';
export { type TrainOptions, type TrainResult, train } from './tasks/train.ts';
