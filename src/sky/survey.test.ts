import { describe, expect, it } from 'vitest';
import { DISK, ELLIPTICAL, SPIRAL } from '../../test/fixtures/objects.ts';
import { SHAPES } from '../../test/fixtures/shapes.ts';
import { UserError } from '../errors.ts';
import { brokenSums } from '../tree/sums.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { FREE_SKY, parseSkyConfig, surveyOf } from './config.ts';
import { voteFractions } from './votes.ts';

/** The small survey with other answers to its second question. */
const withAnswers = (...from: unknown[]) => ({
  ...SHAPES,
  questions: SHAPES.questions.with(1, {
    ...SHAPES.questions[1]!,
    answers: from.map((each, i) => ({ text: `${i}`, column: `c${i}`, from: each as string[] })),
  }),
});
const parse = (tree: unknown) => surveyOf(parseSkyConfig(JSON.stringify({ tree }), 'sky.json'));

describe('a survey with its own tree', () => {
  const survey = parse(SHAPES);
  const meanVotes = (object: typeof SPIRAL) => {
    const mean = new Array<number>(8).fill(0);
    for (let index = 0; index < 100; index++) {
      const row = voteFractions(object, 1, index, survey);
      for (const [column, value] of row.entries()) mean[column]! += value / 100;
    }
    return mean;
  };

  it('has the columns of its tree, and their answers in Galaxy Zoo 2', () => {
    expect(survey.tree.columns.map(({ name }) => name).slice(2, 6)).toEqual([
      'no-galaxy',
      'round',
      'long',
      'few',
    ]);
    expect(survey.evidence.slice(3, 6)).toEqual([[15], [16, 17], [31, 32]]);
    expect(survey.classes).toEqual(['smooth', 'features', 'no galaxy']);
    expect(surveyOf(FREE_SKY).tree).toBe(GALAXY_ZOO_2);
  });

  it('gets votes that keep its sums and follow the galaxies', () => {
    for (const object of [DISK, ELLIPTICAL, SPIRAL]) {
      for (let index = 0; index < 50; index++) {
        const row = voteFractions(object, 1, index, survey);
        expect(brokenSums(survey.tree, row, 1e-6)).toEqual([]);
      }
    }
    const [elliptical, spiral] = [meanVotes(ELLIPTICAL), meanVotes(SPIRAL)];
    expect(elliptical[0]).toBeGreaterThan(spiral[0]! + 0.3); // smooth
    expect(spiral[1]).toBeGreaterThan(elliptical[1]! + 0.3); // features
    expect(spiral[5]).toBeGreaterThan(elliptical[5]!); // one or two arms
  });

  it.each<[string, unknown, string]>([
    [
      'no from',
      { ...SHAPES, questions: [{ topic: 'a', text: 'A', answers: [{ text: 'x', column: 'x' }] }] },
      'questions[0].answers[0].from: expected a list, got nothing',
    ],
    ['an empty from', withAnswers(['7.1'], []), 'questions[1].answers[1].from: expected one or more, got []'],
    [
      'an unknown answer',
      withAnswers(['7.1'], ['7.9']),
      'questions[1].answers[1].from: Galaxy Zoo 2 has no answer "7.9"',
    ],
    [
      'answers of two questions',
      withAnswers(['7.1'], ['7.2', '6.1']),
      'questions[1].answers[1].from: expected answers of one question, got "6.1" too',
    ],
    [
      'an answer twice',
      withAnswers(['7.1'], ['Class7.1']),
      'questions[1].answers[1].from: "Class7.1" is used twice',
    ],
    ['an invalid tree', { ...SHAPES, title: 3 }, 'title: expected a text, got 3'],
    ['no object', 3, 'expected an object, got 3'],
  ])('refuses %s with the place', (_, tree, problem) => {
    expect(() => parse(tree)).toThrow(UserError);
    expect(() => parse(tree)).toThrow(`sky.json: tree: ${problem}`);
  });
});
