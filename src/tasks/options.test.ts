import { describe, expect, it } from 'vitest';
import { OptionError, UserError } from '../errors.ts';
import { planOf } from './comparisonPlan.ts';
import { averageSchema, checkedOptions, predictSchema, trainSchema } from './options.ts';

const required = { run: 'runs/first', images: 'images', out: 'a.csv' };

describe('options of a task', () => {
  it('get their defaults', () => {
    expect(checkedOptions(predictSchema, required)).toEqual({
      ...required,
      ...{ views: 1, readable: false, maxBad: 0.01, device: 'cpu', threads: 0, force: false },
    });
  });

  it.each([
    [predictSchema, { ...required, views: 0 }, 'views', 'views 0: expected 1 or more'],
    [predictSchema, { ...required, views: '16' }, 'views', 'views 16: expected a number'],
    [predictSchema, { ...required, wokers: 2 }, 'wokers', 'wokers: unknown option'],
    [predictSchema, { run: 'runs/first', out: 'a.csv' }, 'images', 'images: expected a text, got nothing'],
    [trainSchema, { out: 'x', learningRate: -1 }, 'learningRate', 'learningRate -1: expected more than 0'],
    [trainSchema, { out: 'x', kernels: [3, 0] }, 'kernels.1', 'kernels.1 0: expected 1 or more'],
    [trainSchema, { out: 'x', kernels: [[]] }, 'kernels.0', 'kernels.0: expected a number'],
    [averageSchema, { out: 'x', predictions: 'a.csv' }, 'predictions', 'predictions a.csv: expected a list'],
  ])('are refused by name: %#', (schema, given, option, message) => {
    const check = () => checkedOptions<typeof schema>(schema, given as never);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ name: 'UserError', code: 'option', option }));
  });
});

describe('a plan', () => {
  const settings = { data: 'galaxy-zoo', epochs: 3 };

  it('gives each variant the shared settings and its own', () => {
    const variants = [{ name: 'plain' }, { name: 'Dropout', settings: { dropout: 0.2, epochs: 4 } }];
    const plan = planOf({ seeds: [1, 2], settings, variants });
    expect(plan.title).toBe('Comparison');
    expect(plan.variants.map(({ name, settings: about }) => [name, about])).toEqual([
      ['plain', ''],
      ['Dropout', 'dropout 0.2, epochs 4'],
    ]);
    expect(plan.variants.map(({ config }) => [config.epochs, config.dropout])).toEqual([
      [3, 0],
      [4, 0.2],
    ]);
  });

  it("leaves out shared settings that have no effect with a variant's own", () => {
    const restarts = { ...settings, schedule: 'warm-restarts', restartFirst: 2 } as const;
    const variants = [{ name: 'A' }, { name: 'B', settings: { schedule: 'constant' as const } }];
    const { variants: planned } = planOf({ settings: restarts, variants });
    expect(planned.map(({ config }) => [config.schedule, config.restartFirst])).toEqual([
      ['warm-restarts', 2],
      ['constant', undefined],
    ]);
  });

  it('has seed 1 unless it has others', () => {
    const variants = [{ name: 'A' }, { name: 'B', seeds: [2, 3] }];
    const { variants: planned } = planOf({ settings: { ...settings, splitSeed: 1 }, variants });
    expect(planned.map(({ seeds }) => seeds)).toEqual([[1], [2, 3]]);
  });

  it.each([
    [{ seeds: [] }, 'seeds: expected one or more'],
    [{ seeds: [1.5] }, 'seeds.0 1.5: expected a whole number'],
    [{ seeds: [1, 1] }, 'seeds: expected different numbers, got 1, 1'],
    [{ variants: [] }, 'variants: expected one or more'],
    [
      { variants: [{ name: 'A b' }, { name: 'a-B' }] },
      "variants: expected a name whose letters and digits differ from the others, got 'a-B'",
    ],
    [{ variants: [{ name: 'A', settings: { epochs: 0 } }] }, 'epochs 0: expected 1 or more'],
  ])('with %j is refused', (changed, message) => {
    expect(() => planOf({ seeds: [1], settings, variants: [{ name: 'A' }], ...changed })).toThrow(message);
  });
});

it('an error names the option', () => {
  expect(new UserError('a.csv: holds no rows').code).toBe('data');
  expect(new OptionError('device', 'not available', 'abacus', { code: 'device' })).toMatchObject({
    ...{ code: 'device', option: 'device', value: 'abacus', message: 'device abacus: not available' },
  });
});
