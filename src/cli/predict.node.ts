import type { Command } from 'commander';
import { addPredictOptions, predictOptions } from './predictOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.node.ts';

interface Flags extends TerminalOptions {
  run: string;
  images: string;
  out: string;
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const [{ openRun }, { openImages }, { writeSubmission }, { predict }] = await Promise.all([
    import('../networks/run.node.ts'),
    import('../catalogue/catalogue.node.ts'),
    import('../catalogue/submission.node.ts'),
    import('../predict/predict.node.ts'),
  ]);
  const trained = await openRun(flags.run);
  const { byId, ignored } = await openImages(flags.images);
  if (ignored > 0) terminal.note(`${ignored} pictures are not named by a GalaxyID and are left out`);
  const galaxies = [...byId].map(([id, image]) => ({ id, image })).sort((a, b) => a.id - b.id);
  const leftOut: { name: string; reason: string }[] = [];
  const started = performance.now();
  const count = await writeSubmission(
    flags.out,
    predict(trained, galaxies, {
      ...predictOptions(flags),
      onBad: (name, reason) => {
        leftOut.push({ name, reason });
        terminal.note(`${name}: left out: ${reason}`);
      },
      onProgress: (done, total) => {
        const rate = (done * 1000) / (performance.now() - started);
        terminal.progress(() => `${done}/${total} galaxies ${rate.toFixed(0)}/s`);
      },
    }),
  );
  terminal.result(`${count} predictions in ${flags.out}`, {
    out: flags.out,
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
    .requiredOption('--out <FILE.csv>', 'the predictions');
  addPredictOptions(command);
  command.action(run);
}
addPredict.command = 'predict';
