/** Every example of the documentation runs: docstrings of the API; TypeScript, commands and Python in README.md and docs/. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { succeed, temporaryFolder } from './command.ts';
import { apiExamples, markdownBlocks } from './examples/collect.ts';
import { commandsOf } from './examples/commands.ts';
import { trainFirst, writeBackbone, writeHome, writeStart, writeSurveys } from './examples/home.ts';
import { type ExampleOutcome, runExamples } from './examples/program.ts';
import { python, pythonNote, runPython } from './examples/python.ts';
import { difference } from './goldens.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const { path, remove } = temporaryFolder();
afterAll(remove);
// Generous, for a busy machine; it takes a minute of processor time.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

describe('TypeScript examples', () => {
  const api = apiExamples(root);
  const examples = [...api.examples, ...[...markdownBlocks(root, 'ts').values()].flat()];
  let outcomes: ExampleOutcome[];
  beforeAll(async () => {
    for (const folder of ['home', 'copies']) mkdirSync(path(folder));
    await writeHome(path('home'));
    outcomes = await runExamples(root, examples, path('home'), path('copies'));
  });

  it('exist for every exported value', () => {
    expect(api.without).toEqual([]);
  });

  for (const [index, { name }] of examples.entries()) {
    it(name, () => {
      expect(outcomes[index]!.diagnostics).toEqual([]);
      expect(outcomes[index]!.error).toBeUndefined();
    });
  }

  it('agree with their comments', () => {
    const held = outcomes.reduce((sum, each) => sum + each.held, 0);
    console.log(`${examples.length} examples, ${held} values compared`);
    expect(held).toBeGreaterThan(70);
  });
});

/** Documents that assume a trained network. */
const STARTS_WITH_RUN = new Set(['docs/classify.md', 'docs/features.md', 'docs/finetune.md']);

/** Documents that assume the folders of other surveys. */
const USES_SURVEYS = new Set(['docs/survey.md', 'docs/votes.md', 'docs/finetune.md']);

describe.each([...markdownBlocks(root, 'sh')])('commands in %s', (file, blocks) => {
  const folder = path(file.replaceAll('/', '-'));
  beforeAll(async () => {
    mkdirSync(folder);
    await writeStart(folder);
    if (STARTS_WITH_RUN.has(file)) await trainFirst(folder);
    if (USES_SURVEYS.has(file)) writeSurveys(folder);
    if (file === 'docs/backbones.md') writeBackbone(folder, markdownBlocks(root, 'json').get(file)![0]!.code);
    process.chdir(folder);
  });
  afterAll(() => process.chdir(root));

  // In order: later blocks use the files of earlier ones.
  for (const block of blocks) {
    it(block.name, async () => {
      for (const command of commandsOf(block)) {
        await succeed(...command);
      }
    });
  }

  for (const { name, code } of markdownBlocks(root, 'python').get(file) ?? []) {
    it.skipIf(python === undefined)(
      `${name}, in Python, gives the fractions of predict${pythonNote}`,
      async () => {
        const names = ['424x424.jpg', '211x300.jpg', '900x640.jpg'];
        mkdirSync('sizes');
        for (const each of names) {
          const [width, height] = each.match(/\d+/g)!.map(Number);
          await sharp('images/100008.jpg').resize(width, height, { fit: 'fill' }).toFile(`sizes/${each}`);
        }
        const flags = ['--run', 'runs/first', '--images', 'sizes', '--out', 'sizes.csv', '--threads', '1'];
        await succeed('predict', ...flags, '--workers', '1', '--quiet');
        const table = await readSolutions(GALAXY_ZOO_2, 'sizes.csv');
        const codes = table.ids.map((id) => code.replace('images/100008.jpg', `sizes/${id}.jpg`));
        const printed = runPython(codes.join('\n')).map((line) => JSON.parse(line.replaceAll("'", '"')));
        expect(printed).toHaveLength(names.length);
        const fractions = printed.flatMap((each) => GALAXY_ZOO_2.columns.map((column) => each[column.name]));
        expect(difference(fractions, table.fractions)).toBeLessThan(1e-5);
      },
    );
  }
});
