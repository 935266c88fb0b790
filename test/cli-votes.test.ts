/** Losses for counts of votes, intervals and their coverage, on the simulated sky. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawObject } from '../src/sky/population.ts';
import { voteCounts } from '../src/sky/votes.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { runHere, SMALL, succeed, succeedWithJson, temporaryFolder } from './command.ts';

const { path, remove } = temporaryFolder();
afterAll(remove);

const SEED = 7;
const [GALAXIES, TESTED] = [64, 16];
const trained = ['--validation', '0.25', '--lr', '0.01', '--epochs', '6'];

/** The counts of the galaxies of a table. */
function countsTable(table: string): string {
  const [head, ...rows] = readFileSync(table, 'utf8').trim().split('\n');
  const counted = rows.map((row) => {
    const id = Number(row.split(',')[0]);
    return [id, ...voteCounts(drawObject(SEED, id), SEED, id)].join();
  });
  return `${[head, ...counted].join('\n')}\n`;
}

beforeAll(async () => {
  const sizes = ['--train', String(GALAXIES), '--test', String(TESTED), '--seed', String(SEED)];
  await succeed('sky', '--out', path('sky'), ...sizes, '--workers', '2');
  writeFileSync(path('counts.csv'), countsTable(path('sky', 'training_solutions_rev1.csv')));
  writeFileSync(path('test-counts.csv'), countsTable(path('sky', 'test_solutions.csv')));
});

const pictures = () => path('sky', 'images_training_rev1');
const testPictures = () => path('sky', 'images_test_rev1');

describe('a network that is trained on counts', () => {
  const run = path('dirichlet');
  beforeAll(() =>
    succeed(
      ...['train', '--solutions', path('counts.csv'), '--images', pictures(), '--out', run],
      ...[...SMALL, ...trained, '--loss', 'dirichlet-multinomial'],
    ),
  );

  it('keeps the temperature in the run and in the model file', async () => {
    const { temperature } = JSON.parse(readFileSync(path('dirichlet', 'uncertainty.json'), 'utf8'));
    expect(temperature).toBeGreaterThan(0);
    await succeed('export', '--run', run, '--out', path('model.safetensors'));
    const args = ['--images', testPictures(), '--views', '1'];
    await succeed('predict', '--run', run, ...args, '--out', path('a.csv'), '--intervals', path('a-i.csv'));
    const model = ['--model', path('model.safetensors')];
    await succeed('predict', ...model, ...args, '--out', path('b.csv'), '--intervals', path('b-i.csv'));
    expect(readFileSync(path('b-i.csv'), 'utf8')).toBe(readFileSync(path('a-i.csv'), 'utf8'));
  });

  it('has intervals whose coverage is near their levels', async () => {
    const scored = ['--solutions', path('test-counts.csv'), '--images', testPictures()];
    const result = (await succeedWithJson(
      'evaluate',
      '--run',
      run,
      ...scored,
      '--no-central-pixels',
    )) as Record<'coverage' | 'coverageReached', Record<string, number>> & { logLikelihood: number };
    const { coverage, coverageReached, logLikelihood } = result;
    expect(Object.keys(coverage)).toEqual(['50', '80', '95']);
    for (const level of [50, 80, 95])
      expect(Math.abs(coverageReached[level]! - level / 100), `${level} %`).toBeLessThan(0.2);
    expect(coverage['95']).toBeGreaterThan(0.85);
    expect(logLikelihood).toBeLessThan(0);
  });

  it('writes intervals of fractions and of the votes of N people', async () => {
    const args = ['--run', run, '--images', testPictures(), '--out', path('p.csv'), '--people', '40'];
    await succeed('predict', ...args, '--intervals', path('i.csv'));
    const [head, ...rows] = readFileSync(path('i.csv'), 'utf8').trim().split(/\r?\n/);
    const names = head!.split(',');
    expect(names.slice(0, 3)).toEqual(['GalaxyID', 'Class1.1_50_low', 'Class1.1_50_high']);
    expect(names).toHaveLength(1 + 37 * 3 * 2 * 2);
    expect(rows).toHaveLength(TESTED);
    const cells = rows[0]!.split(',').map(Number);
    const at = (name: string) => cells[names.indexOf(name)]!;
    for (const { name } of GALAXY_ZOO_2.columns)
      for (const [kind, most] of [
        ['', 1],
        ['_votes', 40],
      ] as const) {
        const ends = ['95_low', '80_low', '50_low', '50_high', '80_high', '95_high'].map((end) =>
          at(`${name}${kind}_${end}`),
        );
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        expect(ends[0]! >= 0 && ends[5]! <= most).toBe(true);
      }
  });
});

describe('a network that is trained on fractions', () => {
  const data = ['--data', path('sky')];

  it('is refused with a loss for counts, and with a head that does not fit its loss', async () => {
    const refused = async (...flags: string[]) =>
      (await runHere(['train', ...data, '--out', path('refused'), ...SMALL, ...flags])).stderr;
    expect(await refused('--loss', 'multinomial')).toContain(
      `--loss multinomial: requires counts of votes, but the ${GALAXIES} galaxies have only fractions`,
    );
    expect(await refused('--calibration', '0.3', '--validation', '0')).toContain(
      '--calibration 0.3: requires --validation above 0',
    );
    expect(await refused('--head', 'dirichlet')).toContain(
      '--loss bce: does not train the head dirichlet; choose the --head sigmoid or tree or softmax',
    );
    expect(await refused('--loss', 'dirichlet-multinomial', '--calibration', '0.3')).toContain(
      '--calibration 0.3: has no effect with the --head dirichlet, which gives intervals itself',
    );
  });

  it('has conformal intervals from galaxies of their own', async () => {
    const run = path('conformal');
    const split = ['--calibration', '0.7', '--validation', '0.1'];
    const { stderr } = await succeed('train', ...data, '--out', run, ...SMALL, ...split);
    expect(stderr.match(/will not be flagged: that needs 200 galaxies to train on, got 13\n/g)).toHaveLength(
      1,
    );
    const ids = (name: string) =>
      readFileSync(path('conformal', name), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0]);
    expect(ids('calibration.csv')).toHaveLength(45);
    const used = [...ids('training.csv'), ...ids('validation.csv')];
    expect(used.filter((id) => ids('calibration.csv').includes(id))).toEqual([]);
    const solutions = path('sky', 'test_solutions.csv');
    const scored = ['--solutions', solutions, '--images', testPictures(), '--no-central-pixels'];
    const result = (await succeedWithJson('evaluate', '--run', run, ...scored)) as {
      coverage: Record<string, number>;
      intervals: { of: string };
      logLikelihood?: number;
    };
    expect(result.intervals.of).toBe('fractions');
    expect(result.logLikelihood).toBeUndefined();
    expect(result.coverage['95']).toBeGreaterThan(0.85);
    const args = ['--run', run, '--images', testPictures(), '--out', path('c.csv')];
    const people = await runHere(['predict', ...args, '--intervals', path('c-i.csv'), '--people', '9']);
    expect(people.stderr).toContain('--people 9: requires a network with the --head dirichlet');
    await succeed('predict', ...args, '--intervals', path('c-i.csv'));
  });

  it('has no intervals without galaxies for them', async () => {
    const run = path('plain');
    await succeed('train', ...data, '--out', run, ...SMALL, '--epochs', '1', '--validation', '0');
    const { code, stderr } = await runHere([
      ...['predict', '--run', run, '--images', testPictures()],
      ...['--out', path('d.csv'), '--intervals', path('d-i.csv')],
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('expected a network trained with --head dirichlet or with --calibration');
  });
});
