/** The labels of the page: votes, and the trees that they belong to. */
import { expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { defineTree } from '../src/tree/tree.ts';
import { checkTreeName, labelledIds, lastVote, withTree } from '../web/src/labels.ts';
import type { VoteRecord } from '../web/src/protocol.ts';
import { contentOf } from '../web/src/worker/content.ts';

const vote = (id: string, time: number, answers = ['round']): VoteRecord => ({
  ...{ tree: 'mine', id, person: 'me', answers, time },
});

it('labels of skipped galaxies do not count, and only votes about listed galaxies are undone', () => {
  const votes = [vote('a', 1), vote('b', 3, []), vote('c', 2)];
  expect([...labelledIds(votes)]).toEqual(['a', 'c']);
  expect(lastVote(votes, [{ id: 'a' }, { id: 'c' }])).toBe(votes[2]);
  expect(lastVote(votes, [{ id: 'd' }])).toBeUndefined();
});

it('own trees are told apart by their names', () => {
  const mine = (text: string, name = 'mine') =>
    defineTree({
      ...{ name, title: 'Mine', source: 'me' },
      questions: [
        { topic: 'shape', text, answers: ['round', 'disk'].map((each) => ({ text: each, column: each })) },
      ],
    });
  const [first, second] = [mine('What is it?'), mine('Which shape?')];
  const own = withTree([], first.data);
  expect(withTree(own, second.data)).toEqual([second.data]);
  expect(withTree(own, GALAXY_ZOO_2.data)).toEqual(own);
  checkTreeName(mine('What is it?'), 'a.json', own, [vote('a', 1)]);
  checkTreeName(second, 'a.json', own, []);
  expect(() => checkTreeName(second, 'a.json', own, [vote('a', 1)])).toThrow(
    'a.json: another tree named mine has labels here; give this one a "name" of its own',
  );
  expect(() => checkTreeName(mine('What is it?', 'gz2'), 'a.json', [], [])).toThrow(
    'a.json: gz2 is the name of Galaxy Zoo 2; give this tree a "name" of its own',
  );
});

it('a picture is recognised in a zip too, and FITS with its stretch', async () => {
  const blob = new Blob(['123456789']);
  const content = '9 3421780262'; // crc32 of these digits: 0xcbf43926
  expect(await contentOf({ kind: 'blob', name: 'a.jpg', blob, shown: 'asinh' })).toEqual({ content });
  expect(await contentOf({ kind: 'blob', name: 'a.fits', blob, shown: 'asinh' })).toEqual({
    content,
    shown: 'asinh',
  });
  const entry = { offset: 0, compressedBytes: 5, bytes: 9, method: 8, crc32: 0xcbf43926 };
  expect(await contentOf({ kind: 'zip', name: 'a.jpg', path: 'a.zip', ...entry })).toEqual({ content });
});
