/** A run's `uncertainty.json`: the temperature and the intervals, fitted on held-out galaxies after the training. */
import { z } from 'zod';
import { parseJson } from '../files/json.ts';
import { readText } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import { checkConformal, conformalSchema } from '../model/conformal.ts';
import type { Files } from '../platform.ts';
import type { Tree } from '../tree/tree.ts';
import { runPaths } from './paths.ts';

const schema = z.strictObject({
  /** Fitted on the validation galaxies, if the loss is a likelihood of votes. */
  temperature: z.number().positive().optional(),
  /** Fitted on the galaxies of `calibration`. */
  conformal: conformalSchema.optional(),
});

export type Uncertainty = z.infer<typeof schema>;

export const writeUncertainty = (files: Files, folder: string, uncertainty: Uncertainty): Promise<void> =>
  files.write(runPaths(folder).uncertainty, `${JSON.stringify(uncertainty)}\n`);

/** @returns an empty object if nothing was fitted @throws UserError that names the file and the fault */
export async function readUncertainty(files: Files, folder: string, tree: Tree): Promise<Uncertainty> {
  const { uncertainty: file } = runPaths(folder);
  if (!(await files.exists(file))) return {};
  const uncertainty = checked(schema, parseJson(await readText(files, file), file), file);
  if (uncertainty.conformal) checkConformal(tree, uncertainty.conformal, `${file}: conformal`);
  return uncertainty;
}
