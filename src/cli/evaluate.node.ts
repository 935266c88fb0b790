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
  const { curve: isCurve, ...common } = predictOptions(flags, terminal);
  if (isCurve && flags.against !== undefined) {
    throw new UserError('--against with --views curve: give a number of views to compare two runs');
  }
  const [
    { openRun },
    { writeSubmission },
    { predict },
    { readCentralColours },
    { evaluatePredictions, formatEvaluation },
    { formatDetails },
    { exampleGalaxies, joinedFractions },
    { scoreReport },
    { writeFileAtomically },
  ] = await Promise.all([
    import('../networks/run.node.ts'),
    import('../catalogue/submission.node.ts'),
    import('../predict/predict.node.ts'),
    import('../evaluate/centralPixels.node.ts'),
    import('../evaluate/evaluation.ts'),
    import('../evaluate/details.ts'),
    import('../evaluate/exampleGalaxies.node.ts'),
    import('../evaluate/scoreReport.ts'),
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

  if (isCurve) {
    const { tellViewCurve } = await import('./viewCurve.node.ts');
    return tellViewCurve(trained, galaxies, common, { out: flags.out, cautions, terminal });
  }

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

  const table = joinedFractions(predictions);
  const scores = evaluatePredictions(joinedFractions(scored), table, {
    against: others && joinedFractions(others),
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
    const [{ writeRunReport }, { readRunSubject }] = await Promise.all([
      import('../report/runReport.node.ts'),
      import('../train/page.node.ts'),
    ]);
    const views = common.views === undefined || common.views === 1 ? 'one view' : `${common.views} views`;
    await writeRunReport(flags.out, {
      ...(await readRunSubject(flags.run)),
      ...scoreReport(scores, `galaxies of ${flags.solutions}, ${views} each, by ${trained.file}`),
      examples: await exampleGalaxies(scored, table),
    });
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
    .option(
      '--out <DIR>',
      'leave predictions.csv, evaluation.json, in full evaluation.txt, and a page, report.html, there',
    );
  addPredictOptions(command, { curve: true });
  command.action(run);
}
addEvaluate.command = 'evaluate';
