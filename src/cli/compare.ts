import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { checked } from '../files/schema.ts';
import { readSettings } from '../node/files/read.ts';
import { checkFolder, checkNoInput, dataFiles, tableFiles } from '../tasks/outputs.ts';
import type { ComparisonPlan, Variant } from '../tasks/plan.ts';
import { trainingSchema } from '../train/config.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { command } from './command.ts';
import { formatFlags, parseSettings } from './flags.ts';
import { onStop, STOPPED_BY_SIGNAL } from './training.ts';

/** A comparison's file. What variants and `settings` set is checked by the schema of a training. */
const planSchema = z.strictObject({
  title: z.string().default('Comparison'),
  seeds: z.array(z.int().min(0)).min(1, 'expected one or more'),
  settings: z.looseObject({}).default({}),
  variants: z.array(z.looseObject({ name: z.string().min(1) })).min(1, 'expected one or more'),
});

/** The flags that this command has of its own: the plan has the seeds. */
const settingsSchema = trainingSchema.omit({ seed: true });

const schema = z.strictObject({
  config: z.string().meta({
    value: 'FILE',
    description: 'title, seeds, settings of all, and variants with settings of their own',
  }),
  out: z.string().meta({ value: 'DIR', description: 'comparison.json, .txt, .md and .html, and the runs' }),
  ...settingsSchema.shape,
});

/**
 * @param given settings that override the file's `settings`
 * @throws UserError that names the file and the key, or a given setting that a variant sets too
 */
export function parsePlan(text: string, file: string, given: Record<string, unknown>): ComparisonPlan {
  const { title, seeds, settings, variants } = checked(planSchema, parseJson(text, file), file);
  const shared = { ...parseSettings(settingsSchema, settings, `${file}: settings`), ...given };
  return {
    title,
    seeds,
    variants: variants.map(({ name, ...own }, i): Variant => {
      const parsed = parseSettings(settingsSchema, own, `${file}: variants.${i} (${name})`);
      const clash = Object.keys(parsed).find((key) => key in given);
      if (clash !== undefined) {
        throw new UserError(
          `${formatFlags(settingsSchema, { [clash]: given[clash] })}: variant '${name}' sets it itself`,
        );
      }
      return {
        name,
        settings: formatFlags(settingsSchema, parsed),
        config: trainingSchema.parse({ ...shared, ...parsed }),
      };
    }),
  };
}

export const compareCommand = command({
  name: 'compare',
  description: 'train variants with several seeds and compare their scores; continues where it was stopped',
  schema,
  async run(options, terminal) {
    const { out, config: file, ...given } = options;
    const plan = parsePlan(await readSettings('--config', file), file, given);
    const [{ compare, comparisonPaths }, { formatComparison }] = await Promise.all([
      import('../tasks/compare.node.ts'),
      import('../report/comparison.ts'),
    ]);
    // Of all variants.
    const { data, solutions, images } = plan.variants[0]!.config;
    const inputs = { config: file, data: dataFiles(data), solutions: tableFiles(solutions), images };
    checkNoInput('out', out, inputs, Object.values(comparisonPaths(out)));
    checkFolder('out', out);
    const stopping = onStop(terminal, () => true);
    const { signal } = stopping;
    const comparison = await compare(plan, out, { signal, ...terminal.listening }).finally(stopping.end);
    if (comparison === undefined) {
      terminal.result('stopped; continue with the same command', { out, stopped: true });
      process.exitCode = STOPPED_BY_SIGNAL;
      return;
    }
    terminal.result(
      `${formatComparison(GALAXY_ZOO_2, comparison)}\nas a page: ${comparisonPaths(out).page}`,
      comparison,
    );
  },
});
