import { z } from 'zod';
import { OptionError, UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { checked } from '../files/schema.ts';
import { type PlanOptions, planSchema } from '../tasks/comparisonPlan.ts';
import { variantSchema } from '../tasks/options.ts';
import { checkNoInput } from '../tasks/outputs.ts';
import { overridden } from '../train/config.ts';
import { command } from './command.ts';
import { formatFlags, parseSettings, readConfig } from './flags.ts';
import { onStop, STOPPED_BY_SIGNAL } from './signals.ts';

/** A comparison's file: a variant's settings stand beside its name. Flags' names are allowed in settings. */
const fileSchema = planSchema.extend({
  settings: z.looseObject({}).default({}),
  variants: z
    .array(z.looseObject({ name: z.string(), seeds: planSchema.shape.variants.element.shape.seeds }))
    .min(1, 'expected one or more'),
});

const schema = z.strictObject({
  config: z.string().meta({
    value: 'FILE',
    description: 'JSON: title, seeds, settings of all variants, and variants with their own settings',
  }),
  out: z.string().meta({ value: 'DIR', description: 'comparison.json, .txt, .md and .html, and the runs' }),
  ...variantSchema.shape,
});

/**
 * Parses a comparison's file.
 * @param given settings of the command line; they override the file's `settings`
 * @throws UserError that names the file and the key, or a given setting that a variant also sets
 */
export function parsePlan(text: string, file: string, given: Record<string, unknown>): PlanOptions {
  const { settings, variants, ...others } = checked(fileSchema, parseJson(text, file), file);
  return {
    ...others,
    settings: overridden(parseSettings(variantSchema, settings, `${file}: settings`), given),
    variants: variants.map(({ name, seeds, ...own }, i) => {
      const parsed = parseSettings(variantSchema, own, `${file}: variants.${i} (${name})`);
      const clash = Object.keys(parsed).find((key) => key in given);
      if (clash !== undefined) {
        const flag = formatFlags(variantSchema, { [clash]: given[clash] });
        throw new UserError(`${flag}: variant '${name}' sets it too`, { code: 'option' });
      }
      return { name, seeds, settings: parsed, about: formatFlags(variantSchema, parsed) };
    }),
  };
}

/** Adds the file's name to an error about `seeds` or `variants`, which have no flag. */
export const inFile = (error: unknown, file: string) =>
  error instanceof OptionError && /^(seeds|variants)\b/.test(error.option)
    ? new UserError(`${file}: ${error.message}`, { cause: error })
    : error;

export const compareCommand = command({
  name: 'compare',
  description: 'train variants with several seeds and compare their scores; resumes where it was stopped',
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
    const result = await compare({ ...plan, out, signal, ...terminal.listening })
      .catch((error) => Promise.reject(inFile(error, config)))
      .finally(stopping.end);
    const { comparison, tree, paths } = result;
    if (comparison === undefined) {
      terminal.result('stopped; continue with the same command', { out, stopped: true });
      process.exitCode = STOPPED_BY_SIGNAL;
      return;
    }
    terminal.result(`${formatComparison(tree, comparison)}\nas a page: ${paths.page}`, comparison);
  },
});
