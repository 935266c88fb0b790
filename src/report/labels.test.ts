import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { galaxyRmse } from '../evaluate/rmse.ts';
import { projectOntoTree } from '../tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { columnNamed } from '../tree/tree.ts';
import { chooseExamples, routeAnswers, routeEntropy } from './examples.ts';
import { classExamples, labelStatistics } from './labels.ts';

/** A row of `[37]` with these fractions, `{ '1.1': 0.75 }`, and 0 elsewhere. */
function row(fractions: Record<string, number>): number[] {
  const values = new Array<number>(GALAXY_ZOO_2.columns.length).fill(0);
  for (const [answer, value] of Object.entries(fractions))
    values[columnNamed(GALAXY_ZOO_2, answer)!.index] = value;
  return values;
}

const ROUND = row({ '1.1': 0.75, '1.2': 0.25, '6.2': 1, '7.1': 0.75, '2.2': 0.25 });
const SPIRAL = row({
  '1.2': 1,
  '2.2': 1,
  '3.1': 0.75,
  '3.2': 0.25,
  '4.1': 1,
  '5.2': 1,
  '6.2': 1,
  '10.1': 1,
  '11.2': 1,
});
const STAR = row({ '1.3': 1, '6.2': 1 });

const anyRow = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), {
    minLength: GALAXY_ZOO_2.columns.length,
    maxLength: GALAXY_ZOO_2.columns.length,
  })
  .map((values) => Array.from(projectOntoTree(GALAXY_ZOO_2, values)));
const anyTable = fc.array(anyRow, { minLength: 1, maxLength: 12 });

describe('labelStatistics', () => {
  const { galaxies, reached, answers } = labelStatistics(GALAXY_ZOO_2, [ROUND, SPIRAL, STAR, SPIRAL].flat());

  it('counts the leading answers on the route', () => {
    expect(galaxies).toBe(4);
    expect(reached).toEqual([4, 2, 2, 2, 2, 3, 1, 0, 0, 2, 2]);
    const leading = (name: string) => answers[columnNamed(GALAXY_ZOO_2, name)!.index]!.leading;
    expect(['1.1', '1.2', '1.3', '3.1', '6.2', '7.1', '8.1'].map(leading)).toEqual([1, 2, 1, 2, 3, 1, 0]);
  });

  it('has means and histograms of all galaxies', () => {
    const smooth = answers[0];
    expect(smooth!.meanFraction).toBeCloseTo(0.75 / 4, 15);
    expect([smooth!.histogram[0], smooth!.histogram[15]]).toEqual([3, 1]);
    expect(answers[columnNamed(GALAXY_ZOO_2, '6.2')!.index]!.histogram[19], '1 is in the last bin').toBe(4);
  });

  it('counts every galaxy once in each histogram and at Q1', () => {
    fc.assert(
      fc.property(anyTable, (rows) => {
        const statistics = labelStatistics(GALAXY_ZOO_2, rows.flat());
        expect(statistics.reached[0]).toBe(rows.length);
        for (const { histogram } of statistics.answers) {
          expect(histogram.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
        }
      }),
    );
  });

  it('refuses an empty table', () => {
    expect(() => labelStatistics(GALAXY_ZOO_2, [])).toThrow('expected at least one galaxy, got none');
  });
});

describe('classExamples', () => {
  const ids = ['30', '20', '10', '100'];
  const named = (name: string, seed?: number, perClass = 2) =>
    classExamples(GALAXY_ZOO_2, ids, [ROUND, SPIRAL, STAR, SPIRAL].flat(), perClass, seed).find(
      (each) => each.name === name,
    )!;

  it('have the highest fractions, the lower GalaxyID first among equals', () => {
    expect(named('completely round')).toMatchObject({ count: 1, rows: [0] });
    expect(named('star or artifact')).toMatchObject({ count: 1, rows: [2] });
    expect(named('barred disk').rows.length + named('spiral').rows.length).toBe(2);
    expect(named('spiral')).toMatchObject({ count: 2, rows: [1, 3] });
    expect(named('spiral', undefined, 1).rows).toEqual([1]);
    expect(named('barred disk', undefined, 1).rows, 'a galaxy is shown once').toEqual([3]);
    expect(named('ring')).toMatchObject({ count: 0, rows: [] });
  });

  it('drawn with a seed depend on seed and GalaxyID alone', () => {
    const many = Array.from({ length: 200 }, (_, i) => String(1000 + i));
    const draw = (order: string[], seed: number) =>
      classExamples(
        GALAXY_ZOO_2,
        order,
        order.flatMap(() => STAR),
        5,
        seed,
      )
        .at(-1)!
        .rows.map((each) => order[each]);
    expect(draw(many, 1)).toEqual(draw(many.toReversed(), 1));
    expect(draw(many, 1)).not.toEqual(draw(many, 2));
    expect(draw(many, 1)).not.toEqual(many.slice(0, 5));
  });

  it('show no galaxy twice, and only galaxies of the class', () => {
    fc.assert(
      fc.property(
        anyTable,
        fc.integer({ min: 1, max: 4 }),
        fc.option(fc.nat(), { nil: undefined }),
        (rows, perClass, seed) => {
          const classes = classExamples(
            GALAXY_ZOO_2,
            rows.map((_, i) => String(i + 1)),
            rows.flat(),
            perClass,
            seed,
          );
          const shown = classes.flatMap((each) => each.rows);
          expect(new Set(shown).size).toBe(shown.length);
          for (const each of classes)
            expect(each.rows.length).toBeLessThanOrEqual(Math.min(perClass, each.count));
        },
      ),
    );
  });
});

describe('examples of predictions', () => {
  const certain = row({ '1.3': 1, '6.2': 1 });

  it('have the RMSE of their known answers', () => {
    expect(galaxyRmse(certain, certain)).toBe(0);
    expect(galaxyRmse(certain, row({ '6.2': 1 }))).toBeCloseTo(Math.sqrt(1 / 37), 15);
  });

  it('are uncertain by the entropy of the route', () => {
    expect(routeEntropy(GALAXY_ZOO_2, certain)).toBe(0);
    expect(
      routeEntropy(
        GALAXY_ZOO_2,
        row({ '1.2': 0.5, '1.3': 0.5, '2.1': 0.5, '6.2': 1, '9.1': 0.25, '9.2': 0.25 }),
      ),
    ).toBeCloseTo(Math.log(2) + 0.5 * Math.log(2), 12);
  });

  it('are the best, the worst and the most uncertain; none is both best and worst', () => {
    const truth = [certain, certain, certain];
    const wrong = row({ '1.1': 1, '6.2': 1, '7.1': 1 });
    const predictions = [wrong, certain, row({ '1.2': 0.25, '1.3': 0.75, '6.2': 1 })];
    expect(chooseExamples(GALAXY_ZOO_2, truth.flat(), predictions.flat(), 1)).toEqual({
      best: [1],
      worst: [0],
      uncertain: [2],
    });
    const all = chooseExamples(GALAXY_ZOO_2, truth.flat(), predictions.flat(), 9);
    expect(all).toMatchObject({ best: [1, 2], worst: [0] });
    expect(all.uncertain).toHaveLength(3);
    expect(chooseExamples(GALAXY_ZOO_2, [], [], 3)).toEqual({ best: [], worst: [], uncertain: [] });
    expect(() => chooseExamples(GALAXY_ZOO_2, truth.flat(), certain, 1)).toThrow(
      'expected predictions for 3 galaxies, got 1',
    );
  });

  it('list the answers on both routes', () => {
    expect(routeAnswers(GALAXY_ZOO_2, STAR, ROUND)).toEqual([
      { answer: 'shape: smooth', truth: 0, predicted: 0.75, leadsTruth: false, leadsPrediction: true },
      { answer: 'shape: star or artifact', truth: 1, predicted: 0, leadsTruth: true, leadsPrediction: false },
      { answer: 'odd: no', truth: 1, predicted: 1, leadsTruth: false, leadsPrediction: true },
      {
        answer: 'roundness: completely round',
        truth: 0,
        predicted: 0.75,
        leadsTruth: false,
        leadsPrediction: true,
      },
    ]);
  });
});
