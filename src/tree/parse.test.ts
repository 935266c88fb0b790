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

  it('reads a list of classes as one question', () => {
    const { data, columns } = parseTree(['spiral', 'smooth'], 'classes.json');
    expect(columns.map(({ name, label, next }) => [name, label, next])).toEqual([
      ['spiral', 'class: spiral', null],
      ['smooth', 'class: smooth', null],
    ]);
    expect(data.fractions).toBe('cumulative');
  });

  it.each<[string, unknown, string]>([
    ['no object', 'gz2', 'expected an object, got "gz2"'],
    ['a class that is no text', ['spiral', 1], '[1]: expected a text, got 1'],
    ['a single class', ['spiral'], 'questions[0].answers: expected two or more, got 1'],
    ['a class twice', ['a', 'b', 'a'], "questions[0].answers[2].text: two answers have the text 'a'"],
    [
      'another convention',
      { ...tree(shape), fractions: 'counts' },
      'fractions: expected cumulative or conditional',
    ],
    ['no name', { ...tree(shape), name: '' }, 'name: expected a text, got ""'],
    ['an unknown key', { ...tree(shape), answers: 3 }, 'unknown key "answers"'],
    ['no questions', tree(), 'questions: expected 1 or more, got []'],
    [
      'one answer',
      tree({ ...shape, answers: answers('round') }),
      'questions[0].answers: expected 2 or more, got [{"text":"round","column":"round"}]',
    ],
    [
      'a number as a column',
      tree({ ...shape, answers: [...answers('a'), { text: 'b', column: 3 }] }),
      'questions[0].answers[1].column: expected a text, got 3',
    ],
    [
      'a long text',
      tree({ ...shape, text: 'x'.repeat(1001) }),
      'questions[0].text: expected 1000 characters',
    ],
    [
      'a column that needs quotes',
      tree({ ...shape, answers: answers('round', 'flat, thin') }),
      "questions[0].answers[1].column: expected a column name without commas and quotes, got 'flat, thin'",
    ],
    [
      'a question that is never asked',
      tree(shape, { topic: 'arms', text: 'Arms?', answers: answers('yes', 'no') }),
      "questions[1]: no answer leads to 'arms'",
    ],
  ])('refuses %s with the place', (_, data, problem) => {
    expect(() => parseTree(data, 'mine.json')).toThrow(UserError);
    expect(() => parseTree(data, 'mine.json')).toThrow(`mine.json: ${problem}`);
  });
});
