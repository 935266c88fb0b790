/** Plans of comparisons in this repository. */
import { readFileSync } from 'node:fs';
import { parsePlan } from '../src/cli/compare.ts';
import { type ComparisonPlan, planOf } from '../src/tasks/comparisonPlan.ts';

/** Reads a plan, as `tuningfork compare --config FILE` does. @throws UserError if it is wrong */
export const readPlan = (file: string): ComparisonPlan =>
  planOf(parsePlan(readFileSync(file, 'utf8'), file, {}));
