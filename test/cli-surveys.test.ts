/** The command `surveys`, and `--tree`. */
import { writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { SURVEYS } from '../src/tree/surveys.ts';
import { runHere, succeed, succeedWithJson, temporaryFolder } from './command.ts';

const { path, remove } = temporaryFolder();
afterAll(remove);

it('lists the surveys with their sources', async () => {
  const all = (await succeedWithJson('surveys')) as unknown as Record<string, unknown>[];
  expect(all).toHaveLength(SURVEYS.length);
  expect(all[0]).toEqual({
    name: 'gz2',
    title: 'Galaxy Zoo 2',
    questions: 11,
    answers: 37,
    fractions: 'cumulative',
    source: SURVEYS[0]!.data.source,
  });
  const { stdout } = await succeed('surveys');
  expect(stdout).toMatch(
    /^gz-euclid +Galaxy Zoo Euclid: 13 questions, 46 answers\n +columns of galaxy-datasets/m,
  );
  expect(stdout).toContain('Galaxy10 DECaLS: 1 question, 10 answers');
});

it('shows the questions of a survey, its columns, and where answers lead', async () => {
  const { stdout } = await succeed('surveys', 'gz-decals-5');
  expect(stdout).toContain('10 questions, 34 answers; fractions are conditional');
  expect(stdout).toContain('\n3 edge-on: Could this be a disk viewed edge-on?\n');
  expect(stdout).toMatch(/^ {2}3\.2 {3}no +disk-edge-on-dr5_no +→ 5 bar$/m);
  expect(stdout).toMatch(/^ {2}10\.1 {2}none +merging-dr5_none +end$/m);
  expect((await succeed('surveys', 'gz2')).stdout).toContain(
    '6 odd: Is there anything odd? (asked of all)\n',
  );
});

it('prints a tree as JSON, which --tree takes', async () => {
  const data = await succeedWithJson('surveys', 'gz-hubble');
  const file = path('hubble.json');
  writeFileSync(file, JSON.stringify(data));
  expect(await succeedWithJson('surveys', file)).toEqual(data);
  const [network] = (await succeedWithJson('networks', '--network', 'cnn', '--tree', file)) as unknown as {
    layers: { output: unknown }[];
  }[];
  expect(network!.layers.at(-1)!.output).toEqual({ kind: 'features', count: 57 });
});

it('shows a list of classes, and names the fault of a broken tree', async () => {
  const file = path('classes.json');
  writeFileSync(file, '["spiral", "smooth"]');
  expect((await succeed('surveys', file)).stdout).toContain('  1.2   smooth  smooth  end');
  writeFileSync(file, '["spiral", "spiral"]');
  expect(await runHere(['surveys', file])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `tuningfork: ${file}: questions[0].answers[1].text: two answers have the text 'spiral'\n`,
  });
  const { code, stderr } = await runHere(['surveys', 'gz3']);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(
      /^tuningfork: survey gz3: no such survey or file; expected a \.json file, or one of gz2, gz2-hart, /,
    ),
  ]);
});
