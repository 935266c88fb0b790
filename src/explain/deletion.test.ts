import { describe, expect, it } from 'vitest';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import { RECORD_BYTES } from '../picture/record.ts';
import { deletionChart } from '../report/deletionChart.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { chosenAnswers, decidingAnswer, parseAnswer } from './answers.ts';
import { DELETION_STEPS, DeletionCurves, skyColour } from './deletion.ts';
import { heatMap } from './heatMap.ts';

const SIZE = 32;
const SKY = [-1, -1, -1] as const;
/** An off-centre square. */
const isBright = (i: number) => i % SIZE < 8 && Math.floor(i / SIZE) % SIZE >= 24;
const image = Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => (isBright(i) ? 1 : -0.5));

/** A network whose first answer is the remaining share of the bright square, and whose second is constant. */
function scores(pictures: Float32Array): Float32Array {
  const result = new Float32Array((pictures.length / image.length) * GALAXY_ZOO_2.columns.length);
  for (let i = 0; i < pictures.length; i++) {
    const row = Math.floor(i / image.length) * GALAXY_ZOO_2.columns.length;
    if (pictures[i] === 1) result[row]! += 1 / (3 * 8 * 8);
    result[row + 1] = 0.25;
  }
  return result;
}

const open = () => DeletionCurves.of(image, SKY, async (pictures) => scores(pictures), scores(image));
const square = heatMap(
  Array.from({ length: SIZE * SIZE }, (_, i) => Number(isBright(i))),
  SIZE,
  SIZE,
);

describe('DeletionCurves', () => {
  it('rates a map of the relevant pixels meaningful, and its opposite worse than random', async () => {
    const curves = await open();
    const found = await curves.along(square, 0);
    expect(found.removed).toEqual(Array.from({ length: DELETION_STEPS + 1 }, (_, i) => i / DELETION_STEPS));
    expect([found.map[0], found.map[1], found.map.at(-1)]).toEqual([expect.closeTo(1, 5), 0, 0]);
    expect(found.random[DELETION_STEPS / 2]).toBeCloseTo(0.5, 0);
    expect(found.area).toBeGreaterThan(0.4);
    expect(found.area).toBeGreaterThan(3 * found.spread);
    expect(found.meaningful).toBe(true);
    expect(found.areaOfMiddle).toBeLessThan(0);
    const opposite = heatMap(
      square.values.map((value) => -value),
      SIZE,
      SIZE,
    );
    const misled = await curves.along(opposite, 0);
    expect(misled.area).toBeLessThan(-0.3);
    expect(misled.meaningful).toBe(false);
  });

  it('has no NaN for a score that never changes, or is 0', async () => {
    const curves = await open();
    expect(await curves.along(square, 1)).toMatchObject({
      area: 0,
      areaOfMiddle: 0,
      spread: 0,
      meaningful: false,
    });
    expect(await curves.along(square, 2)).toMatchObject({
      area: 0,
      areaOfMiddle: 0,
      spread: 0,
      meaningful: false,
    });
    expect(deletionChart(await curves.along(square, 2), 384)).not.toContain('NaN');
  });

  it('is reproducible', async () => {
    expect(await (await open()).along(square, 0)).toEqual(await (await open()).along(square, 0));
  });
});

describe('skyColour', () => {
  it("is the edge's median", () => {
    const record = Uint8Array.from({ length: RECORD_BYTES }, (_, i) => [10, 20, 30][i % 3]!);
    record.fill(255, 0, 300); // a star
    expect(skyColour(record, DEFAULT_PREPROCESSING).map((value) => Math.round((value + 1) * 127.5))).toEqual([
      10, 20, 30,
    ]);
  });
});

describe('answers', () => {
  const fractions = (...leading: string[]) =>
    GALAXY_ZOO_2.columns.map(({ name }) => (leading.includes(name.replace('Class', '')) ? 0.9 : 0.1));

  it.each([
    ['a smooth galaxy', ['1.1', '7.2', '6.2'], '1.1'],
    ['a star', ['1.3'], '1.3'],
    ['a disk from its edge', ['1.2', '2.1', '9.1', '6.2'], '2.1'],
    ['a spiral', ['1.2', '2.2', '3.1', '4.1', '10.1', '11.2', '5.3', '6.2'], '4.1'],
    ['a disk without arms', ['1.2', '2.2', '3.2', '4.2', '5.3', '6.2'], '4.2'],
    ['an odd one', ['1.1', '7.1', '6.1', '8.6'], '6.1'],
  ])('%s is decided by the last question at which the tree branches', (_, leading, expected) => {
    expect(decidingAnswer(GALAXY_ZOO_2, fractions(...leading)).name).toBe(`Class${expected}`);
    expect(chosenAnswers(GALAXY_ZOO_2, 'auto', fractions(...leading)).map(({ name }) => name)).toEqual([
      `Class${expected}`,
    ]);
  });

  it('accepts names, and refuses others', () => {
    expect(parseAnswer(GALAXY_ZOO_2, '4.1')).toBe(GALAXY_ZOO_2.columns[7]);
    expect(parseAnswer(GALAXY_ZOO_2, 'Class4.1')).toBe(GALAXY_ZOO_2.columns[7]);
    expect([parseAnswer(GALAXY_ZOO_2, 'auto'), parseAnswer(GALAXY_ZOO_2, 'all')]).toEqual(['auto', 'all']);
    expect(() => parseAnswer(GALAXY_ZOO_2, '4.3')).toThrow(
      'answer 4.3: expected auto, all or an answer of the tree, 1.1 … 11.6',
    );
    expect(chosenAnswers(GALAXY_ZOO_2, 'all', fractions())).toHaveLength(37);
  });
});
