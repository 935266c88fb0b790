import { expect, it } from 'vitest';
import { overridden } from './config.ts';

it.each([
  [
    'a schedule without restarts',
    { schedule: 'warm-restarts', restartFirst: 60, restartFactor: 3, minLearningRate: 1e-8 },
    { schedule: 'cosine' },
    { schedule: 'cosine', minLearningRate: 1e-8 },
  ],
  [
    'a constant rate',
    { schedule: 'cosine', minLearningRate: 1e-8, epochs: 3 },
    { schedule: 'constant' },
    { schedule: 'constant', epochs: 3 },
  ],
  [
    "August's views",
    { crop: [184, 351] as [number, number], shift: 2, blur: 0.5 },
    { augmentation: 'august' },
    { augmentation: 'august' },
  ],
  [
    'another number of epochs',
    { schedule: 'warm-restarts', restartFirst: 60 },
    { epochs: 8, restartFirst: 2 },
    { schedule: 'warm-restarts', restartFirst: 2, epochs: 8 },
  ],
] as const)(
  'leaves out settings that have no effect after a change to %s',
  (_, settings, changes, expected) => {
    expect(overridden(settings, changes)).toEqual(expected);
  },
);

it('keeps settings that are given together with the change, so that they are refused', () => {
  const changes = { schedule: 'cosine', restartFirst: 5 } as const;
  expect(overridden({ restartFactor: 3 }, changes)).toEqual(changes);
});
