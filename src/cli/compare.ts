import { z } from 'zod';
import { OptionError, UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { checked } from '../files/schema.ts';
import { variantSchema } from '../tasks/options.ts';
import { checkNoInput } from '../tasks/outputs.ts';
import { type PlanOptions, planOf } from '../tasks/plan.ts';
import { command } from './command.ts';
import { formatFlags, parseSettings, readConfig } from './flags.ts';
import { onStop, STOPPED_BY_SIGNAL } from './training.ts';

/** A comparison's file. The settings are checked by the schema of a training. */
const planSchema = z.strictObject({
  title: z.string().optional(),
  seeds: z.array(z.int().min(0)).min(1, 'expected one or more'),
  settings: z.looseObject({}).default({}),
  variants: z.array(z.looseObject({ name: z.string().min(1) })).min(1, 'expected one or more'),
});

const schema = z.strictObject({
  config: z.string().meta({
    value: 'FILE',
    description: 'title, seeds, settings of all, and variants with settings of their own',
  }),
  out: z.string().meta({ value: 'DIR', description: 'comparison.json, .txt, .md and .html, and the runs' }),
  ...variantSchema.shape,
});

/**
 * @param given settings that override the file's `settings`
 * @throws UserError that names the file and the key, or a given setting that a variant sets too
 */
export function parsePlan(text: string, file: string, given: Record<string, unknown>): PlanOptions {
  const { settings, variants, ...others } = checked(planSchema, parseJson(text, file), file);
  const plan = {
    ...others,
    settings: { ...parseSettings(variantSchema, settings, `${file}: settings`), ...given },
    variants: variants.map(({ name, ...own }, i) => {
      const parsed = parseSettings(variantSchema, own, `${file}: variants.${i} (${name})`);
      const clash = Object.keys(parsed).find((key) => key in given);
      if (clash !== undefined) {
        const flag = formatFlags(variantSchema, { [clash]: given[clash] });
        throw new UserError(`${flag}: variant '${name}' sets it itself`, { code: 'option' });
      }
      return { name, settings: parsed, about: formatFlags(variantSchema, parsed) };
    }),
  };
  try {
    planOf(plan);
  } catch (error) {
    const isOfFile = error instanceof OptionError && ['seeds', 'variants'].includes(error.option);
    throw isOfFile ? new UserError(`${file}: ${error.message}`, { cause: error }) : error;
  }
  return plan;
}

export const compareCommand = command({
  name: 'compare',
  description: 'train variants with several seeds and compare their scores; continues where it was stopped',
  schema,
  async run({ out, config, ...given }, terminal) {
    const plan = parsePlan(await readConfig(config), config, given);
    const [{ compare, comparisonPaths }, { formatComparison }] = await Promise.all([
      import('../tasks/compare.ts'),
      import('../report/comparison.ts'),
    ]);
    checkNoInput('out', out, { config }, Object.values(comparisonPaths(out)));
    const stopping = onStop(terminal, () => true);
    const { signal } = stopping;
    const result = await compare({ ...plan, out, signal, ...terminal.listening }).finally(stopping.end);
    const { comparison, tree, paths } = result;
    if (comparison === undefined) {
      terminal.result('stopped; continue with the same command', { out, stopped: true });
      process.exitCode = STOPPED_BY_SIGNAL;
      return;
    }
    terminal.result(`${formatComparison(tree, comparison)}\nas a page: ${paths.page}`, comparison);
  },
});
