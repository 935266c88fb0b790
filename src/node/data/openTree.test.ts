import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../../tree/surveys/galaxyZoo2.ts';
import { namedTree, openTree } from './openTree.ts';

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
  expect((await openTree(folder, 'gz-euclid')).columns).toHaveLength(46);
  expect((await namedTree(file)).columns).toHaveLength(3);
  writeFileSync(file, '["spiral", "smooth"]');
  expect((await openTree(undefined, file)).columns.map(({ name }) => name)).toEqual(['spiral', 'smooth']);
  await expect(namedTree('gz3')).rejects.toThrow(
    'tree gz3: no such survey or file; expected a .json file, or one of gz2, gz2-hart, ',
  );
  await expect(openTree(file, 'gz2')).rejects.toThrow(`tree gz2: has no effect: \`data\` ${file} is packed`);
  writeFileSync(file, '{\n,');
  await expect(openTree(folder)).rejects.toThrow(`${file} line 2: not JSON`);
});
