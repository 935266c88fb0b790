import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { listening } from './listening.ts';
import { checkNoInput, runFiles } from './outputs.ts';
import { addPredictOptions, predictOptions } from './predictOptions.ts';
import { counted } from './printable.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

interface Flags extends TerminalOptions {
  run: string;
  images: string;
  out: string;
  uncertainty?: string;
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const { uncertainty } = flags;
  const options = predictOptions(flags, terminal);
  if (uncertainty !== undefined && options.views === 1) {
    throw new UserError('--uncertainty: one view has no spread: expected --views of 2 or more');
  }
  if (uncertainty !== undefined && resolve(uncertainty) === resolve(flags.out)) {
    throw new UserError(`--uncertainty ${uncertainty}: expected another file than --out`);
  }
  const inputs = { '--run': runFiles(flags.run), '--images': flags.images };
  checkNoInput('--out', flags.out, inputs);
  if (uncertainty !== undefined) checkNoInput('--uncertainty', uncertainty, inputs);
  const [{ openRun }, { openImages }, { writeSubmission }, { predict }, { GALAXY_ZOO_2 }, { nodePlatform }] =
    await Promise.all([
      import('../run/openRun.node.ts'),
      import('../node/data/openCatalogue.ts'),
      import('../node/data/writeSubmission.ts'),
      import('../predict/predict.ts'),
      import('../tree/surveys/galaxyZoo2.ts'),
      import('../node/platform.ts'),
    ]);
  const trained = await openRun(flags.run);
  const galaxies = await openImages(flags.images);
  const leftOut: { name: string; reason: string }[] = [];
  const started = performance.now();
  const count = await writeSubmission(
    GALAXY_ZOO_2,
    flags.out,
    predict(nodePlatform, trained, galaxies, {
      ...options,
      ...listening(terminal, {
        skipped: leftOut,
        describe: (done, total) => {
          const rate = (done * 1000) / (performance.now() - started);
          return `${done}/${total} galaxies ${rate.toFixed(0)}/s`;
        },
      }),
    }),
    { uncertainty },
  );
  const spreads = uncertainty === undefined ? '' : `, their spread over views in ${uncertainty}`;
  terminal.result(`${counted(count, 'prediction', 'predictions')} in ${flags.out}${spreads}`, {
    out: flags.out,
    uncertainty,
    weights: trained.file,
    galaxies: count,
    leftOut,
  });
}

export function addPredict(command: Command): void {
  command
    .description("predict vote fractions, in the format of Kaggle's submissions")
    .requiredOption('--run <RUN>', 'a run of `tuningfork train`')
    .requiredOption('--images <PATH>', 'a folder, a zip or one picture')
    .requiredOption('--out <FILE.csv>', 'the predictions')
    .option('--uncertainty <FILE.csv>', 'the standard deviation of each prediction over the views');
  addPredictOptions(command);
  command.action(run);
}
addPredict.command = 'predict';
