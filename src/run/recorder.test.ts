import { expect, it } from 'vitest';
import type { LabelledGalaxy } from '../data/labels.ts';
import { describeTooFew } from './recorder.ts';

it('says which flags and intervals have too few galaxies, and how many they need', () => {
  const galaxies = (count: number) => Array<LabelledGalaxy>(count);
  const notes = (training: number, calibration: number) =>
    describeTooFew({ training: galaxies(training), calibration: galaxies(calibration) });
  expect(notes(200, 0)).toEqual([]);
  expect(notes(200, 39)).toEqual([]);
  expect(notes(199, 8)).toEqual([
    'pictures unlike those of the training will not be flagged: that needs 200 galaxies to train on, got 199',
    'intervals of 80 % will be 0…1: they need 9 galaxies of their own, got 8',
    'intervals of 95 % will be 0…1: they need 39 galaxies of their own, got 8',
  ]);
});
