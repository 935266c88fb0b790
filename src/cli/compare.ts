import type { Command } from 'commander';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseJson } from '../files/json.ts';
import { checked } from '../files/schema.ts';
import { readSettings } from '../node/files/read.ts';
import type { ComparisonPlan, Variant } from '../tasks/plan.ts';
import { trainingSchema } from '../train/config.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { listening } from './listening.ts';
import { checkFolder, checkNoInput, dataFiles, tableFiles } from './outputs.ts';
import { addSchemaOptions, formatFlags, givenSettings, parseSettings } from './schemaOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';
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

interface Flags extends TerminalOptions {
  out: string;
  config: string;
}

/** Flags go before the file's `settings`. @throws UserError that names the file and the key, or a flag that a variant sets */
export function parsePlan(text: string, file: string, flags: Record<string, unknown>): ComparisonPlan {
  const { title, seeds, settings, variants } = checked(planSchema, parseJson(text, file), file);
  const given = givenSettings(settingsSchema, flags);
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

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const text = await readSettings('--config', flags.config);
  const plan = parsePlan(text, flags.config, flags);
  const [{ compare, comparisonPaths }, { formatComparison }] = await Promise.all([
    import('../tasks/compare.node.ts'),
    import('../report/comparison.ts'),
  ]);
  // Tables and pictures have to be those of all.
  const { config } = plan.variants[0]!;
  const inputs = {
    '--config': flags.config,
    '--data': dataFiles(config.data),
    '--solutions': tableFiles(config.solutions),
    '--images': config.images,
  };
  checkNoInput('--out', flags.out, inputs, Object.values(comparisonPaths(flags.out)));
  checkFolder('--out', flags.out);
  const stopping = onStop(terminal, () => true);
  const { signal } = stopping;
  const comparison = await compare(plan, flags.out, {
    signal,
    ...listening(terminal),
  }).finally(stopping.end);
  if (comparison === undefined) {
    terminal.result(`stopped; go on with the same command`, { out: flags.out, stopped: true });
    process.exitCode = STOPPED_BY_SIGNAL;
    return;
  }
  terminal.result(
    `${formatComparison(GALAXY_ZOO_2, comparison)}\nas a page: ${comparisonPaths(flags.out).page}`,
    comparison,
  );
}

export function addCompare(command: Command): void {
  command
    .description(
      'train variants with several seeds and put their scores side by side; goes on where it was stopped',
    )
    .requiredOption(
      '--config <FILE>',
      'title, seeds, settings of all, and variants with settings of their own',
    )
    .requiredOption('--out <DIR>', 'comparison.json, .txt, .md and .html, and the runs');
  addSchemaOptions(command, settingsSchema);
  command.action(run);
}
addCompare.command = 'compare';
