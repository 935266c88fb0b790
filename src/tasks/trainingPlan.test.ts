import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { trainingSchema } from '../train/config.ts';
import { planTraining } from './trainingPlan.ts';

const folder = mkdtempSync(join(tmpdir(), 'plan-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('says that the head softmax fits a list of classes, unless a head is chosen', async () => {
  const tree = join(folder, 'classes.json');
  writeFileSync(tree, '["spiral", "smooth", "merger"]');
  const notesOf = async (settings: object) => {
    const notes: string[] = [];
    const small = { network: 'baseline-small', kernels: [3, 3, 3, 3], channels: [2, 2, 2, 2], threads: 1 };
    await planTraining(trainingSchema.parse({ data: folder, ...small, ...settings }), join(folder, 'run'), {
      onEvent: (event) => event.kind === 'note' && notes.push(event.message),
    });
    return notes;
  };
  expect(await notesOf({ tree })).toEqual([
    'the head sigmoid gives each of the 3 answers a probability of its own; with the head softmax they add up to 1',
  ]);
  expect(await notesOf({ tree, head: 'sigmoid' })).toEqual([]);
  expect(await notesOf({})).toEqual([]);
});
