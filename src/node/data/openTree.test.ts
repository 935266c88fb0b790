import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../../tree/surveys/galaxyZoo2.ts';
import { openTree } from './openTree.ts';

const folder = mkdtempSync(join(tmpdir(), 'tuningfork-tree-'));
afterAll(() => rmSync(folder, { recursive: true }));

it("returns the folder's tree or Galaxy Zoo 2, and names faults", async () => {
  const file = join(folder, 'tree.json');
  expect(await openTree(folder)).toBe(GALAXY_ZOO_2);
  expect(await openTree(join(folder, 'missing'))).toBe(GALAXY_ZOO_2);
  const [question] = GALAXY_ZOO_2.data.questions;
  const answers = question!.answers.map(({ text, column }) => ({ text, column }));
  const data = { ...GALAXY_ZOO_2.data, questions: [{ ...question, answers }], classes: undefined };
  writeFileSync(file, JSON.stringify(data));
  expect((await openTree(folder)).columns).toHaveLength(3);
  expect(await openTree(join(file, 'galaxies.store'))).toBe(GALAXY_ZOO_2); // not a folder but a pack
  writeFileSync(file, '{\n,');
  await expect(openTree(folder)).rejects.toThrow(`${file} line 2: not JSON`);
});
