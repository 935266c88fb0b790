import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  conditionalFractions,
  cumulativeFractions,
  projectOntoTree,
  reachProbabilities,
} from './conditional.ts';
import { leadingAnswer, leadingRoute, routeInWords, routeProbability } from './route.ts';
import { brokenSums, treeSums } from './sums.ts';
import { GALAXY_ZOO_2 } from './surveys/galaxyZoo2.ts';
import { GALAXY_ZOO_2_HART } from './surveys/galaxyZoo2Hart.ts';
import { GALAXY_ZOO_HUBBLE } from './surveys/galaxyZooHubble.ts';
import { columnNamed, defineTree, type QuestionData, rowCount } from './tree.ts';

const row = (element: fc.Arbitrary<number>) =>
  fc.array(element, { minLength: GALAXY_ZOO_2.columns.length, maxLength: GALAXY_ZOO_2.columns.length });
const anyRow = row(fc.double({ noNaN: true, noDefaultInfinity: true }));
const consistentRow = row(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true }))).map(
  (each) => projectOntoTree(GALAXY_ZOO_2, each),
);

/** A made-up galaxy that satisfies every sum; nobody called it edge-on. */
const SPIRAL = [
  [0.4, 0.55, 0.05],
  [0, 0.55],
  [0.05, 0.5],
  [0.4, 0.15],
  [0, 0.1, 0.45, 0],
  [0.1, 0.9],
  [0.2, 0.2, 0],
  [0.05, 0, 0.05, 0, 0, 0, 0],
  [0, 0, 0],
  [0.3, 0.1, 0],
  [0, 0.1, 0, 0, 0, 0.3],
].flat();

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}

describe('columns', () => {
  it('are the 37 of the challenge', () => {
    expect(GALAXY_ZOO_2.columns.length).toBe(37);
    expect(GALAXY_ZOO_2.columns.map(({ name }) => name).slice(0, 4)).toEqual([
      'Class1.1',
      'Class1.2',
      'Class1.3',
      'Class2.1',
    ]);
    expect(GALAXY_ZOO_2.columns.at(-1)!.name).toBe('Class11.6');
    expect(GALAXY_ZOO_2.columns[7]).toEqual({
      index: 7,
      question: 4,
      answer: 1,
      name: 'Class4.1',
      label: 'spiral: yes',
      text: 'yes',
      next: 10,
    });
  });

  it('are found by name, both ways', () => {
    for (const column of GALAXY_ZOO_2.columns) {
      expect(columnNamed(GALAXY_ZOO_2, column.name)).toBe(column);
      expect(columnNamed(GALAXY_ZOO_2, `${column.question}.${column.answer}`)).toBe(column);
    }
    expect(['Class12.1', '4.3', '', 'Class', '4'].map((each) => columnNamed(GALAXY_ZOO_2, each))).toEqual(
      Array(5).fill(undefined),
    );
    expect(new Set(GALAXY_ZOO_2.columns.map(({ label }) => label)).size).toBe(37);
  });

  it('count rows', () => {
    expect(rowCount(GALAXY_ZOO_2, new Float64Array(74))).toBe(2);
    expect(() => rowCount(GALAXY_ZOO_2, [1, 2])).toThrow('expected rows of 37 fractions, got 2 numbers');
  });
});

describe('questions', () => {
  it('have the columns and parents of the challenge', () => {
    expect(GALAXY_ZOO_2.questions.map(({ start, end }) => [start, end])).toEqual([
      [0, 3],
      [3, 5],
      [5, 7],
      [7, 9],
      [9, 13],
      [13, 15],
      [15, 18],
      [18, 25],
      [25, 28],
      [28, 31],
      [31, 37],
    ]);
    const parents = GALAXY_ZOO_2.questions.map(({ parents: [parent] }) =>
      parent === undefined ? 1 : GALAXY_ZOO_2.columns[parent]!.name,
    );
    expect(parents).toEqual([
      1,
      'Class1.2',
      'Class2.2',
      'Class2.2',
      'Class2.2',
      1,
      'Class1.1',
      'Class6.1',
      'Class2.1',
      'Class4.1',
      'Class4.1',
    ]);
  });

  it('have their parents in earlier questions, so that one pass goes down the tree', () => {
    for (const { start, parents } of GALAXY_ZOO_2.questions) {
      for (const parent of parents) expect(parent).toBeLessThan(start);
    }
  });
});

describe('defineTree', () => {
  const yes = { text: 'yes', column: 'a1' };
  const no = { text: 'no', column: 'a2' };
  const tree = (...questions: QuestionData[]) => ({
    name: 'mine',
    title: 'Mine',
    source: 'a test',
    questions,
  });
  const first = (next?: string): QuestionData => ({
    topic: 'a',
    text: 'A?',
    answers: [{ ...yes, next }, no],
  });
  const second: QuestionData = {
    topic: 'b',
    text: 'B?',
    answers: [
      { text: '1', column: 'b1' },
      { text: '2', column: 'b2' },
    ],
  };

  it('takes several answers of several questions as parents', () => {
    const { questions } = defineTree(
      tree(
        {
          topic: 'a',
          text: 'A?',
          answers: ['1', '2', '3'].map((text) => ({
            text,
            column: `a${text}`,
            next: text === '3' ? 'c' : 'b',
          })),
        },
        {
          ...second,
          answers: second.answers.map((answer, i) => (i === 0 ? { ...answer, next: 'c' } : answer)),
        },
        {
          topic: 'c',
          text: 'C?',
          answers: [
            { text: 'x', column: 'c1' },
            { text: 'y', column: 'c2' },
          ],
        },
      ),
    );
    expect(questions.map(({ parents }) => parents)).toEqual([[], [0, 1], [2, 3]]);
  });

  it.each([
    ['no question', [], 'questions: expected at least one'],
    ['a topic twice', [first('a'), first()], "questions[1].topic: two questions have the topic 'a'"],
    ['one answer', [{ ...first(), answers: [yes] }], 'questions[0].answers: expected two or more, got 1'],
    ['no answers', [{ ...first(), answers: [] }], 'questions[0].answers: expected two or more, got 0'],
    [
      'an unknown question',
      [first('z')],
      "questions[0].answers[0].next: there is no question with the topic 'z'",
    ],
    [
      'an answer twice',
      [{ ...first(), answers: [yes, yes] }],
      "questions[0].answers[1].text: two answers have the text 'yes'",
    ],
    [
      'a column twice',
      [{ ...first(), answers: [yes, { ...no, column: 'a1' }] }],
      "questions[0].answers[1].column: two answers have the column 'a1'",
    ],
    ['a question that leads to itself', [first('a')], 'questions[0].answers[0].next: a loop: a → a'],
    [
      'a loop',
      [
        first('b'),
        {
          ...second,
          answers: second.answers.map((answer, i) => (i === 1 ? { ...answer, next: 'a' } : answer)),
        },
      ],
      'questions[1].answers[1].next: a loop: a → b → a',
    ],
    ['an unreachable question', [first(), second], "questions[1]: no answer leads to 'b'"],
    [
      'a question before the one that leads to it',
      [
        { ...first('c'), answers: [{ ...yes, next: 'c' }, no] },
        second,
        {
          topic: 'c',
          text: 'C?',
          answers: [
            { text: 'x', column: 'c1', next: 'b' },
            { text: 'y', column: 'c2' },
          ],
        },
      ],
      "questions[1]: expected 'b' after the questions that lead to it, but 'c: x' comes later",
    ],
  ])('refuses %s', (_, questions, message) => {
    expect(() => defineTree(tree(...questions))).toThrow(`tree mine: ${message}`);
  });
});

it('takes a question that everybody is asked as a second root', () => {
  const answers = (...names: string[]) => names.map((text) => ({ text, column: text }));
  const { questions } = defineTree({
    name: 'two',
    title: 'Two',
    source: 'a test',
    questions: [
      { topic: 'shape', text: 'Shape?', answers: answers('round', 'flat') },
      { topic: 'ring', text: 'A ring?', askedOfAll: true, answers: answers('ring', 'no ring') },
    ],
  });
  expect(questions.map(({ parents }) => parents)).toEqual([[], []]);
});

describe('treeSums', () => {
  it('has the mean error over rows and questions', () => {
    expect(treeSums(GALAXY_ZOO_2, SPIRAL).meanError).toBeLessThan(1e-6);
    const rows = [...SPIRAL, ...SPIRAL];
    rows[15]! += 0.25; // A7.1
    rows[37 + 28]! -= 0.125; // A10.1
    expect(treeSums(GALAXY_ZOO_2, rows).meanError).toBeCloseTo((0.25 + 0.125) / 22, 6);
  });

  it('has the share of rows that break a sum by more than the tolerance', () => {
    const rows = [...SPIRAL, ...SPIRAL, ...SPIRAL, ...SPIRAL];
    expect(treeSums(GALAXY_ZOO_2, rows)).toMatchObject({ brokenRows: 0, tolerance: 0.01 });
    rows[37]! += 0.02; // Q1 of the second row, and Q7 that it leads to
    rows[74 + 36]! += 0.005;
    expect(treeSums(GALAXY_ZOO_2, rows).brokenRows).toBe(0.25);
    expect(treeSums(GALAXY_ZOO_2, rows, 0.001).brokenRows).toBe(0.5);
    expect(treeSums(GALAXY_ZOO_2, rows).meanError).toBeCloseTo((0.02 + 0.02 + 0.005) / 44, 12);
  });
});

describe('brokenSums', () => {
  it('allows rounding to six decimals by default', () => {
    expect(brokenSums(GALAXY_ZOO_2, SPIRAL)).toEqual([]);
    const rounded = SPIRAL.with(0, 0.400001);
    expect(brokenSums(GALAXY_ZOO_2, rounded)).toEqual([]);
    expect(brokenSums(GALAXY_ZOO_2, rounded, 1e-7).map(({ question }) => question)).toEqual([1, 7]);
  });

  it('lists the row, the question and the difference', () => {
    const rows = [...SPIRAL, ...SPIRAL];
    rows[37 + 15]! += 0.25; // A7.1
    const [broken, ...others] = brokenSums(GALAXY_ZOO_2, rows);
    expect(others).toEqual([]);
    expect(broken).toMatchObject({ row: 1, question: 7 });
    expect(broken!.difference).toBeCloseTo(0.25, 6);
    expect(broken!.sum - broken!.expected).toBe(broken!.difference);
  });

  it('counts NaN as broken', () => {
    const questions = brokenSums(GALAXY_ZOO_2, SPIRAL.with(3, Number.NaN)).map(({ question }) => question);
    expect(questions).toEqual([2, 9]);
  });
});

describe('projectOntoTree', () => {
  it('turns any 37 numbers into a consistent row', () => {
    fc.assert(
      fc.property(anyRow, (values) => {
        const projected = projectOntoTree(GALAXY_ZOO_2, values);
        expect(brokenSums(GALAXY_ZOO_2, projected, 1e-12)).toEqual([]);
        expect(Math.min(...projected)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...projected)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not change a consistent row', () => {
    fc.assert(
      fc.property(consistentRow, (values) => {
        expect(largestDifference(projectOntoTree(GALAXY_ZOO_2, values), values)).toBeLessThan(1e-12);
      }),
    );
    expect(largestDifference(projectOntoTree(GALAXY_ZOO_2, SPIRAL), SPIRAL)).toBeLessThan(1e-12);
  });

  it('handles the extremes of float64', () => {
    for (const value of [0, -1, Number.MAX_VALUE, Number.MIN_VALUE]) {
      const projected = projectOntoTree(GALAXY_ZOO_2, Array(37).fill(value));
      expect(Array.from(projected.subarray(0, 3))).toEqual([1 / 3, 1 / 3, 1 / 3]);
      expect(brokenSums(GALAXY_ZOO_2, projected, 1e-12)).toEqual([]);
    }
  });

  it('refuses anything but 37 finite numbers', () => {
    expect(() => projectOntoTree(GALAXY_ZOO_2, [1])).toThrow('expected 37 fractions, got 1');
    expect(() => projectOntoTree(GALAXY_ZOO_2, SPIRAL.with(7, Number.NaN))).toThrow(
      'Class4.1: expected a finite number, got NaN',
    );
  });
});

describe('conditional fractions', () => {
  it('are distributions, and are recovered from the cumulative fractions of questions that were asked', () => {
    fc.assert(
      fc.property(row(fc.double({ min: 1e-3, max: 1, noNaN: true })), (values) => {
        const conditional = conditionalFractions(GALAXY_ZOO_2, values);
        for (const { start, end } of GALAXY_ZOO_2.questions) {
          const sum = conditional.subarray(start, end).reduce((a, b) => a + b, 0);
          expect(sum).toBeCloseTo(1, 12);
        }
        const again = conditionalFractions(GALAXY_ZOO_2, cumulativeFractions(GALAXY_ZOO_2, conditional));
        expect(largestDifference(again, conditional)).toBeLessThan(1e-12);
      }),
    );
  });

  it('are cumulative / parent, and uniform if nobody was asked', () => {
    const conditional = conditionalFractions(GALAXY_ZOO_2, SPIRAL);
    expect(conditional[7]).toBeCloseTo(SPIRAL[7]! / SPIRAL[4]!, 6);
    expect(Array.from(conditional.subarray(25, 28))).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });
});

describe('cumulative fractions', () => {
  it('are recovered from conditional ones', () => {
    fc.assert(
      fc.property(consistentRow, (values) => {
        const again = cumulativeFractions(GALAXY_ZOO_2, conditionalFractions(GALAXY_ZOO_2, values));
        expect(largestDifference(again, values)).toBeLessThan(1e-12);
      }),
    );
  });

  it('are unknown below an unknown fraction', () => {
    const conditional = conditionalFractions(GALAXY_ZOO_2, SPIRAL.with(3, Number.NaN)); // edge-on: yes
    expect(Array.from(conditional.subarray(3, 5))).toEqual([Number.NaN, Number.NaN]);
    const cumulative = cumulativeFractions(GALAXY_ZOO_2, conditional);
    const unknown = GALAXY_ZOO_2.questions.filter(({ start }) => Number.isNaN(cumulative[start]));
    expect(unknown.map(({ number }) => number)).toEqual([2, 3, 4, 5, 9, 10, 11]);
    expect(largestDifference(cumulative.subarray(13, 25), SPIRAL.slice(13, 25))).toBeLessThan(1e-12);
  });
});

describe('reachProbabilities', () => {
  it('are the sums of the fractions that lead to each question of Galaxy Zoo 2', () => {
    const reached = reachProbabilities(GALAXY_ZOO_2, SPIRAL);
    expect(Array.from(reached)).toEqual([1, 0.55, 0.55, 0.55, 0.55, 1, 0.4, 0.1, 0, 0.4, 0.4]);
    // Hart et al. 2016 do not ask for odd features in stars and artifacts.
    const hart = cumulativeFractions(GALAXY_ZOO_2_HART, conditionalFractions(GALAXY_ZOO_2, SPIRAL));
    expect(reachProbabilities(GALAXY_ZOO_2_HART, hart)[5]).toBeCloseTo(0.95, 12);
    expect(reachProbabilities(GALAXY_ZOO_2_HART, hart)[7]).toBeCloseTo(0.95 * 0.1, 12);
  });

  it('add up over several routes, as in Galaxy Zoo Hubble', () => {
    const conditional = new Float64Array(GALAXY_ZOO_HUBBLE.columns.length);
    const set = (label: string, share: number) => {
      conditional[GALAXY_ZOO_HUBBLE.columns.find((column) => column.label === label)!.index] = share;
    };
    set('shape: features or disk', 1);
    set('clumpy: yes', 0.5);
    set('clumpy: no', 0.5);
    set('clump count: 1', 0.2);
    set('clump count: 3', 0.8);
    set('clump arrangement: chain', 0.75);
    set('clump arrangement: spiral', 0.25);
    set('edge-on: no', 1);
    const reached = reachProbabilities(
      GALAXY_ZOO_HUBBLE,
      cumulativeFractions(GALAXY_ZOO_HUBBLE, conditional),
    );
    const of = (topic: string) =>
      reached[GALAXY_ZOO_HUBBLE.questions.findIndex((each) => each.topic === topic)];
    expect(of('clump arrangement')).toBeCloseTo(0.4, 12);
    expect(of('bright clump')).toBeCloseTo(0.3, 12);
    expect(of('symmetry')).toBeCloseTo(0.1 + 0.3, 12);
    expect(of('bar')).toBeCloseTo(0.5 + 0.1, 12); // disks that are not edge-on, and spiral patterns of clumps
    expect(of('odd')).toBeCloseTo(1, 12);
  });
});

describe('leadingRoute', () => {
  it('follows the largest fraction from question to question', () => {
    expect(leadingRoute(GALAXY_ZOO_2, SPIRAL).map(({ label }) => label)).toEqual([
      'shape: features or disk',
      'edge-on: no',
      'bar: no',
      'spiral: yes',
      'arm winding: tight',
      "arm count: can't tell",
      'bulge: obvious',
      'odd: no',
    ]);
    expect(leadingRoute(GALAXY_ZOO_2, SPIRAL.with(2, 1)).map(({ label }) => label)).toEqual([
      'shape: star or artifact',
    ]);
  });

  it('has words and a probability', () => {
    const words = (fractions: readonly number[]) =>
      routeInWords(GALAXY_ZOO_2, leadingRoute(GALAXY_ZOO_2, fractions));
    expect(words(SPIRAL)).toBe(
      "features or disk, spiral, arm winding tight, arm count can't tell, bulge obvious",
    );
    expect(words(SPIRAL.with(0, 1))).toBe('smooth, completely round');
    expect(words(SPIRAL.with(2, 1))).toBe('star or artifact');
    expect(words(SPIRAL.with(3, 1))).toBe('features or disk, edge-on, edge-on bulge rounded');
    const tails = defineTree({
      name: 'tails',
      title: 'Tidal tails',
      source: 'a test',
      questions: [
        {
          topic: 'tail',
          text: 'Is there a tail?',
          answers: [
            { text: 'yes', column: 'a' },
            { text: 'no', column: 'b' },
          ],
        },
      ],
    });
    const inTails = (fractions: readonly number[]) => routeInWords(tails, leadingRoute(tails, fractions));
    expect([inTails([0.7, 0.3]), inTails([0.4, 0.6])]).toEqual(['tail', 'tail: no']);
    const route = leadingRoute(GALAXY_ZOO_2, SPIRAL);
    // features, not edge-on, no bar, spiral, tight, can't tell, obvious, not odd
    const product = 0.55 * 1 * (0.5 / 0.55) * (0.4 / 0.55) * 0.75 * 0.75 * (0.45 / 0.55) * 0.9;
    expect(routeProbability(GALAXY_ZOO_2, route, SPIRAL)).toBeCloseTo(product, 12);
  });

  it('always ends, and asks no question twice', () => {
    fc.assert(
      fc.property(anyRow, (values) => {
        const route = leadingRoute(GALAXY_ZOO_2, values);
        expect(route[route.length - 1]!.next).toBe(null);
        expect(new Set(route.map(({ question }) => question)).size).toBe(route.length);
      }),
    );
  });

  it('takes the first of equal answers, in the given row', () => {
    expect(leadingAnswer(GALAXY_ZOO_2, Array(37).fill(0.5), 11)).toBe(31);
    expect(leadingAnswer(GALAXY_ZOO_2, [...Array(37).fill(0), ...SPIRAL], 1, 1)).toBe(1);
  });
});
