/**
 * Commands are killed at random moments, many of them while a file is being written: their output is absent, unchanged or
 * complete, and a second run gives the same bytes. `KILLS=200 npx vitest run test/kills.test.ts` is a campaign.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  entry,
  filesBelow,
  filesOfRun,
  isUnfinished,
  lastValues,
  NAMED,
  readTensors,
  readUntimedMetrics,
  SMALL,
  SMALL_NETWORK,
  succeed,
  temporaryFolder,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

/** Number of kills of each command; training is killed twice as often. */
const KILLS = Number(process.env.KILLS ?? 1);
/** Start-up time of a process, in milliseconds. */
const START = 500;
const TIMEOUT = 60_000 * (KILLS + 1);

const { path, remove } = temporaryFolder();
const sky = path('sky');
const run = path('undisturbed');
const pictures = path('sky', 'images_training_rev1');

/** A network whose checkpoint of 10 MB takes a while to write. */
const settings = ['--data', sky, ...SMALL, ...NAMED, '--batch', '4', '--epochs', '2', '--validation', '0.2'];
const train = (out: string) => ['train', ...settings, '--out', out];

const foldersIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

/** A command to kill, its output folder, and the checks afterwards. */
interface Victim {
  parameters: readonly string[];
  folder: string;
  expectAfterwards: () => Promise<void>;
}

/**
 * Starts a command and kills it `delay` milliseconds later, or after it has begun to write its `file`th file of a kind.
 * @returns flags: it was killed before it ended, and it was writing a file at that time
 */
async function kill(
  { parameters, folder }: Victim,
  delay: number,
  aim?: { file: number; kind: RegExp },
): Promise<{ killed: boolean; writing: boolean }> {
  const command = spawn(process.execPath, [entry, ...lastValues(parameters), '--quiet'], {
    stdio: 'ignore',
  });
  const strike = () => setTimeout(() => command.kill('SIGKILL'), delay);
  const seen = new Set<string>();
  const look = (_: string, name: string | null) => {
    if (name === null || !isUnfinished(name) || !aim?.kind.test(name) || seen.has(name)) return;
    if (seen.add(name).size === aim.file) strike();
  };
  const folders = [folder, ...foldersIn(folder)];
  const watchers = aim ? folders.map((each) => watch(each, look)) : [];
  if (!aim) strike();
  const killed = await new Promise<boolean>((resolve, reject) => {
    command.on('error', reject).on('close', (_, signal) => resolve(signal === 'SIGKILL'));
  });
  for (const watcher of watchers) watcher.close();
  return { killed, writing: filesBelow(folder).some(isUnfinished) };
}

/**
 * Kills a command until it was killed `kills` times.
 * @param duration of the command, in milliseconds
 * @param prepare makes the folder of each attempt
 * @param aim files whose writing to hit; random moments rarely hit one
 */
async function killOften(
  name: string,
  kills: number,
  duration: number,
  prepare: (attempt: number) => Victim,
  aim: { files: number; kind: RegExp },
): Promise<void> {
  let [done, writing, attempts] = [0, 0, 0];
  while (done < kills) {
    expect(attempts, `${name}: attempts`).toBeLessThan(10 * (kills + 1));
    const victim = prepare(attempts);
    const file = 1 + Math.floor(aim.files * Math.random());
    const outcome =
      attempts++ % 2 === 0
        ? await kill(victim, 20 * Math.random() ** 2, { file, kind: aim.kind })
        : await kill(victim, duration * Math.random());
    if (outcome.killed) done++;
    if (outcome.killed && outcome.writing) writing++;
    await victim.expectAfterwards();
    expect(filesBelow(victim.folder).filter(isUnfinished), `${name}: left behind`).toEqual([]);
  }
  if (process.env.KILLS) console.log(`${name}: ${done} kills, ${writing} of them while a file was written`);
}

/** Runs a command undisturbed. @returns its approximate duration in milliseconds */
async function time(parameters: readonly string[]): Promise<number> {
  const started = performance.now();
  await succeed(...parameters, '--quiet');
  return performance.now() - started + START;
}

let trainingTime: number;
beforeAll(async () => {
  await writeSky(sky, galaxyIds(10));
  trainingTime = await time(train(run));
  for (const [name, views] of [
    ['one', '1'],
    ['two', '2'],
  ]) {
    await succeed(
      'predict',
      '--run',
      run,
      '--images',
      pictures,
      '--out',
      path(`${name}.csv`),
      '--views',
      views!,
    );
  }
});
afterAll(remove);

/** Expects every file of a killed run to be whole and equal to that of the undisturbed run. */
function expectWhole(folder: string): void {
  for (const name of ['training.csv', 'validation.csv']) {
    const file = `${folder}/${name}`;
    if (existsSync(file)) expect(readFileSync(file, 'utf8')).toBe(readFileSync(`${run}/${name}`, 'utf8'));
  }
  for (const name of ['last', 'best']) {
    const file = `${folder}/checkpoint/${name}.safetensors`;
    if (existsSync(file))
      expect(readTensors(file).tensors.size).toBe(readTensors(file.replace(folder, run)).tensors.size);
  }
  if (existsSync(`${folder}/metrics.jsonl`)) {
    const metrics = readUntimedMetrics(folder);
    expect(metrics).toEqual(readUntimedMetrics(run).slice(0, metrics.length));
  }
  const pages = ['report.html'].filter((name) => existsSync(`${folder}/${name}`));
  for (const name of pages) expect(readFileSync(`${folder}/${name}`, 'utf8').trimEnd()).toMatch(/<\/html>$/);
}

const withoutTime = (key: string, value: unknown) => (key === 'seconds' ? undefined : value);

/** A run's files, without times. */
function contentOfRun(folder: string): Record<string, unknown> {
  const read = (name: string) => readFileSync(`${folder}/${name}`);
  return {
    files: filesOfRun(folder),
    last: read('checkpoint/last.safetensors').toString('base64'),
    best: read('checkpoint/best.safetensors').toString('base64'),
    metrics: readUntimedMetrics(folder),
  };
}

describe('killed', () => {
  it('a training run resumes with bit-identical results', { timeout: 2 * TIMEOUT }, async () => {
    const expected = contentOfRun(run);
    const prepare = (attempt: number): Victim => {
      const folder = path(`run ${attempt}`);
      mkdirSync(`${folder}/checkpoint`, { recursive: true });
      const expectAfterwards = async () => {
        expectWhole(folder);
        const isBegun = existsSync(`${folder}/config.json`);
        await succeed(...(isBegun ? ['train', '--out', folder, '--resume'] : train(folder)), '--quiet');
        expect(contentOfRun(folder)).toEqual(expected);
      };
      return { parameters: train(folder), folder, expectAfterwards };
    };
    const aim = { files: 5, kind: /safetensors/ };
    await killOften('train', 2 * KILLS, trainingTime, prepare, aim);
  });

  const images = ['--images', pictures];
  it.each([
    ['pack', 'pack', ['--data', sky]],
    ['predict', 'csv', ['--run', run, ...images]],
    ['average', 'csv', ['--predictions', path('one.csv'), path('two.csv'), '--project']],
  ])(
    '%s leaves the old output, none or the whole new one',
    { timeout: TIMEOUT },
    async (name, ending, parameters) => {
      const complete = path(`complete ${name}.${ending}`);
      const prepare = (attempt: number): Victim => {
        const folder = path(`${name} ${attempt}`);
        const out = `${folder}/out.${ending}`;
        const command = [name, ...parameters, '--out', out];
        mkdirSync(folder);
        if (attempt % 2 === 0) writeFileSync(out, 'as before');
        const before = existsSync(out) ? 'as before' : undefined;
        const expectAfterwards = async () => {
          const left = existsSync(out) ? readFileSync(out, 'latin1') : undefined;
          expect([before, readFileSync(complete, 'latin1')].includes(left)).toBe(true);
          await succeed(...command, '--quiet');
          expect(readFileSync(out).equals(readFileSync(complete))).toBe(true);
        };
        return { parameters: command, folder, expectAfterwards };
      };
      const aim = { files: 1, kind: /out/ };
      await killOften(name, KILLS, await time([name, ...parameters, '--out', complete]), prepare, aim);
    },
  );

  it('sky leaves nothing or a whole sky', { timeout: TIMEOUT }, async () => {
    const sky = (out: string) => ['sky', '--out', out, '--train', '10', '--test', '2', '--seed', '7'];
    const complete = path('complete sky');
    const content = (folder: string) =>
      filesBelow(folder).map((name) => [name, readFileSync(`${folder}/${name}`, 'latin1')]);
    const prepare = (attempt: number): Victim => {
      const folder = path(`sky ${attempt}`);
      const out = `${folder}/sky`;
      mkdirSync(folder);
      const expectAfterwards = async () => {
        if (!existsSync(out)) await succeed(...sky(out), '--quiet');
        expect(content(out)).toEqual(content(complete));
      };
      return { parameters: sky(out), folder, expectAfterwards };
    };
    await killOften('sky', KILLS, await time(sky(complete)), prepare, { files: 1, kind: /sky\..*\.tmp/ });
  });

  it('a comparison resumes with the same results', { timeout: 3 * TIMEOUT }, async () => {
    const plan = path('plan.json');
    const variants = [{ name: 'plain' }, { name: 'averaged', 'weight-average': 0.9 }];
    const settings = { network: SMALL_NETWORK, batch: 4, epochs: 1, validation: 0.2 };
    writeFileSync(plan, JSON.stringify({ seeds: [1], settings, variants }));
    const flags = ['--config', plan, '--data', sky, '--threads', '1', '--workers', '1'];
    const compare = (out: string) => ['compare', ...flags, '--out', out];
    const complete = path('complete comparison');
    const content = (folder: string) => ({
      files: filesOfRun(folder),
      scores: JSON.parse(readFileSync(`${folder}/comparison.json`, 'utf8'), withoutTime),
      runs: ['plain', 'averaged'].map((name) => contentOfRun(`${folder}/runs/${name}/seed-1`)),
    });
    const prepare = (attempt: number): Victim => {
      const folder = path(`comparison ${attempt}`);
      mkdirSync(folder);
      const expectAfterwards = async () => {
        await succeed(...compare(folder), '--quiet');
        expect(content(folder)).toEqual(content(complete));
      };
      return { parameters: compare(folder), folder, expectAfterwards };
    };
    await killOften('compare', KILLS, await time(compare(complete)), prepare, {
      files: 5,
      kind: /comparison|store/,
    });
  });
});
