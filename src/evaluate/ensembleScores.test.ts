import { describe, expect, it } from 'vitest';
import type { Solutions } from '../data/votes.ts';
import { Random } from '../random/philox.ts';
import { ensembleMarkdown, formatEnsemble } from '../report/ensemble.ts';
import { projectOntoTree } from '../tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { type Choosing, scoreEnsemble } from './ensembleScores.ts';
import { type EnsembleModel, gatherModels, weightedMean } from './ensembleTables.ts';
import { rmseScores } from './rmse.ts';

const clip = (value: number) => Math.min(1, Math.max(0, value));

function table(
  file: string,
  ids: readonly string[],
  fractions: (id: string) => ArrayLike<number>,
): Solutions {
  return { file, ids, fractions: Float64Array.from(ids.flatMap((id) => Array.from(fractions(id)))) };
}
const truthOf = (id: string) => {
  const random = new Random(1, 'test', Number(id));
  return projectOntoTree(
    GALAXY_ZOO_2,
    Float64Array.from({ length: GALAXY_ZOO_2.columns.length }, () => random.uniform()),
  );
};
/** A model whose error is `noise`. */
const predictionOf = (model: number, noise: number) => (id: string) => {
  const random = new Random(2 + model, 'test', Number(id));
  return truthOf(id).map((fraction) => clip(fraction + noise * random.normal()));
};
const ids = Array.from({ length: 60 }, (_, i) => String(1000 + 3 * i));
const noises = [0.2, 0.1, 0.12, 0.5];
const tables = noises.map((noise, model) =>
  table(`${model}.csv`, model === 1 ? ids.toReversed() : ids, predictionOf(model, noise)),
);
const models: EnsembleModel[] = tables.map((each) => ({ name: each.file, read: async () => each }));
const labelledIds = ['5', ...ids.slice(10, 50).toReversed()];
const solutions = table('true.csv', labelledIds, truthOf);

describe('gatherModels', () => {
  it('joins by GalaxyID: the mean in the first table’s order, and errors of galaxies with a solution', async () => {
    const told: string[] = [];
    const { galaxies, mean, labelled } = await gatherModels(GALAXY_ZOO_2, models, {
      solutions,
      onModel: (...what) => told.push(what.join(' ')),
    });
    expect(galaxies.ids).toEqual(ids);
    ids.forEach((id, row) => {
      const rows = noises.map((noise, model) => predictionOf(model, noise)(id));
      const expected = rows[0]!.map((_, c) => rows.reduce((sum, each) => sum + each[c]!, 0) / 4);
      for (const [c, value] of expected.entries()) {
        expect(mean[row * GALAXY_ZOO_2.columns.length + c]).toBeCloseTo(value, 12);
      }
    });
    expect(labelled).toMatchObject({ ids: labelledIds.slice(1), withoutPrediction: 1 });
    const own = predictionOf(1, 0.1)(labelledIds[3]!);
    expect(labelled!.errors[1]![2 * GALAXY_ZOO_2.columns.length + 4]).toBe(
      Math.fround(own[4]! - truthOf(labelledIds[3]!)[4]!),
    );
    expect(told).toEqual(['0.csv 1 4', '1.csv 2 4', '2.csv 3 4', '3.csv 4 4']);
  });

  it('takes the order and the galaxies of a sample', async () => {
    const sample = table('sample.csv', ids.toReversed(), truthOf);
    const { galaxies, mean } = await gatherModels(GALAXY_ZOO_2, models.slice(0, 1), { sample });
    expect(galaxies.ids).toEqual(ids.toReversed());
    expect(mean.subarray(0, GALAXY_ZOO_2.columns.length)).toEqual(predictionOf(0, 0.2)(ids.at(-1)!));
  });

  it('names the missing galaxies and the table', async () => {
    const fewer = table('fewer.csv', ids.slice(1), truthOf);
    const read = async () => fewer;
    await expect(gatherModels(GALAXY_ZOO_2, [models[0]!, { name: 'fewer', read }])).rejects.toThrow(
      'fewer.csv lacks 1 of the 60 galaxies in 0.csv: 1000',
    );
    const sample = table('sample.csv', [...ids.slice(2), '7'], truthOf);
    await expect(gatherModels(GALAXY_ZOO_2, models, { sample })).rejects.toThrow(
      '0.csv lacks 1 of the 59 galaxies in sample.csv: 7; sample.csv lacks 2 of the 60 galaxies in 0.csv: 1000, 1003',
    );
    await expect(
      gatherModels(GALAXY_ZOO_2, models, { solutions: table('other.csv', ['1', '2'], truthOf) }),
    ).rejects.toThrow('0.csv lacks 2 of the 2 galaxies in other.csv: 1, 2');
  });
});

describe('weightedMean', () => {
  it('weights the tables, and does not read those of weight 0', async () => {
    const refused: EnsembleModel = { name: 'no', read: () => Promise.reject(new Error('read')) };
    const mean = await weightedMean(
      GALAXY_ZOO_2,
      [models[0]!, refused, models[1]!],
      [0.25, 0, 0.75],
      tables[0]!,
    );
    const [a, b] = [predictionOf(0, 0.2)(ids[7]!), predictionOf(1, 0.1)(ids[7]!)];
    expect(mean[7 * GALAXY_ZOO_2.columns.length + 3]).toBeCloseTo(0.25 * a[3]! + 0.75 * b[3]!, 12);
  });
});

describe('scoreEnsemble', () => {
  const score = async (choosing: Choosing = { seed: 1 }) => {
    const { labelled } = await gatherModels(GALAXY_ZOO_2, models, { solutions });
    return scoreEnsemble(
      GALAXY_ZOO_2,
      models.map(({ name }) => name),
      labelled!,
      choosing,
    );
  };

  it('scores each model as rmseScores does, and the halves add up', async () => {
    const scores = await score();
    expect([scores.galaxies, scores.choosingGalaxies, scores.heldOutGalaxies]).toEqual([40, 20, 20]);
    const truth = labelledIds.slice(1).flatMap((id) => Array.from(truthOf(id)));
    scores.models.forEach(({ name, rmse, choosing, heldOut }, model) => {
      const own = labelledIds.slice(1).flatMap((id) => Array.from(predictionOf(model, noises[model]!)(id)));
      expect(name).toBe(`${model}.csv`);
      expect(rmse).toBeCloseTo(rmseScores(GALAXY_ZOO_2, truth, own).rmse, 7);
      expect(rmse ** 2).toBeCloseTo((choosing ** 2 + heldOut ** 2) / 2, 12);
    });
  });

  it('chooses on one half alone, and reports the gain on the other', async () => {
    const { weightings, bestTogether } = await score();
    const { bestSingle, equal, fitted, greedy } = weightings;
    expect(bestTogether.map(({ added }) => added)).toEqual(['1.csv', '2.csv', '0.csv', '3.csv']);
    expect(bestSingle.weights).toEqual([0, 1, 0, 0]);
    expect(equal.weights).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(equal.gain).toBe(0);
    for (const way of Object.values(weightings)) {
      expect(way.choosing).toBeGreaterThanOrEqual(fitted.choosing - 1e-12);
      expect(way.gain).toBeCloseTo(equal.heldOut - way.heldOut, 12);
    }
    expect(greedy.choosing).toBeLessThanOrEqual(bestSingle.choosing);
    expect(fitted.gain).toBeGreaterThan(0.01); // three good models and a bad one
    expect(fitted.weights[1]).toBeGreaterThan(fitted.weights[3]!);
  });

  it('depends on the seed, not on the order of the solutions', async () => {
    const scores = await score();
    const turned = table('true.csv', labelledIds.toReversed(), truthOf);
    const { labelled } = await gatherModels(GALAXY_ZOO_2, models, { solutions: turned });
    const again = scoreEnsemble(
      GALAXY_ZOO_2,
      models.map(({ name }) => name),
      labelled!,
      { seed: 1 },
    );
    expect(again.weightings.fitted.heldOut).toBeCloseTo(scores.weightings.fitted.heldOut, 12);
    expect((await score({ seed: 2 })).weightings.fitted.heldOut).not.toBeCloseTo(
      scores.weightings.fitted.heldOut,
      6,
    );
  });

  it('chooses on given galaxies, and scores on the others', async () => {
    const given = new Set(labelledIds.slice(1, 16));
    const scores = await score({ ids: given });
    expect(scores).toMatchObject({ choosingGalaxies: 15, heldOutGalaxies: 25, seed: null });
    const rmseOf = (model: number, wanted: readonly string[]) =>
      rmseScores(
        GALAXY_ZOO_2,
        wanted.flatMap((id) => Array.from(truthOf(id))),
        wanted.flatMap((id) => Array.from(predictionOf(model, noises[model]!)(id))),
      ).rmse;
    scores.models.forEach(({ choosing, heldOut }, model) => {
      expect(choosing).toBeCloseTo(rmseOf(model, [...given]), 7);
      expect(heldOut).toBeCloseTo(rmseOf(model, labelledIds.slice(16)), 7);
    });
    await expect(score({ ids: new Set(labelledIds) })).rejects.toThrow('got 40 and 0');
  });

  it('adds models greedily: each step adds the model that gives the best mean on the choosing galaxies', async () => {
    const { labelled } = await gatherModels(GALAXY_ZOO_2, models, { solutions });
    const { greedilyTogether } = await score();
    expect(greedilyTogether.map(({ models }) => models)).toEqual([1, 2, 3, 4]);
    const names = models.map(({ name }) => name);
    for (const [k, { added, choosing }] of greedilyTogether.entries()) {
      const before = greedilyTogether.slice(0, k).map(({ added }) => added);
      const tried = names.filter((name) => !before.includes(name));
      const rmses = tried.map((name) => {
        const chosen = [...before, name].map((each) => labelled!.errors[names.indexOf(each)]!);
        const mean = chosen[0]!.map(
          (_, cell) => chosen.reduce((sum, errors) => sum + errors[cell]!, 0) / (k + 1),
        );
        return scoreEnsemble(GALAXY_ZOO_2, ['mean'], { ...labelled!, errors: [mean] }, { seed: 1 }).models[0]!
          .choosing;
      });
      expect(choosing).toBeCloseTo(Math.min(...rmses), 6);
      expect(added).toBe(tried[rmses.indexOf(Math.min(...rmses))]);
    }
  });

  it('needs two galaxies', () => {
    const errors = [new Float32Array(GALAXY_ZOO_2.columns.length)];
    expect(() =>
      scoreEnsemble(GALAXY_ZOO_2, ['a'], { ids: ['1'], truth: truthOf('1'), errors }, { seed: 1 }),
    ).toThrow('expected labelled galaxies to choose models on and others to score them on, got 0 and 1');
  });

  it('is written as tables', async () => {
    const text = formatEnsemble(await score());
    expect(text).toContain('Pooled RMSE on 40 labelled galaxies: 20 to choose on, 20 held out (seed 1)');
    expect(text).toMatch(/^ {2}all, equally {2,}4 .* \+0\.00000$/m);
    expect(text).toMatch(/^ {2}fitted weights {2,}\d .* \+0\.\d{5}$/m);
    expect(text).toMatch(/^ {2}1\.csv {2,}0\.\d{4} {2,}0\.\d{4}$/m);
    const given = await score({ ids: new Set(labelledIds.slice(1, 16)) });
    expect(ensembleMarkdown(given)).toContain(
      'Pooled RMSE on 40 labelled galaxies: 15 to choose on, 25 held out.',
    );
  });
});
