import { describe, expect, it } from 'vitest';
import { noise } from '../../test/fixtures/pictures.ts';
import { adjustColour, type Colour } from './colour.ts';
import { RECORD_BYTES } from './record.ts';

const SAME: Colour = { brightness: 1, contrast: 1, saturation: 1 };

/** One colour in the upper half, another in the lower: grey 124.2 and 18.15, mean 71.175. */
const halves = new Uint8Array(RECORD_BYTES);
for (let at = 0; at < RECORD_BYTES; at += 3)
  halves.set(at < RECORD_BYTES / 2 ? [200, 100, 50] : [10, 20, 30], at);

/** The halves after PIL.ImageEnhance.Brightness, Contrast and Color. */
const PILLOW: [Partial<Colour>, number[]][] = [
  [{ brightness: 0.6 }, [120, 60, 30, 6, 12, 18]],
  [{ brightness: 1.4 }, [255, 140, 70, 14, 28, 42]],
  [{ brightness: 1.9 }, [255, 190, 95, 19, 38, 57]],
  [{ contrast: 0.6 }, [148, 88, 58, 34, 40, 46]],
  [{ contrast: 1.4 }, [251, 111, 41, 0, 0, 13]],
  [{ contrast: 1.9 }, [255, 126, 31, 0, 0, 0]],
  [{ saturation: 0.6 }, [169, 109, 79, 13, 19, 25]],
  [{ saturation: 1.4 }, [230, 90, 20, 6, 20, 34]],
  [{ saturation: 1.9 }, [255, 78, 0, 2, 21, 40]],
];

/** The two colours of the halves after the change. */
function adjust(colour: Partial<Colour>): number[] {
  const result = adjustColour(halves, { ...SAME, ...colour });
  return [...result.subarray(0, 3), ...result.subarray(RECORD_BYTES - 3)];
}

describe('adjustColour', () => {
  it('changes nothing with factors of 1, and never changes its input', () => {
    const record = noise(212, 212);
    const kept = record.slice();
    const same = adjustColour(record, SAME);
    expect(Buffer.compare(same, kept)).toBe(0);
    expect(same).not.toBe(record);
    adjustColour(record, { brightness: 1.4, contrast: 0.6, saturation: 1.4 });
    expect(Buffer.compare(record, kept)).toBe(0);
  });

  it('follows torchvision’s formulas', () => {
    expect(adjust({ brightness: 0.5 })).toEqual([100, 50, 25, 5, 10, 15]);
    expect(adjust({ brightness: 1.5 })).toEqual([255, 150, 75, 15, 30, 45]); // 300 is clipped
    expect(adjust({ brightness: 0 })).toEqual([0, 0, 0, 0, 0, 0]);
    // 0.5 x + 35.5875
    expect(adjust({ contrast: 0.5 })).toEqual([136, 86, 61, 41, 46, 51]);
    // 1.5 x - 35.5875
    expect(adjust({ contrast: 1.5 })).toEqual([255, 114, 39, 0, 0, 9]);
    expect(adjust({ contrast: 0 })).toEqual(Array(6).fill(71));
    // 0.5 x + 62.1 and 0.5 x + 9.075
    expect(adjust({ saturation: 0.5 })).toEqual([162, 112, 87, 14, 19, 24]);
    // 1.5 x - 62.1 and 1.5 x - 9.075
    expect(adjust({ saturation: 1.5 })).toEqual([238, 88, 13, 6, 21, 36]);
    expect(adjust({ saturation: 0 })).toEqual([124, 124, 124, 18, 18, 18]);
  });

  it.each(PILLOW)('is within 1 of Pillow 9.4’s ImageEnhance: %j', (colour, expected) => {
    for (const [i, value] of adjust(colour).entries()) {
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1);
    }
  });

  it('changes brightness, contrast and saturation in this order, clips after each and rounds once', () => {
    // Brightness 2: [255 (of 400), 200, 100] and [20, 40, 60], grey 205.045 and 36.3, mean 120.6725.
    // Contrast 0.5: 0.5 x + 60.33625: [187.836…, 160.336…, 110.336…] and [70.336…, 80.336…, 90.336…].
    // Saturation 0.5: half of that plus half of its grey, 162.85875 and 78.48625.
    expect(adjust({ brightness: 2, contrast: 0.5, saturation: 0.5 })).toEqual([175, 162, 137, 74, 79, 84]);
    // [3, 1, 1] → [1.5, 0.5, 0.5], grey 0.799 → [2.201, 0.201, 0.201]; rounded in between, it would be [3, 1, 1] again.
    const dark = Uint8Array.from(noise(212, 212), (_, at) => (at % 3 === 0 ? 3 : 1));
    const colour = { brightness: 0.5, contrast: 1, saturation: 2 };
    expect([...adjustColour(dark, colour).subarray(0, 3)]).toEqual([2, 0, 0]);
  });

  it('refuses other records and bad factors', () => {
    expect(() => adjustColour(new Uint8Array(3), SAME)).toThrow('a record has 134832 bytes, got 3');
    expect(() => adjust({ brightness: -0.1 })).toThrow(
      'brightness: expected a finite factor of 0 or more, got -0.1',
    );
    expect(() => adjust({ contrast: Number.NaN })).toThrow('contrast: expected a finite factor');
    expect(() => adjust({ saturation: Number.POSITIVE_INFINITY })).toThrow(
      'saturation: expected a finite factor',
    );
  });
});
