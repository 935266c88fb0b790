import { expect, it } from 'vitest';
import { overridden, refuseIdle, trainingSchema } from './config.ts';

const RESTARTS = {
  schedule: 'warm-restarts',
  restartFirst: 60,
  restartFactor: 3,
  minLearningRate: 1e-8,
} as const;
const VIEWS = { crop: [184, 351] as [number, number], shift: 2, colourJitter: 0.1, blur: 0.5 };

it.each([
  ['one cosine', RESTARTS, { schedule: 'cosine' }, { schedule: 'cosine', minLearningRate: 1e-8 }],
  [
    'a constant rate',
    { ...RESTARTS, epochs: 3 },
    { schedule: 'constant' },
    { schedule: 'constant', epochs: 3 },
  ],
  ["August's views", VIEWS, { augmentation: 'august' }, { augmentation: 'august' }],
  ['no dropout', { dropout: 0.2, dropoutAt: 'pools' }, { dropout: 0 }, { dropout: 0 }],
  ['no validation', { validateEvery: 5 }, { validation: 0 }, { validation: 0 }],
] as const)('settings that have no effect with %s are left out', (_, settings, changes, expected) => {
  expect(overridden(settings, changes)).toEqual(expected);
});

it('other settings are kept or replaced', () => {
  const changes = { epochs: 8, restartFirst: 2 };
  expect(overridden(RESTARTS, changes)).toEqual({ ...RESTARTS, ...changes });
});

it.each([
  ['restartFirst 5: has no effect with `schedule` cosine', { restartFirst: 5 }],
  ['restartFactor 3: has no effect with `schedule` constant', { restartFactor: 3, schedule: 'constant' }],
  ['crop 184,351: has no effect with `augmentation` august', { crop: VIEWS.crop }],
  ['shift 2: has no effect with `augmentation` august', { shift: 2 }],
  ['colourJitter 0.1: has no effect with `augmentation` august', { colourJitter: 0.1 }],
  ['blur 0.5: has no effect with `augmentation` august', { blur: 0.5 }],
  ['dropoutAt pools: has no effect without `dropout`', { dropoutAt: 'pools' }],
  ['validateEvery 5: has no effect without `validation`', { validateEvery: 5, validation: 0 }],
] as const)('%s', (message, settings) => {
  const augmentation = message.includes('august') ? 'august' : 'december';
  const given = trainingSchema.parse(overridden({ augmentation }, settings));
  expect(() => refuseIdle(given)).toThrow(message);
});
