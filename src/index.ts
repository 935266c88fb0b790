/** Tuning Fork: train, measure and run networks that answer a survey's decision tree. @module tuningfork */

export type { Catalogue, Galaxy } from './data/join.ts';
export type { Labels } from './data/labels.ts';
export type { Solutions } from './data/solutions.ts';
export type { Prediction } from './data/submission.ts';
export { type ErrorCode, LocatedError, OptionError, OutOfMemory, UserError } from './errors.ts';
export type { TaskEvent, TaskOptions } from './events.ts';
export { encodeModel, type Model, readModel } from './model/model.ts';
export { describeNetwork } from './model/networks.ts';
export { openCatalogue } from './node/data/openCatalogue.ts';
export { openTree } from './node/data/openTree.ts';
export { readSolutions } from './node/data/readSolutions.ts';
export { TooManyBadImages } from './picture/unreadable.ts';
export type { Platform } from './platform.ts';
export { exportOnnx } from './predict/export.ts';
export { type AverageOptions, type AverageResult, average } from './tasks/average.ts';
export { type CompareOptions, type CompareResult, compare } from './tasks/compare.ts';
export {
  type EvaluateOptions,
  type EvaluateResult,
  evaluate,
  type ViewCurveResult,
} from './tasks/evaluate.ts';
export { type ExplainOptions, type ExplainResult, explain } from './tasks/explain.ts';
export { type ExportResult, exportModel } from './tasks/export.ts';
export { type DescribedNetwork, networks } from './tasks/networks.ts';
export { openModel, openRun } from './tasks/open.ts';
export { pack } from './tasks/pack.ts';
export { type PredictOptions, type PredictResult, predict } from './tasks/predict.ts';
export { type ShowResult, show } from './tasks/show.ts';
export { type TrainOptions, type TrainResult, train } from './tasks/train.ts';
export { TrainingDiverged } from './train/loop.ts';
export { conditionalFractions } from './tree/conditional.ts';
export { leadingRoute } from './tree/route.ts';
export { GALAXY_ZOO_2 } from './tree/surveys/galaxyZoo2.ts';
export {
  type Column,
  columnNamed,
  defineTree,
  type Question,
  type Tree,
  type TreeData,
} from './tree/tree.ts';
