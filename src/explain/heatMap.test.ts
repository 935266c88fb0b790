import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greyOf, inferno, overlay } from '../report/overlay.ts';
import { type Ablation, ablationMap, ablationWeights } from './ablation.ts';
import { enlarged, heatMap, meanMap, valueAt } from './heatMap.ts';

describe('heatMap', () => {
  it('ranges from 0 to 1', () => {
    expect([...heatMap([0, 1, 2, 4], 2, 2).values]).toEqual([0, 0.25, 0.5, 1]);
    expect([...heatMap([-3, -1], 1, 2).values]).toEqual([0, 1]);
  });

  it.each([
    ['equal values', [2, 2, 2, 2]],
    ['no numbers', [Number.NaN, 1, 2, 3]],
    [
      'infinite values',
      [0, 0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY].fill(Number.POSITIVE_INFINITY),
    ],
  ])('is flat, and 0, of %s', (_, values) => {
    expect(heatMap(values, 2, 2)).toMatchObject({ flat: true, values: new Float64Array(4) });
  });

  it('is flat if its contrast is rounding', () => {
    expect(heatMap([0, 1e-7], 1, 2, 1e-6).flat).toBe(true);
    expect(heatMap([0, 1e-5], 1, 2, 1e-6).flat).toBe(false);
  });

  it('is never NaN and stays in 0…1, enlarged and averaged', () => {
    const value = fc.double({ noNaN: true, min: -1e30, max: 1e30 });
    fc.assert(
      fc.property(fc.array(value, { minLength: 4, maxLength: 4 }), (values) => {
        const map = heatMap(values, 2, 2);
        for (const each of [map, enlarged(map, 5), meanMap([map, heatMap([1], 1, 1)], 5)]) {
          expect(each.values.every((v) => v >= 0 && v <= 1)).toBe(true);
        }
      }),
    );
  });
});

describe('enlarged', () => {
  it('aligns pixels with those of pooling', () => {
    const map = heatMap([0, 1], 1, 2);
    expect([...enlarged(map, 4).values.subarray(0, 4)]).toEqual([0, 0.25, 0.75, 1]);
    expect(valueAt(map, -3, 9)).toBe(0);
  });

  it('keeps a map of the same size', () => {
    const map = heatMap([3, 1, 4, 1], 2, 2);
    expect(enlarged(map, 2).values).toEqual(map.values);
  });
});

describe('meanMap', () => {
  it('scales the mean again, and ignores flat maps', () => {
    const [left, flat] = [heatMap([1, 0], 1, 2), heatMap([5, 5], 1, 2)];
    expect(meanMap([left, flat], 2).values).toEqual(meanMap([left], 2).values);
    expect(meanMap([flat, flat], 2).flat).toBe(true);
  });
});

describe('ablationMap', () => {
  /** Two channels of 1×2 pixels, one answer. */
  const ablation = (score: number, ablatedScores: number[]): Ablation => ({
    layer: 'conv1',
    channels: 2,
    height: 1,
    width: 2,
    activations: Float32Array.of(1, 0, 0, 1),
    scores: Float32Array.of(score),
    ablatedScores: Float32Array.from(ablatedScores),
  });
  const of = (each: Ablation) => ablationMap(each, ablationWeights(each, 0));

  it('shows the channels whose removal lowers the score', () => {
    expect([...ablationWeights(ablation(0.5, [0.25, 0.75]), 0)]).toEqual([0.5, -0.5]);
    expect(of(ablation(0.5, [0.25, 0.75]))).toMatchObject({ flat: false, values: Float64Array.of(1, 0) });
  });

  it.each([
    ['no channel carries anything', 0.5, [0.5, 0.5]],
    ['the score is 0', 0, [0, 0]],
    ['every channel speaks against the answer', 0.5, [0.75, 0.6]],
    ['the weights are rounding', 0.5, [0.49999997, 0.5]],
  ])('is flat if %s', (_, score, ablated) => {
    expect(of(ablation(score, ablated))).toMatchObject({ flat: true, values: Float64Array.of(0, 0) });
  });
});

describe('overlay', () => {
  it('has colours under a map and none under a flat one', () => {
    const picture = new Uint8Array(2 * 2 * 3).fill(100);
    const coloured = overlay(greyOf(picture), heatMap([0, 1, 0, 1], 2, 2), 2);
    expect(coloured[0]).not.toBe(coloured[3]);
    const [red, green, blue] = overlay(greyOf(picture), heatMap([0], 1, 1), 2);
    expect([red, green]).toEqual([green, blue]);
  });

  it('has the end colours of inferno, and gets brighter in between', () => {
    expect([inferno(-1), inferno(2)]).toEqual([
      [0, 0, 4],
      [252, 255, 164],
    ]);
    const brightness = Array.from({ length: 101 }, (_, i) => {
      const [red, green, blue] = inferno(i / 100);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    expect(brightness.every((value, i) => i === 0 || value > brightness[i - 1]!)).toBe(true);
  });
});
