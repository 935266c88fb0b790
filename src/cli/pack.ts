import type { Command } from 'commander';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { trainingSchema } from '../train/config.ts';
import { listening } from './listening.ts';
import { checkNoInput, dataFiles, tableFiles } from './outputs.ts';
import { addSchemaOptions, givenSettings } from './schemaOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

const { solutions, images, maxBad, workers } = trainingSchema.shape;
const schema = z.strictObject({ solutions, images, maxBad, workers });

interface Flags extends TerminalOptions {
  data: string;
  out: string;
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const [{ listGalaxies, packCatalogue }, { openTree }] = await Promise.all([
    import('../node/data/trainingData.ts'),
    import('../node/data/openTree.ts'),
  ]);
  const settings = { data: flags.data, ...schema.parse(givenSettings(schema, flags)) };
  checkNoInput('--out', flags.out, {
    '--data': dataFiles(flags.data),
    '--solutions': tableFiles(settings.solutions),
    '--images': settings.images,
  });
  const reporting = listening(terminal);
  const tree = await openTree(flags.data);
  const { catalogue } = await listGalaxies(tree, settings, reporting);
  if (catalogue === undefined) throw new UserError(`--data ${flags.data}: is packed already`);
  const result = await packCatalogue(tree, catalogue, settings, flags.out, reporting);
  terminal.result(`${result.count} galaxies in ${flags.out}`, { out: flags.out, ...result });
}

export function addPack(command: Command): void {
  command
    .description('decode all training pictures once into one file, for `train --data FILE`')
    .requiredOption('--data <DIR>', "Kaggle's folder, unpacked or as zips")
    .requiredOption('--out <FILE>', 'the packed file');
  addSchemaOptions(command, schema);
  command.action(run);
}
addPack.command = 'pack';
