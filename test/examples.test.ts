/** Every example of the documentation runs: docstrings of the API, TypeScript and commands in README.md and docs/. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './command.ts';
import { apiExamples, markdownBlocks } from './examples/collect.ts';
import { writeHome } from './examples/home.ts';
import { type ExampleOutcome, runExamples } from './examples/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const { path, remove } = temporaryFolder();
afterAll(remove);

describe('TypeScript examples', () => {
  const api = apiExamples(root);
  const examples = [...api.examples, ...[...markdownBlocks(root, 'ts').values()].flat()];
  let outcomes: ExampleOutcome[];
  beforeAll(async () => {
    for (const folder of ['home', 'copies']) mkdirSync(path(folder));
    await writeHome(path('home'));
    outcomes = await runExamples(root, examples, path('home'), path('copies'));
  });

  it('are there for every exported value', () => {
    expect(api.without).toEqual([]);
  });

  for (const [index, { name }] of examples.entries()) {
    it(name, () => {
      expect(outcomes[index].diagnostics).toEqual([]);
      expect(outcomes[index].error).toBeUndefined();
    });
  }

  it('are held against their comments', () => {
    const held = outcomes.reduce((sum, each) => sum + each.held, 0);
    console.log(`${examples.length} examples, ${held} values held`);
    expect(held).toBeGreaterThan(70);
  });
});
