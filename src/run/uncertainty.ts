/** A run's `uncertainty.json`: the temperature and the intervals, fitted on held-out galaxies after the training. */
import { z } from 'zod';
import { checkConformal, conformalSchema } from '../model/conformal.ts';
import type { Files } from '../platform.ts';
import type { Tree } from '../tree/tree.ts';
import { readDocument } from './folder.ts';
import { runPaths } from './paths.ts';

const schema = z.strictObject({
  /** Fitted on the validation galaxies, if the loss is a likelihood of votes. */
  temperature: z.number().positive().optional(),
  /** Fitted on the galaxies of `calibration`. */
  conformal: conformalSchema.optional(),
});

export type Uncertainty = z.infer<typeof schema>;

/** @returns an empty object if nothing was fitted @throws UserError that names the file and the fault */
export async function readUncertainty(files: Files, folder: string, tree: Tree): Promise<Uncertainty> {
  const { uncertainty: file } = runPaths(folder);
  const uncertainty = (await readDocument(files, file, schema)) ?? {};
  if (uncertainty.conformal) checkConformal(tree, uncertainty.conformal, `${file}: conformal`);
  return uncertainty;
}
