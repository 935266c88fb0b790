#!/usr/bin/env node
/**
 * `npm run demo`: from a simulated sky to an explanation, with the commands that a user would type. It resumes where it was
 * stopped. `npm run demo -- --train 64 --test 16 --epochs 1 --out DIR` runs a smaller one.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { UserError } from '../errors.ts';
import { nodeFiles } from '../node/files/files.ts';
import { duration } from '../report/table.ts';
import { readTrainedIds } from '../run/folder.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { shellWord } from './printable.ts';
import { onSignals, outliveTerminal, SIGNAL_CODES, STOPPED_BY_SIGNAL } from './signals.ts';
import { tolerateClosedPipes } from './terminal.ts';

/** With these, the demo takes three minutes on two cores. */
const DEFAULTS = { train: '1200', test: '300', epochs: '4', network: 'baseline', out: 'demo' };

const tuningfork = fileURLToPath(new URL('main.js', import.meta.url));
const say = (text: string) => process.stdout.write(`${text}\n`);

/** Exit codes of commands that a signal stopped. */
const STOPPED = [STOPPED_BY_SIGNAL, ...Object.values(SIGNAL_CODES)];

/** A command failed and has printed the reason. */
class Failed extends Error {
  constructor(readonly code: number) {
    super();
  }
}

/** Runs a command as if it had been typed. @returns its JSON document */
function run(...parameters: string[]): Promise<unknown> {
  say(`\n$ npx tuningfork ${parameters.map(shellWord).join(' ')}`);
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [tuningfork, ...parameters, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    // The command stops first, then the demo. A terminal sends Ctrl-C and SIGHUP to both; SIGTERM is passed on.
    const end = onSignals((signal) => signal === 'SIGTERM' && child.kill(signal));
    child.on('close', end);
    child.on('error', fail).on('close', (code) => {
      if (code === 0) done(JSON.parse(text));
      else fail(new Failed(code ?? 1));
    });
  });
}

tolerateClosedPipes();
outliveTerminal();
const { train, test, epochs, network, out } = new Command('npm run demo --')
  .description('simulate a sky, train on it, measure, explain')
  .option('--train <N>', 'galaxies to train on', DEFAULTS.train)
  .option('--test <N>', 'galaxies to measure on', DEFAULTS.test)
  .option('--epochs <N>', 'passes over the galaxies', DEFAULTS.epochs)
  .option('--network <NAME>', 'the network to train', DEFAULTS.network)
  .option('--out <DIR>', 'the folder of all results', DEFAULTS.out)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<typeof DEFAULTS>();

const sky = join(out, 'sky');
const trained = join(out, 'run');
const scores = join(out, 'scores');
const drawing = join(out, 'explanation.png');

/** Checks that the sky of an earlier run, if there is one, has the same size. */
function checkSky(): void {
  const about = join(sky, 'sky.json');
  const made = existsSync(about) ? JSON.parse(readFileSync(about, 'utf8')) : undefined;
  if (made?.train === Number(train) && made.test === Number(test)) {
    say(`using ${sky}`);
    return;
  }
  const what = made === undefined ? 'is not a sky' : `has ${made.train} and ${made.test} galaxies`;
  throw new UserError(`${sky} ${what}: remove ${out}, or choose another --out`);
}

/** All steps; each is a command. */
async function demonstrate(): Promise<void> {
  const started = performance.now();
  if (existsSync(sky)) checkSky();
  else await run('sky', '--out', sky, '--train', train, '--test', test);
  const isBegun = existsSync(join(trained, 'config.json'));
  await run(
    ...['train', '--data', sky, '--network', network, '--epochs', epochs, '--lr', '5e-4'],
    ...['--out', trained, ...(isBegun ? ['--resume'] : [])],
  );
  const images = join(sky, 'images_test_rev1');
  const { galaxies, rmse, rmseInterval, meanPredictorRmse } = (await run(
    ...['evaluate', '--run', trained, '--solutions', join(sky, 'test_solutions.csv'), '--images', images],
    ...['--out', scores],
  )) as {
    galaxies: number;
    rmse: number;
    rmseInterval: { low: number; high: number };
    meanPredictorRmse: number;
  };
  const learned = await readTrainedIds(nodeFiles, trained);
  const image = join(images, `${await clearestSpiral(join(scores, 'predictions.csv'))}.jpg`);
  await run('explain', '--run', trained, '--image', image, '--out', drawing, '--views', '8', '--deletion');

  say(`
Trained \`${network}\` on ${learned?.size} simulated galaxies and scored it on ${galaxies} others, in ${duration((performance.now() - started) / 1000)}:

  RMSE            ${rmse.toFixed(4)}   95 %: ${rmseInterval.low.toFixed(4)} … ${rmseInterval.high.toFixed(4)}
  mean predictor  ${meanPredictorRmse.toFixed(4)}   the same galaxies, all predicted as the mean of their votes
${rmse < meanPredictorRmse ? '' : '\n  The network has learned nothing yet: this training is too short to do more than show the commands.\n'}
  ${resolve(trained, 'report.html')}   the training
  ${resolve(scores, 'report.html')}   the scores and the galaxies
  ${resolve(drawing)}   which parts of a picture an answer depends on

Next, with real galaxies: download the Galaxy Challenge's data from
https://www.kaggle.com/c/galaxy-zoo-the-galaxy-challenge/data into galaxy-zoo/, and

  npx tuningfork train --data galaxy-zoo --network baseline --epochs 24 --batch 32 --lr 5e-4 --out runs/first

docs/kaggle.md continues to a submission; docs/classify.md is for your own pictures.`);
}

/** The ID of the galaxy with the highest fraction of spiral arms. */
async function clearestSpiral(predictions: string): Promise<string> {
  const [{ readSolutions }, { columnNamed }] = await Promise.all([
    import('../node/data/readSolutions.ts'),
    import('../tree/tree.ts'),
  ]);
  const { ids, fractions } = await readSolutions(GALAXY_ZOO_2, predictions);
  const { index } = columnNamed(GALAXY_ZOO_2, '4.1')!;
  const spiral = (row: number) => fractions[row * GALAXY_ZOO_2.columns.length + index];
  return ids[ids.reduce((best, _, row) => (spiral(row)! > spiral(best)! ? row : best), 0)]!;
}

await demonstrate().catch((error: unknown) => {
  if (error instanceof UserError) process.stderr.write(`demo: ${error.message}\n`);
  else if (!(error instanceof Failed)) throw error;
  else if (STOPPED.includes(error.code)) say('stopped; continue with the same command');
  process.exitCode = error instanceof Failed ? error.code : 2;
});
