import { join } from 'node:path';
import type { Command } from 'commander';
import type { Prediction } from '../catalogue/submission.ts';
import { UserError } from '../errors.ts';
import { addPredictOptions, predictOptions } from './predictOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.node.ts';

interface Flags extends TerminalOptions {
  run: string;
  solutions: string;
  images: string;
  out?: string;
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const [
    { openRun },
    { openCatalogue },
    { describeSource },
    { writeSubmission },
    { predict },
    evaluation,
    atomic,
  ] = await Promise.all([
    import('../networks/run.node.ts'),
    import('../catalogue/catalogue.node.ts'),
    import('../catalogue/join.ts'),
    import('../catalogue/submission.node.ts'),
    import('../predict/predict.node.ts'),
    import('../evaluate/evaluation.ts'),
    import('../files/atomic.node.ts'),
  ]);
  const trained = await openRun(flags.run);
  const { galaxies, sources } = await openCatalogue({ solutions: [flags.solutions], images: [flags.images] });
  if (sources.some(({ weight }) => weight !== 1)) {
    throw new UserError(
      `--solutions ${flags.solutions}: a weight counts in training only; here all count alike`,
    );
  }
  for (const source of sources) terminal.note(describeSource(source));
  const truthOf = new Map<number | string, Float64Array>(
    galaxies.map(({ id, fractions }) => [id, fractions]),
  );
  const predictions: Prediction[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  for await (const prediction of predict(trained, galaxies, {
    ...predictOptions(flags, terminal),
    onBad: terminal.leavingOut(leftOut),
    onProgress: (done, total) => terminal.progress(() => `${done}/${total} galaxies`),
  })) {
    predictions.push(prediction);
  }
  const rows = (each: ArrayLike<number>[]) => each.flatMap((fractions) => Array.from(fractions));
  const scores = evaluation.evaluatePredictions(
    rows(predictions.map(({ id }) => truthOf.get(id)!)),
    rows(predictions.map(({ fractions }) => fractions)),
  );
  const result = { ...scores, weights: trained.file, leftOut };
  if (flags.out !== undefined) {
    await writeSubmission(join(flags.out, 'predictions.csv'), predictions);
    await atomic.writeFileAtomically(
      join(flags.out, 'evaluation.json'),
      `${JSON.stringify(result, null, 2)}\n`,
    );
  }
  terminal.result(evaluation.formatEvaluation(scores), result);
}

export function addEvaluate(command: Command): void {
  command
    .description('score a run on labelled galaxies')
    .requiredOption('--run <RUN>', 'a run of `tuningfork train`')
    .requiredOption('--solutions <CSV>', 'true vote fractions')
    .requiredOption('--images <PATH>', 'their pictures: a folder or a zip')
    .option('--out <DIR>', 'leave predictions.csv and evaluation.json there');
  addPredictOptions(command);
  command.action(run);
}
addEvaluate.command = 'evaluate';
