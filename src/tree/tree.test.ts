import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMN_COUNT, COLUMNS, CSV_HEADER, columnNamed, rowCount } from './columns.ts';
import { conditionalFractions, projectOntoTree, weightedFractions } from './conditional.ts';
import { DECISIONS } from './decisions.ts';
import { QUESTIONS } from './questions.ts';
import { leadingAnswer, leadingRoute } from './route.ts';
import { brokenSums, meanSumError } from './sums.ts';

const row = (element: fc.Arbitrary<number>) =>
  fc.array(element, { minLength: COLUMN_COUNT, maxLength: COLUMN_COUNT });
const anyRow = row(fc.double({ noNaN: true, noDefaultInfinity: true }));
const consistentRow = row(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true }))).map(
  projectOntoTree,
);

/** A galaxy of our own that obeys every sum; nobody thought it edge-on. */
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
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

describe('columns', () => {
  it('are the 37 of the challenge', () => {
    expect(COLUMN_COUNT).toBe(37);
    expect(CSV_HEADER.startsWith('GalaxyID,Class1.1,Class1.2,Class1.3,Class2.1,')).toBe(true);
    expect(
      CSV_HEADER.endsWith(',Class10.3,Class11.1,Class11.2,Class11.3,Class11.4,Class11.5,Class11.6'),
    ).toBe(true);
    expect(COLUMNS[7]).toEqual({
      index: 7,
      question: 4,
      answer: 1,
      name: 'Class4.1',
      label: 'spiral: yes',
      next: 10,
    });
  });

  it('are found by name, both ways', () => {
    for (const column of COLUMNS) {
      expect(columnNamed(column.name)).toBe(column);
      expect(columnNamed(`${column.question}.${column.answer}`)).toBe(column);
    }
    expect(['Class12.1', '4.3', '', 'Class', '4'].map(columnNamed)).toEqual(Array(5).fill(undefined));
    expect(new Set(COLUMNS.map(({ label }) => label)).size).toBe(37);
  });

  it('count rows', () => {
    expect(rowCount(new Float64Array(74))).toBe(2);
    expect(() => rowCount([1, 2])).toThrow('expected rows of 37 fractions, got 2 numbers');
  });
});

describe('questions', () => {
  it('have the columns and parents of the challenge', () => {
    expect(QUESTIONS.map(({ start, end }) => [start, end])).toEqual([
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
    const parents = QUESTIONS.map(({ parent }) => (parent === null ? 1 : COLUMNS[parent].name));
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

  it('are numbered by place and lead to questions that exist', () => {
    expect(DECISIONS.map(({ number }) => number)).toEqual(DECISIONS.map((_, i) => i + 1));
    for (const { next } of COLUMNS) if (next !== null) expect(DECISIONS[next - 1]).toBeDefined();
  });

  it('have their parents in earlier questions, so that one pass goes down the tree', () => {
    for (const { start, parent } of QUESTIONS) expect(parent ?? -1).toBeLessThan(start);
  });
});

describe('meanSumError', () => {
  it('is the mean over rows and questions of how far the sums are off', () => {
    expect(meanSumError(SPIRAL)).toBeLessThan(1e-6);
    const rows = [...SPIRAL, ...SPIRAL];
    rows[15] += 0.25; // A7.1
    rows[37 + 28] -= 0.125; // A10.1
    expect(meanSumError(rows)).toBeCloseTo((0.25 + 0.125) / 22, 6);
  });
});

describe('brokenSums', () => {
  it('lets rounding to six decimals pass, unless asked not to', () => {
    expect(brokenSums(SPIRAL)).toEqual([]);
    const rounded = SPIRAL.with(0, 0.400001);
    expect(brokenSums(rounded)).toEqual([]);
    expect(brokenSums(rounded, 1e-7).map(({ question }) => question)).toEqual([1, 7]);
  });

  it('says which row breaks which sum and by how much', () => {
    const rows = [...SPIRAL, ...SPIRAL];
    rows[37 + 15] += 0.25; // A7.1
    const [broken, ...others] = brokenSums(rows);
    expect(others).toEqual([]);
    expect(broken).toMatchObject({ row: 1, question: 7 });
    expect(broken.difference).toBeCloseTo(0.25, 6);
    expect(broken.sum - broken.expected).toBe(broken.difference);
  });

  it('counts NaN as broken', () => {
    const questions = brokenSums(SPIRAL.with(3, Number.NaN)).map(({ question }) => question);
    expect(questions).toEqual([2, 9]);
  });
});

describe('projectOntoTree', () => {
  it('makes any 37 numbers a consistent tree', () => {
    fc.assert(
      fc.property(anyRow, (values) => {
        const projected = projectOntoTree(values);
        expect(brokenSums(projected, 1e-12)).toEqual([]);
        expect(Math.min(...projected)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...projected)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('leaves a consistent row as it was', () => {
    fc.assert(
      fc.property(consistentRow, (values) => {
        expect(largestDifference(projectOntoTree(values), values)).toBeLessThan(1e-12);
      }),
    );
    expect(largestDifference(projectOntoTree(SPIRAL), SPIRAL)).toBeLessThan(1e-12);
  });

  it('survives the extremes of float64', () => {
    for (const value of [0, -1, Number.MAX_VALUE, Number.MIN_VALUE]) {
      const projected = projectOntoTree(Array(37).fill(value));
      expect(Array.from(projected.subarray(0, 3))).toEqual([1 / 3, 1 / 3, 1 / 3]);
      expect(brokenSums(projected, 1e-12)).toEqual([]);
    }
  });

  it('refuses what is not 37 finite numbers', () => {
    expect(() => projectOntoTree([1])).toThrow('expected 37 fractions, got 1');
    expect(() => projectOntoTree(SPIRAL.with(7, Number.NaN))).toThrow(
      'Class4.1: expected a finite number, got NaN',
    );
  });
});

describe('conditional fractions', () => {
  it('are distributions that come back from weighted fractions wherever somebody was asked', () => {
    fc.assert(
      fc.property(row(fc.double({ min: 1e-3, max: 1, noNaN: true })), (values) => {
        const conditional = conditionalFractions(values);
        for (const { start, end } of QUESTIONS) {
          const sum = conditional.subarray(start, end).reduce((a, b) => a + b, 0);
          expect(sum).toBeCloseTo(1, 12);
        }
        const again = conditionalFractions(weightedFractions(conditional));
        expect(largestDifference(again, conditional)).toBeLessThan(1e-12);
      }),
    );
  });

  it('are weighted / parent, and uniform where nobody was asked', () => {
    const conditional = conditionalFractions(SPIRAL);
    expect(conditional[7]).toBeCloseTo(SPIRAL[7] / SPIRAL[4], 6);
    expect(Array.from(conditional.subarray(25, 28))).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });
});

describe('leadingRoute', () => {
  it('follows the largest fraction from question to question', () => {
    expect(leadingRoute(SPIRAL).map(({ label }) => label)).toEqual([
      'shape: features or disk',
      'edge-on: no',
      'bar: no',
      'spiral: yes',
      'arm winding: tight',
      "arm count: can't tell",
      'bulge: obvious',
      'odd: no',
    ]);
    expect(leadingRoute(SPIRAL.with(2, 1)).map(({ label }) => label)).toEqual(['shape: star or artifact']);
  });

  it('always ends, after no question twice', () => {
    fc.assert(
      fc.property(anyRow, (values) => {
        const route = leadingRoute(values);
        expect(route[route.length - 1].next).toBe(null);
        expect(new Set(route.map(({ question }) => question)).size).toBe(route.length);
      }),
    );
  });

  it('takes the first of equals, in the row asked for', () => {
    expect(leadingAnswer(Array(37).fill(0.5), 11)).toBe(31);
    expect(leadingAnswer([...Array(37).fill(0), ...SPIRAL], 1, 1)).toBe(1);
  });
});
