/** The exports that are the same in Node and in a page: trees, models, networks and errors. */
export type { Catalogue, Galaxy } from './data/join.ts';
export type { Prediction } from './data/submission.ts';
export type { Solutions } from './data/votes.ts';
export { type ErrorCode, LocatedError, OptionError, OutOfMemory, UserError } from './errors.ts';
export type { TaskEvent, TaskOptions } from './events.ts';
export { encodeModel, type Model, readModel } from './model/model.ts';
export { describeNetwork } from './model/networks.ts';
export { TooManyBadImages } from './picture/unreadable.ts';
export type { Platform } from './platform.ts';
export { type ExportOptions, exportOnnx } from './predict/export.ts';
export { TrainingDiverged } from './train/loop.ts';
export { classesTree } from './tree/classes.ts';
export { conditionalFractions, cumulativeFractions, reachProbabilities } from './tree/conditional.ts';
export { leadingRoute } from './tree/route.ts';
export { GALAXY_ZOO_2 } from './tree/surveys/galaxyZoo2.ts';
export { SURVEYS } from './tree/surveys.ts';
export {
  type Column,
  columnNamed,
  defineTree,
  type Question,
  type Tree,
  type TreeData,
} from './tree/tree.ts';
