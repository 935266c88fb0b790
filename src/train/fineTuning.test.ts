import { describe, expect, it } from 'vitest';
import { fineTuningSettings } from './fineTuning.ts';

const kept = ['conv1', 'conv2'];

describe('settings of a fine-tuning', () => {
  it.each([10, 50, 200, 1000, 10_000])('suit %i galaxies', (galaxies) => {
    const { epochs, batch, warmup, weightAverage, validation } = fineTuningSettings(galaxies, {}, kept);
    const trained = galaxies * (1 - validation);
    expect(batch).toBeLessThanOrEqual(trained);
    expect(warmup).toBeLessThan(epochs);
    expect(validation * galaxies).toBeGreaterThanOrEqual(2);
    expect(weightAverage).toBeGreaterThan(0);
    expect(weightAverage).toBeLessThan(1);
  });

  it('have a lower rate for kept layers; without a new one, for all', () => {
    const tuned = fineTuningSettings(200, { learningRate: 3e-3 }, kept);
    expect(tuned).toMatchObject({ learningRate: 3e-3, layerLr: ['conv1:0.0003', 'conv2:0.0003'] });
    const { learningRate, layerLr } = fineTuningSettings(200, {}, []);
    expect([learningRate < fineTuningSettings(200, {}, kept).learningRate, layerLr]).toEqual([true, []]);
  });

  it('that are given stay, and the others follow from them', () => {
    const given = { epochs: 3, batch: 4, warmup: 0, weightAverage: 0.5, validation: 0.4 };
    expect(fineTuningSettings(200, given, kept)).toMatchObject(given);
    const { layerLr } = fineTuningSettings(200, { freeze: ['conv1'], layerLr: ['dense1:1e-2'] }, [
      ...kept,
      'dense1',
    ]);
    expect(layerLr).toEqual(['dense1:1e-2', expect.stringMatching(/^conv2:/)]);
    expect(fineTuningSettings(200, { epochs: 1 }, kept).warmup).toBeLessThanOrEqual(1);
    expect(fineTuningSettings(20, { test: 0.5 }, kept).batch).toBe(8);
  });
});
