/** `npm run demo` at a smaller size: from start to end, and resumed. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { temporaryFolder } from './command.ts';

const { path, remove } = temporaryFolder();
const out = path('demo');
const demo = new URL('../dist/cli/demo.js', import.meta.url).pathname;
const network = path('small.json');
const small = ['--train', '36', '--test', '6', '--epochs', '1', '--network', network];
const run = (...flags: string[]) => promisify(execFile)(process.execPath, [demo, ...small, ...flags]);

describe('the demo', () => {
  let stdout: string;
  beforeAll(async () => {
    const layers = [
      { convolution: { channels: 4, kernel: 5, pool: 'max' } },
      { convolution: { channels: 8, kernel: 3, pool: 'max' } },
      { flatten: true },
      { dense: 37 },
    ];
    writeFileSync(network, JSON.stringify({ input: { size: 32, channels: 3 }, layers }));
    ({ stdout } = await run('--out', out));
  }, 240_000);
  afterAll(remove);

  it('prints the commands that a user would type', () => {
    const commands = stdout.match(/^\$ npx tuningfork \w+/gm);
    expect(commands).toEqual(
      ['sky', 'train', 'evaluate', 'explain'].map((name) => `$ npx tuningfork ${name}`),
    );
  });

  it('ends with the score on unseen galaxies, that of the mean predictor, and the next steps', async () => {
    const scores = JSON.parse(readFileSync(`${out}/scores/evaluation.json`, 'utf8'));
    const truth = await readSolutions(GALAXY_ZOO_2, `${out}/sky/test_solutions.csv`);
    expect(scores).toMatchObject({ galaxies: 6, trainedOn: 0 });
    expect(truth.ids).toHaveLength(6);
    expect(stdout).toContain(`Trained \`${network}\` on 32 simulated galaxies and scored it on 6 others`);
    expect(stdout).toContain(`RMSE            ${scores.rmse.toFixed(4)}`);
    expect(stdout).toContain(`mean predictor  ${scores.meanPredictorRmse.toFixed(4)}`);
    expect(stdout).toContain('kaggle.com/c/galaxy-zoo-the-galaxy-challenge');
  });

  it('writes the files that it names', () => {
    const named = stdout.match(/^ {2}\/\S+\.(html|png)/gm)!.map((line) => line.trim());
    expect(named).toHaveLength(3);
    for (const file of named) expect(statSync(file).size).toBeGreaterThan(10_000);
  });

  it('resumes where it was stopped', async () => {
    const drawn = statSync(`${out}/sky/sky.json`).mtimeMs;
    rmSync(`${out}/explanation.png`);
    const again = await run('--out', out);
    expect(again.stdout).toContain(`using ${out}/sky`);
    expect(again.stdout).not.toContain('$ npx tuningfork sky');
    expect(statSync(`${out}/sky/sky.json`).mtimeMs).toBe(drawn);
    expect(existsSync(`${out}/explanation.png`)).toBe(true);
  }, 120_000);

  it('stops with the exit code of the command that failed', async () => {
    const failed = await run('--out', path('other'), '--train', '2', '--test', '1', '--epochs', '0').catch(
      (error) => error,
    );
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain('--epochs');
    const changed = await run('--out', out, '--test', '7').catch((error) => error);
    expect([changed.code, changed.stderr]).toEqual([
      2,
      `demo: ${out}/sky has 36 and 6 galaxies: remove ${out}, or choose another --out\n`,
    ]);
  }, 120_000);
});
