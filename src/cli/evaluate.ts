import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Galaxy } from '../data/join.ts';
import type { Prediction } from '../data/submission.ts';
import { UserError } from '../errors.ts';
import type { PredictOptions } from '../predict/predict.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { listening } from './listening.ts';
import {
  checkFolder,
  checkNoInput,
  evaluationPaths,
  runFiles,
  tableFiles,
  viewCurvePaths,
} from './outputs.ts';
import { addPredictOptions, asksForCurve, predictOptions } from './predictOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

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
    import('../node/data/openCatalogue.ts'),
    import('../data/join.ts'),
  ]);
  const { galaxies, sources } = await openCatalogue(GALAXY_ZOO_2, {
    solutions: [flags.solutions],
    images: [flags.images],
  });
  if (sources.some(({ weight }) => weight !== 1)) {
    throw new UserError(
      `--solutions ${flags.solutions}: a weight counts in training only; here all count alike`,
    );
  }
  for (const source of sources) terminal.note(describeSource(source));
  return galaxies;
}

/** How many of the galaxies a run was trained on; null where it does not tell. */
async function countTrainedOn(run: string, galaxies: readonly Galaxy[]): Promise<number | null> {
  const { readTrainedIds } = await import('../run/folder.node.ts');
  const trained = await readTrainedIds(run);
  return trained === undefined ? null : galaxies.filter(({ id }) => trained.has(id)).length;
}

function cautions(run: string, trainedOn: number | null, all: number): string[] {
  if (trainedOn === 0) return [];
  if (trainedOn === null) return [`Caution: ${run} does not tell which galaxies it was trained on`];
  return [
    `Caution: ${run} was trained on ${trainedOn} of these ${all} galaxies, so that its score says little of others`,
  ];
}

/** The files that are left; none where there is no `--out`. */
function outputs(flags: Flags & Record<string, unknown>): string[] {
  const { out } = flags;
  if (out === undefined) return [];
  return Object.values(asksForCurve(flags) ? viewCurvePaths(out) : evaluationPaths(out));
}

/** @throws UserError where nothing can be left in a folder, or what is read or a run's own page would be lost */
async function checkOut(flags: Flags & Record<string, unknown>): Promise<void> {
  const { out, run, against, solutions, images } = flags;
  if (out === undefined) return;
  const inputs = {
    '--run': runFiles(run),
    '--against': against && runFiles(against),
    '--solutions': tableFiles([solutions]),
    '--images': images,
  };
  checkNoInput('--out', out, inputs, outputs(flags));
  checkFolder('--out', out);
  if (existsSync(join(out, 'config.json'))) {
    throw new UserError(
      `--out ${out}: is a run, whose report.html would be lost; try ${join(out, 'scores')}`,
    );
  }
  if (!existsSync(out)) return; // nothing is in the way, and it is not made yet
  const { checkWritable } = await import('../node/files/atomic.ts');
  for (const file of outputs(flags)) await checkWritable(file);
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const isCurve = asksForCurve(flags);
  const common = predictOptions(flags, terminal);
  if (isCurve && !flags.centralPixels) {
    throw new UserError('--no-central-pixels with --views curve: they are not measured there');
  }
  if (isCurve && flags.against !== undefined) {
    throw new UserError('--against with --views curve: give a number of views to compare two runs');
  }
  const [
    { openRun },
    { writeSubmission },
    { predict },
    { nodePlatform },
    { readCentralColours },
    { evaluatePredictions },
    { formatDetails, formatEvaluation },
    { joinedFractions },
    { writeFileAtomically },
  ] = await Promise.all([
    import('../run/openRun.node.ts'),
    import('../node/data/writeSubmission.ts'),
    import('../predict/predict.ts'),
    import('../node/platform.ts'),
    import('../evaluate/centralPixels.node.ts'),
    import('../evaluate/evaluation.ts'),
    import('../report/evaluationText.ts'),
    import('../tree/tree.ts'),
    import('../node/files/atomic.ts'),
  ]);
  const { against: other } = flags;
  await checkOut(flags);
  const trained = await openRun(flags.run);
  const against = other === undefined ? undefined : await openRun(other); // a mistake is told before all is predicted
  const galaxies = await labelledGalaxies(flags, terminal);
  const trainedOn = await countTrainedOn(flags.run, galaxies);
  const trainedOnAgainst = other === undefined ? 0 : await countTrainedOn(other, galaxies);
  const warnings = [
    ...cautions(flags.run, trainedOn, galaxies.length),
    ...(other === undefined ? [] : cautions(other, trainedOnAgainst, galaxies.length)),
  ];
  for (const message of warnings) terminal.note(message);

  if (isCurve) {
    const { tellViewCurve } = await import('./viewCurve.ts');
    return tellViewCurve(trained, galaxies, common, { out: flags.out, cautions: warnings, terminal });
  }

  const describe = (what: string) => (done: number, total: number) => `${what}${done}/${total} galaxies`;
  const gather = async (
    network: typeof trained,
    of: readonly Galaxy[],
    options: PredictOptions,
  ): Promise<Prediction[]> => {
    const predictions: Prediction[] = [];
    for await (const prediction of predict(nodePlatform, network, of, { ...common, ...options })) {
      predictions.push(prediction);
    }
    return predictions;
  };
  const leftOut: { name: string; reason: string }[] = [];
  const predictions = await gather(trained, galaxies, {
    ...listening(terminal, { skipped: leftOut, describe: describe('') }),
  });
  const { out } = flags;
  const paths = out === undefined ? undefined : evaluationPaths(out);
  // At once: a picture that is deleted before it is read again does not cost what was predicted.
  if (paths) await writeSubmission(GALAXY_ZOO_2, paths.predictions, predictions);
  const predicted = new Set(predictions.map(({ id }) => id));
  const scored = galaxies.filter(({ id }) => predicted.has(id));
  // What could be read once can be read again: a picture that fails now would be missing from one side only.
  const others =
    against &&
    (await gather(against, scored, {
      maxBad: 0,
      ...listening(terminal, { describe: describe(`${other}: `) }),
    }));
  const centralColours = flags.centralPixels
    ? await readCentralColours(
        scored.map(({ image }) => image),
        (done, total) => terminal.progress(() => describe('central pixels: ')(done, total)),
      )
    : undefined;

  const table = joinedFractions(GALAXY_ZOO_2, predictions);
  const scores = evaluatePredictions(GALAXY_ZOO_2, joinedFractions(GALAXY_ZOO_2, scored), table, {
    against: others && joinedFractions(GALAXY_ZOO_2, others),
    centralColours,
  });
  const result = {
    ...scores,
    weights: trained.file,
    trainedOn,
    ...(against && {
      against: { ...scores.against, weights: against.file, trainedOn: trainedOnAgainst },
    }),
    leftOut,
  };
  if (out !== undefined && paths) {
    const text = [...warnings, formatDetails(GALAXY_ZOO_2, scores, other)].join('\n');
    await writeFileAtomically(paths.text, text);
    await writeFileAtomically(paths.document, `${JSON.stringify(result, null, 2)}\n`);
    const { readRunSubject, runExamples, writeRunReport } = await import('../run/page.node.ts');
    const views = common.views === 1 ? 'one view' : `${common.views} views`;
    await writeRunReport(out, {
      ...(await readRunSubject(flags.run)),
      evaluation: scores,
      about: `galaxies of ${flags.solutions}, ${views} each, by ${trained.file}`,
      examples: await runExamples(GALAXY_ZOO_2, scored, table),
    });
  }
  terminal.result([...warnings, formatEvaluation(GALAXY_ZOO_2, scores, other)].join('\n'), result);
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
