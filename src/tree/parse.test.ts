import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.ts';
import { parseTree } from './parse.ts';
import { GALAXY_ZOO_2 } from './surveys/galaxyZoo2.ts';

const answers = (...names: string[]) => names.map((text) => ({ text, column: text }));
const tree = (...questions: object[]) => ({ name: 'mine', title: 'Mine', source: 'me', questions });
const shape = { topic: 'shape', text: 'Shape?', answers: answers('round', 'flat') };

describe('parseTree', () => {
  it('reads a tree from JSON', () => {
    expect(parseTree(JSON.parse(JSON.stringify(GALAXY_ZOO_2.data)), 'gz2.json')).toEqual(GALAXY_ZOO_2);
  });

  it.each<[string, unknown, string]>([
    ['no object', [1], 'expected an object, got [1]'],
    ['no name', { ...tree(shape), name: '' }, 'name: expected a text, got ""'],
    ['an unknown key', { ...tree(shape), answers: 3 }, 'unknown key "answers"'],
    ['no questions', tree(), 'questions: expected 1 or more, got []'],
    [
      'one answer',
      tree({ ...shape, answers: answers('round') }),
      'questions.0.answers: expected 2 or more, got [{"text":"round","column":"round"}]',
    ],
    [
      'a number as a column',
      tree({ ...shape, answers: [...answers('a'), { text: 'b', column: 3 }] }),
      'questions.0.answers.1.column: expected a text, got 3',
    ],
    ['a long text', tree({ ...shape, text: 'x'.repeat(1001) }), 'questions.0.text: expected 1000 characters'],
    [
      'a column that needs quotes',
      tree({ ...shape, answers: answers('round', 'flat, thin') }),
      "tree mine: question 'shape', answer 'flat, thin': expected a column name without commas and quotes, got 'flat, thin'",
    ],
    [
      'a question that is never asked',
      tree(shape, { topic: 'arms', text: 'Arms?', answers: answers('yes', 'no') }),
      "tree mine: question 'arms': no answer leads to it",
    ],
  ])('refuses %s with the place', (_, data, problem) => {
    expect(() => parseTree(data, 'mine.json')).toThrow(UserError);
    expect(() => parseTree(data, 'mine.json')).toThrow(`mine.json: ${problem}`);
  });
});
