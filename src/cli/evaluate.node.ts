import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Galaxy } from '../catalogue/join.ts';
import type { Prediction } from '../catalogue/submission.ts';
import { UserError } from '../errors.ts';
import type { PredictOptions } from '../predict/predict.node.ts';
import { addPredictOptions, predictOptions } from './predictOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.node.ts';

interface Flags extends TerminalOptions {
  run: string;
  solutions: string;
  images: string;
  against?: string;
  centralPixels: boolean;
  out?: string;
}

/** The galaxies of a table with their pictures. */
async function labelledGalaxies(flags: Flags, terminal: Terminal): Promise<readonly Galaxy[]> {
  const [{ openCatalogue }, { describeSource }] = await Promise.all([
    import('../catalogue/catalogue.node.ts'),
    import('../catalogue/join.ts'),
  ]);
  const { galaxies, sources } = await openCatalogue({ solutions: [flags.solutions], images: [flags.images] });
  if (sources.some(({ weight }) => weight !== 1)) {
    throw new UserError(
      `--solutions ${flags.solutions}: a weight counts in training only; here all count alike`,
    );
  }
  for (const source of sources) terminal.note(describeSource(source));
  return galaxies;
}

/** How many of the galaxies a run kept from its training, by its `validation.csv`; 0 where it has none. */
async function countHeldOut(run: string, galaxies: readonly Galaxy[]): Promise<number> {
  const [{ runPaths }, { readSolutions }] = await Promise.all([
    import('../networks/run.node.ts'),
    import('../catalogue/solutions.node.ts'),
  ]);
  const { validation } = runPaths(run);
  if (!existsSync(validation)) return 0;
  const kept = new Set((await readSolutions(validation)).ids);
  return galaxies.filter(({ id }) => kept.has(id)).length;
}

/** What to say where a run kept some of the galaxies but not all; none means that they come from elsewhere, most likely. */
const caution = (run: string, heldOut: number, all: number) =>
  heldOut === 0 || heldOut === all
    ? []
    : [
        `Caution: ${run} kept ${heldOut} of these ${all} galaxies for validation; it may have been trained on the others`,
      ];

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const { curve: _, ...common } = predictOptions(flags, terminal);
  const [
    { openRun },
    { writeSubmission },
    { predict },
    { readCentralColours },
    { evaluatePredictions, formatEvaluation },
    { formatDetails },
    { writeFileAtomically },
  ] = await Promise.all([
    import('../networks/run.node.ts'),
    import('../catalogue/submission.node.ts'),
    import('../predict/predict.node.ts'),
    import('../evaluate/centralPixels.node.ts'),
    import('../evaluate/evaluation.ts'),
    import('../evaluate/details.ts'),
    import('../files/atomic.node.ts'),
  ]);
  const { against: other } = flags;
  const trained = await openRun(flags.run);
  const against = other === undefined ? undefined : await openRun(other); // a mistake is told before all is predicted
  const galaxies = await labelledGalaxies(flags, terminal);
  const heldOut = await countHeldOut(flags.run, galaxies);
  const heldOutAgainst = other === undefined ? 0 : await countHeldOut(other, galaxies);
  const cautions = [
    ...caution(flags.run, heldOut, galaxies.length),
    ...(other === undefined ? [] : caution(other, heldOutAgainst, galaxies.length)),
  ];
  for (const message of cautions) terminal.note(message);

  const progress = (what: string) => (done: number, total: number) =>
    terminal.progress(() => `${what}${done}/${total} galaxies`);
  const gather = async (
    network: typeof trained,
    of: readonly Galaxy[],
    options: PredictOptions,
  ): Promise<Prediction[]> => {
    const predictions: Prediction[] = [];
    for await (const prediction of predict(network, of, { ...common, ...options })) {
      predictions.push(prediction);
    }
    return predictions;
  };
  const leftOut: { name: string; reason: string }[] = [];
  const predictions = await gather(trained, galaxies, {
    onBad: terminal.leavingOut(leftOut),
    onProgress: progress(''),
  });
  const predicted = new Set<number | string>(predictions.map(({ id }) => id));
  const scored = galaxies.filter(({ id }) => predicted.has(id));
  // What could be read once can be read again: a picture that fails now would be missing from one side only.
  const others =
    against && (await gather(against, scored, { maxBad: 0, onProgress: progress(`${other}: `) }));
  const centralColours = flags.centralPixels
    ? await readCentralColours(
        scored.map(({ image }) => image),
        progress('central pixels: '),
      )
    : undefined;

  const table = (rows: readonly { fractions: ArrayLike<number> }[]) => {
    const joined = new Float64Array(rows.length * rows[0].fractions.length);
    rows.forEach(({ fractions }, i) => {
      joined.set(fractions, i * fractions.length);
    });
    return joined;
  };
  const scores = evaluatePredictions(table(scored), table(predictions), {
    against: others && table(others),
    centralColours,
  });
  const result = {
    ...scores,
    weights: trained.file,
    heldOut,
    ...(against && {
      against: { ...scores.against, weights: against.file, heldOut: heldOutAgainst },
    }),
    leftOut,
  };
  if (flags.out !== undefined) {
    await writeSubmission(join(flags.out, 'predictions.csv'), predictions);
    await writeFileAtomically(
      join(flags.out, 'evaluation.txt'),
      [...cautions, formatDetails(scores, other)].join('\n'),
    );
    await writeFileAtomically(join(flags.out, 'evaluation.json'), `${JSON.stringify(result, null, 2)}\n`);
  }
  terminal.result([...cautions, formatEvaluation(scores, other)].join('\n'), result);
}

export function addEvaluate(command: Command): void {
  command
    .description('score a run on labelled galaxies')
    .requiredOption('--run <RUN>', 'a run of `tuningfork train`')
    .requiredOption('--solutions <CSV>', 'true vote fractions')
    .requiredOption('--images <PATH>', 'their pictures: a folder or a zip')
    .option('--against <RUN>', 'another run, to be compared on the same galaxies')
    .option(
      '--no-central-pixels',
      "leave out Kaggle's central-pixel benchmark, which reads all pictures again",
    )
    .option('--out <DIR>', 'leave predictions.csv, evaluation.json and, in full, evaluation.txt there');
  addPredictOptions(command);
  command.action(run);
}
addEvaluate.command = 'evaluate';
