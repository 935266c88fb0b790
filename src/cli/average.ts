import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Solutions } from '../data/solutions.ts';
import { UserError } from '../errors.ts';
import type { EnsembleModel } from '../evaluate/ensembleTables.ts';
import { duration } from '../report/table.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { listening } from './listening.ts';
import { checkNoInput, filesOfTable, runFiles } from './outputs.ts';
import { addPredictOptions, givenPredictFlags, predictOptions } from './predictOptions.ts';
import { counted } from './printable.ts';
import { addSchemaOptions, givenSettings } from './schemaOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

interface Flags extends TerminalOptions {
  predictions?: string[];
  run?: string[];
  images?: string;
  solutions?: string;
  weights: keyof typeof WAYS;
  seed?: number;
  sample?: string;
  project?: boolean;
  out: string;
}

/** What `--weights` takes, and how it is called among the ways that are scored. */
const WAYS = {
  equal: 'equal',
  'best-single': 'bestSingle',
  'best-together': 'bestTogether',
  greedy: 'greedy',
  fitted: 'fitted',
} as const;

/** @throws UserError for flags that contradict each other, or would be ignored */
function check(flags: Flags & Record<string, unknown>): void {
  const { predictions = [], run: runs = [], images, solutions, sample, out } = flags;
  if (predictions.length + runs.length === 0) throw new UserError('expected --predictions CSV or --run RUN');
  if (runs.length > 0 && images === undefined)
    throw new UserError('--run without --images: what to predict?');
  const [idle] = runs.length > 0 ? [] : [...(images ? ['--images'] : []), ...givenPredictFlags(flags)];
  if (idle) throw new UserError(`${idle} without --run: nothing is to be predicted`);
  if (solutions === undefined && flags.weights !== 'equal') {
    throw new UserError(`--weights ${flags.weights} without --solutions: chosen by which truth?`);
  }
  if (solutions === undefined && flags.seed !== undefined) {
    throw new UserError('--seed without --solutions: it splits the labelled galaxies');
  }
  const twice = [...predictions, ...runs].find(
    (path, i, all) => all.findIndex((other) => resolve(other) === resolve(path)) < i,
  );
  if (twice !== undefined) throw new UserError(`${twice} is given twice`);
  checkNoInput('--out', out, {
    '--predictions': predictions.flatMap(filesOfTable),
    '--run': runs.flatMap(runFiles),
    '--images': images,
    '--solutions': solutions && filesOfTable(solutions),
    '--sample': sample && filesOfTable(sample),
  });
}

/**
 * Trained networks as models, whose tables are predicted when they are first read.
 * @throws UserError where a folder is not a run, or there are no pictures: before anything is read or predicted
 */
async function modelsOfRuns(
  flags: Flags & Record<string, unknown>,
  terminal: Terminal,
  solutions: Solutions | undefined,
  leftOut: { name: string; reason: string }[],
): Promise<EnsembleModel[]> {
  const { run: runs = [], images } = flags;
  if (images === undefined) return [];
  const [{ openRun }, { openImages }, { predictTable }, { nodePlatform }, { someIds }] = await Promise.all([
    import('../run/openRun.node.ts'),
    import('../node/data/openCatalogue.ts'),
    import('../predict/table.ts'),
    import('../node/platform.ts'),
    import('../evaluate/align.ts'),
  ]);
  const options = predictOptions(flags, terminal);
  for (const run of runs) await openRun(run); // not kept: several large networks need not fit into memory
  const byId = new Map((await openImages(images)).map(({ id, image }) => [id, image]));
  if (solutions !== undefined && !solutions.ids.some((id) => byId.has(id))) {
    throw new UserError(
      `${images} holds no picture of the ${solutions.ids.length} galaxies in ${solutions.file}`,
    );
  }

  /** The pictures of the galaxies that are wanted; of all, where nothing says which. */
  const choose = (wanted: Solutions | undefined) => {
    const ids = wanted?.ids ?? [...byId.keys()];
    const missing = ids.filter((id) => !byId.has(id));
    if (missing.length > 0) {
      throw new UserError(
        `${images} lacks the pictures of ${missing.length} of the ${ids.length} galaxies in ${wanted?.file}: ${someIds(missing)}`,
      );
    }
    return ids.map((id) => ({ id, image: byId.get(id)! }));
  };
  const predict = async (run: string, wanted: Solutions | undefined): Promise<Solutions> => {
    const galaxies = choose(wanted);
    const started = performance.now();
    const table = await predictTable(nodePlatform, run, await openRun(run), galaxies, {
      ...options,
      ...listening(terminal, {
        skipped: leftOut,
        describe: (done, total) => `${run}: ${done}/${total} galaxies`,
      }),
    });
    const others = byId.size - galaxies.length;
    const note = others > 0 ? `; ${others} pictures are of galaxies that ${wanted?.file} has not` : '';
    const seconds = (performance.now() - started) / 1000;
    terminal.note(`${run}: ${table.ids.length} galaxies predicted in ${duration(seconds)}${note}`);
    return table;
  };
  return runs.map((run) => {
    let table: Solutions | undefined; // is read again to be weighted
    return {
      name: run,
      read: async (wanted) => {
        table ??= await predict(run, wanted);
        return table;
      },
    };
  });
}

async function run(given: Flags & Record<string, unknown>): Promise<void> {
  const flags = { ...given, ...schema.parse(givenSettings(schema, given)) };
  const terminal = new Terminal(flags);
  check(flags);
  const [
    { readSolutions },
    { writeSubmission },
    { checkWritable },
    { projectOntoTree },
    { alignTables },
    { rmseScores },
    { gatherModels, weightedMean },
    { scoreEnsemble },
    { formatEnsemble },
  ] = await Promise.all([
    import('../node/data/readSolutions.ts'),
    import('../node/data/writeSubmission.ts'),
    import('../node/files/atomic.ts'),
    import('../tree/conditional.ts'),
    import('../evaluate/align.ts'),
    import('../evaluate/rmse.ts'),
    import('../evaluate/ensembleTables.ts'),
    import('../evaluate/ensembleScores.ts'),
    import('../report/ensembleText.ts'),
  ]);
  const { predictions = [], out, weights: way, seed = 1, project = false } = flags;
  const read = (path: string | undefined, kaggle: boolean) =>
    path === undefined ? undefined : readSolutions(GALAXY_ZOO_2, path, { kaggle });
  const [solutions, sample] = [await read(flags.solutions, false), await read(flags.sample, true)];
  await checkWritable(out);
  const leftOut: { name: string; reason: string }[] = [];
  // Tables first: a fault in one is told before hours of predicting.
  const models: EnsembleModel[] = [
    ...predictions.map((path) => ({ name: path, read: () => readSolutions(GALAXY_ZOO_2, path) })),
    ...(await modelsOfRuns(flags, terminal, solutions, leftOut)),
  ];
  const names = models.map(({ name }) => name);
  const { galaxies, mean, labelled } = await gatherModels(GALAXY_ZOO_2, models, {
    sample,
    solutions,
    onModel: (name, number, count) => terminal.progress(() => `table ${number}/${count}: ${name}`),
  });
  if (labelled !== undefined) {
    const without = labelled.withoutPrediction;
    terminal.note(
      `${labelled.ids.length} of the ${galaxies.ids.length} galaxies have a solution in ${solutions!.file}` +
        (without > 0 ? ` (${without} solutions without prediction)` : ''),
    );
  }
  // One galaxy cannot be halved; an equal mean needs no halves.
  const isTooFew = labelled?.ids.length === 1 && way === 'equal';
  if (isTooFew) terminal.note('no scores: they take two labelled galaxies or more');
  const scores = labelled && !isTooFew ? scoreEnsemble(GALAXY_ZOO_2, names, labelled, seed) : undefined;
  const weights = scores?.weightings[WAYS[way]].weights ?? names.map(() => 1 / names.length);
  const fractions = way === 'equal' ? mean : await weightedMean(GALAXY_ZOO_2, models, weights, galaxies);

  const ofRow = (row: number) =>
    fractions.subarray(row * GALAXY_ZOO_2.columns.length, (row + 1) * GALAXY_ZOO_2.columns.length);
  if (project) {
    for (const row of galaxies.ids.keys()) ofRow(row).set(projectOntoTree(GALAXY_ZOO_2, ofRow(row)));
  }
  const gain = scores?.weightings[WAYS[way]].gain ?? 0;
  if (gain < 0) {
    terminal.note(`--weights ${way}: worse on the held-out half than all equally, by ${(-gain).toFixed(5)}`);
  }
  const count = await writeSubmission(
    GALAXY_ZOO_2,
    out,
    galaxies.ids.map((id, row) => ({ id, fractions: ofRow(row) })),
  );
  const written = counted(count, 'prediction', 'predictions');
  const used = weights.filter((weight) => weight > 0).length;
  let projectedRmse: number | undefined;
  if (project && labelled) {
    const truth = { file: solutions!.file, ids: [...labelled.ids], fractions: labelled.truth };
    const aligned = alignTables(GALAXY_ZOO_2, truth, { ...galaxies, fractions }, { partial: true });
    projectedRmse = rmseScores(GALAXY_ZOO_2, aligned.truth, aligned.predictions).rmse;
  }
  const text = [
    `${written} in ${out}: ${way} weights, ${used} of ${names.length} models`,
    project ? ', projected onto the tree' : '',
    projectedRmse === undefined ? '' : ` (RMSE ${projectedRmse.toFixed(5)} on all that are labelled)`,
    sample ? `; the galaxies are those of ${sample.file}` : '',
  ].join('');
  terminal.result(scores ? `${formatEnsemble(scores)}\n${text}` : text, {
    out,
    galaxies: count,
    way,
    weights: names.map((model, i) => ({ model, weight: weights[i] })),
    projected: project,
    projectedRmse,
    sample: sample?.file,
    scores,
    solutionsWithoutPrediction: labelled?.withoutPrediction,
    leftOut,
  });
}

const schema = z.strictObject({
  weights: z
    .enum(Object.keys(WAYS) as (keyof typeof WAYS)[])
    .default('equal')
    .meta({ description: 'all but equal are chosen on half of the labelled galaxies' }),
  seed: z
    .int()
    .min(0)
    .optional()
    .meta({ value: 'S', description: 'splits the labelled galaxies (default: 1)' }),
});

export function addAverage(command: Command): void {
  command
    .description(
      'average predictions of several models, score them alone and together, and write a submission',
    )
    .option('--predictions <CSV...>', 'tables of predictions, as `predict` writes them; also zipped')
    .option('--run <RUN...>', 'runs of `tuningfork train` that are predicted first')
    .option('--images <PATH>', "the runs' pictures: a folder or a zip")
    .requiredOption('--out <FILE.csv>', 'the average')
    .option('--solutions <CSV>', 'true vote fractions of some of the galaxies: scores, and weights by them')
    .option(
      '--sample <FILE>',
      "a submission whose galaxies must be those written, such as Kaggle's benchmark, .csv or .zip",
    )
    .option('--project', "make every row obey the tree's sums");
  addSchemaOptions(command, schema);
  addPredictOptions(command);
  command.action(run);
}
addAverage.command = 'average';
