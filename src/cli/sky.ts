import type { Command } from 'commander';
import { z } from 'zod';
import { readSettings } from '../node/files/read.ts';
import { duration } from '../report/table.ts';
import { FREE_SKY, MOST_GALAXIES, parseSkyConfig, type SkyConfig } from '../sky/config.ts';
import { runtimeFields } from '../train/config.ts';
import { checkFolder } from './outputs.ts';
import { shellWord } from './printable.ts';
import { addSchemaOptions, givenSettings } from './schemaOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

/** Galaxy Zoo 2's classes in words. */
const CLASSES: Readonly<Record<string, string>> = {
  features: 'with features or a disk',
  artifact: 'stars or artifacts',
};

const count = () => z.int().min(0).max(MOST_GALAXIES);

const schema = z.strictObject({
  train: count().default(2000).meta({ value: 'N', description: 'galaxies with known votes, for training' }),
  test: count().default(500).meta({ value: 'N', description: 'galaxies whose votes lie apart, for tests' }),
  seed: z.int().min(0).default(1).meta({ value: 'S', description: 'another seed, another sky' }),
  config: z.string().optional().meta({
    value: 'FILE',
    description: 'parameters that are fixed instead of drawn, as JSON: {"object": {"kind": "disk"}}',
  }),
  workers: runtimeFields.workers.meta({
    value: 'N',
    description: 'threads that draw pictures; default: one for each core',
  }),
});

interface Flags extends TerminalOptions {
  out: string;
}

async function readConfig(file: string | undefined): Promise<SkyConfig> {
  if (file === undefined) return FREE_SKY;
  const text = await readSettings('--config', file);
  return parseSkyConfig(text, file);
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const { config: file, ...settings } = schema.parse(givenSettings(schema, flags));
  checkFolder('--out', flags.out);
  const config = await readConfig(file);
  const { writeSky } = await import('../sky/write.node.ts');
  const { out } = flags;
  const sky = await writeSky({
    ...settings,
    out,
    config,
    onProgress: (done, total, perSecond) =>
      terminal.progress(
        () =>
          `drawing galaxies ${done}/${total}, ${perSecond.toFixed(0)} a second, ${duration((total - done) / perSecond)} left`,
      ),
  });
  const next =
    sky.train > 0
      ? `npx tuningfork show --data ${shellWord(out)} --out ${shellWord(`${out.replace(/[/\\]+$/, '')}.html`)}`
      : undefined;
  const lines = [
    `${sky.train} training and ${sky.test} test galaxies in ${out}`,
    `  ${Object.entries(sky.classes)
      .map(([name, count]) => `${count} ${CLASSES[name] ?? name}`)
      .join(', ')}`,
    `  ${duration(sky.seconds)}, ${sky.imagesPerSecond.toFixed(1)} a second`,
    ...(next === undefined ? [] : [`next: ${next}`]),
  ];
  terminal.result(lines.join('\n'), { out, seed: settings.seed, ...sky });
}

export function addSky(command: Command): void {
  command
    .description(
      "simulate a sky of galaxies with known shapes and votes, in the layout of Kaggle's challenge",
    )
    .requiredOption('--out <DIR>', 'a new folder');
  addSchemaOptions(command, schema);
  command.action(run);
}
addSky.command = 'sky';
