import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHAPES } from '../../test/fixtures/shapes.ts';
import { LocatedError, UserError } from '../errors.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { defineTree } from '../tree/tree.ts';
import { parseSolutions } from './solutions.ts';
import { shortestFloat32, submissionHeader, submissionLine, tableLine } from './submission.ts';

const HEADER = ['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',');

/** A row with `value` in every column, except those given in `cells`. */
function line(id: number | string, cells: Record<string, string> = {}, value = '0.5'): string {
  return [id, ...GALAXY_ZOO_2.columns.map(({ name }) => cells[name] ?? value)].join(',');
}

const parse = (...lines: string[]) => parseSolutions(GALAXY_ZOO_2, lines.join('\n'), 'solutions.csv');
const refusal = (...lines: string[]): string => {
  try {
    parse(...lines);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return 'no error';
};

describe('parseSolutions', () => {
  it('reads ids and fractions', () => {
    const table = parse(HEADER, line(100023, { 'Class4.1': '1.25e-1' }), line(100008, {}, '1'), '');
    expect(table.file).toBe('solutions.csv');
    expect(table.ids).toEqual(['100023', '100008']);
    expect(table.fractions.length).toBe(74);
    expect(table.fractions[7]).toBe(0.125);
    expect(table.fractions[37]).toBe(1);
  });

  it('accepts both line ends, quotes, spaces, blank lines and a byte-order mark', () => {
    const plain = parse(HEADER, line(1), line(2, { 'Class1.1': '0' }));
    const rows = [HEADER, line(1), line(2, { 'Class1.1': '0' })];
    const quote = (row: string) =>
      row
        .split(',')
        .map((cell) => `"${cell}"`)
        .join(',');
    for (const text of [
      `${rows.join('\r\n')}\r\n`,
      `\ufeff${rows.join('\n')}`,
      rows.map(quote).join('\n'),
      `\ufeff${rows.map(quote).join('\r\n\r\n')}\r\n\r\n`,
      rows.map((row) => row.replaceAll(',', ' , ')).join('\n'),
      `\n${rows.join('\n')}\n  \n`,
    ]) {
      expect(parseSolutions(GALAXY_ZOO_2, text, 'solutions.csv')).toEqual(plain);
    }
  });

  it('takes columns in any order, by name', () => {
    const row = line(7, { 'Class1.1': '0.1', 'Class11.6': '0.9' });
    const reversed = (text: string) => text.split(',').reverse().join(',');
    expect(parse(reversed(HEADER), reversed(row))).toEqual(parse(HEADER, row));
  });

  it('reads long files', () => {
    const rows = Array.from({ length: 3000 }, (_, i) => line(i + 1, { 'Class11.6': String(i / 4096) }));
    const { ids, fractions } = parse(HEADER, ...rows);
    expect(ids.length).toBe(3000);
    expect(fractions.length).toBe(3000 * GALAXY_ZOO_2.columns.length);
    expect(fractions[2999 * GALAXY_ZOO_2.columns.length + 36]).toBe(2999 / 4096);
  });

  it.each([
    ['1.3', '1.3'],
    ['-0.1', '-0.1'],
    ['1.0000001', '1.0000001'],
    ['', 'an empty cell'],
    ['  ', 'an empty cell'],
    ['NaN', "'NaN'"],
    ['Infinity', "'Infinity'"],
    ['0x1', "'0x1'"],
    ['half', "'half'"],
    ['1e', "'1e'"],
  ])('refuses %j as a fraction', (cell, got) => {
    expect(refusal(HEADER, line(1), line(2, { 'Class7.2': cell }))).toBe(
      `solutions.csv line 3: Class7.2: expected 0…1, got ${got}`,
    );
  });

  it('accepts any text as an ID, character for character', () => {
    const ids = [
      '000123',
      '1237649770260463687',
      'J094651.40-010228.5',
      '-5',
      '1e5',
      '0',
      'M 51',
      '\u{1f30c}',
    ];
    expect(parse(HEADER, ...ids.map((id) => line(id))).ids).toEqual(ids);
    const quoted = parse(HEADER, line('"a, ""b"""'), line('" c"'), line('"two\nlines"'), line(5));
    expect(quoted.ids).toEqual(['a, "b"', ' c', 'two\nlines', '5']);
    expect(refusal(HEADER, line('"two\nlines"'), line(5, { 'Class1.1': 'x' }))).toContain('line 4: Class1.1');
    expect(refusal(HEADER, line('  '))).toBe(
      'solutions.csv line 2: GalaxyID: expected an ID, got an empty cell',
    );
  });

  it.each(['0', '-5', '1.5', '1e5', 'abc', '007', '9007199254740993'])(
    "refuses %j in Kaggle's files",
    (id) => {
      const text = [HEADER, line(id)].join('\n');
      expect(() => parseSolutions(GALAXY_ZOO_2, text, 'solutions.csv', { kaggle: true })).toThrow(
        `solutions.csv line 2: GalaxyID: expected a positive integer, got '${id}'`,
      );
    },
  );

  it('refuses a galaxy that occurs twice, and names both lines', () => {
    expect(refusal(HEADER, line(5), '', line(6), line(5))).toBe(
      'solutions.csv line 5: GalaxyID 5 is already in line 2',
    );
  });

  it('refuses lines of the wrong length', () => {
    expect(refusal(HEADER, `${line(1)},0.5`)).toBe('solutions.csv line 2: expected 38 cells, got 39');
    expect(refusal(HEADER, line(1), '5,0.1')).toBe('solutions.csv line 3: expected 38 cells, got 2');
  });

  it('refuses wrong headers with the reason', () => {
    const without = ['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)]
      .join(',')
      .replace(',Class7.2', '');
    expect(refusal(without)).toBe('solutions.csv line 1: missing column Class7.2');
    expect(refusal('GalaxyID,Class1.1')).toBe(
      'solutions.csv line 1: missing column Class1.2, Class1.3, Class2.1, Class2.2 and 32 more',
    );
    expect(refusal(HEADER.replace('GalaxyID', 'galaxy_id'))).toBe(
      "solutions.csv line 1: missing column GalaxyID; unknown column 'galaxy_id'",
    );
    expect(refusal(`${HEADER},name`)).toBe(
      "solutions.csv line 1: unknown column 'name'; expected GalaxyID, Class1.1 and 36 more only",
    );
    expect(refusal(`${HEADER},Class1.1`)).toBe('solutions.csv line 1: repeated column Class1.1');
    expect(refusal(line(1))).toBe(
      'solutions.csv line 1: expected the header GalaxyID, Class1.1 and 36 more (separated by commas), ' +
        'got 1, 0.5, 0.5, 0.5 and 34 more',
    );
    expect(refusal(HEADER.replaceAll(',', ';'))).toContain('(separated by commas), got GalaxyID;Class1.1');
  });

  it('refuses empty files', () => {
    expect(refusal('')).toBe('solutions.csv: is empty');
    expect(refusal('\ufeff\n \n')).toBe('solutions.csv: is empty');
    expect(refusal(HEADER)).toBe('solutions.csv: has a header but no rows');
  });

  it('throws errors with file and line as properties', () => {
    try {
      parse(HEADER, '1');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LocatedError);
      expect(error).toMatchObject({ file: 'solutions.csv', line: 2 });
    }
  });

  it('reads 80,000 rows in under two seconds of computing', () => {
    const values = GALAXY_ZOO_2.columns.map((_, i) => (0.012345678 * (i + 1)).toFixed(9)).join(',');
    const rows = Array.from({ length: 80_000 }, (_, i) => `${i + 1},${values}`);
    const text = [HEADER, ...rows].join('\r\n');
    const start = process.cpuUsage();
    expect(parseSolutions(GALAXY_ZOO_2, text, 'solutions.csv').ids.length).toBe(80_000);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(2);
  });
});

const float32Fraction = fc.float({ min: 0, max: 1, noNaN: true });

describe('shortestFloat32', () => {
  it('is the shortest decimal that reads back as the same float32', () => {
    const shortest = (value: number) => {
      for (let digits = 1; ; digits++) {
        const short = Number(value.toPrecision(digits));
        if (Math.fround(short) === value) return String(short);
      }
    };
    fc.assert(
      fc.property(
        float32Fraction.filter((value) => value === 0 || value > 2 ** -126),
        (value) => {
          expect(Math.fround(Number(shortestFloat32(value)))).toBe(value);
          expect(shortestFloat32(value)).toBe(shortest(value));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    [0, '0'],
    [1, '1'],
    [0.1, '0.1'],
    [1 / 3, '0.33333334'],
  ])('%d → %s', (value, text) => {
    expect(shortestFloat32(value)).toBe(text);
  });
});

describe('submissionLine', () => {
  it('reads back from a submission unchanged, to float32', () => {
    const row = fc.array(float32Fraction, { minLength: 37, maxLength: 37 });
    const rows = fc.array(row, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, (fractions) => {
        const lines = fractions.map((values, i) =>
          submissionLine(GALAXY_ZOO_2, { id: String(i + 1), fractions: values }),
        );
        const { ids, fractions: read } = parseSolutions(
          GALAXY_ZOO_2,
          submissionHeader(GALAXY_ZOO_2) + lines.join(''),
          'submission.csv',
        );
        expect(ids).toEqual(fractions.map((_, i) => String(i + 1)));
        expect(Array.from(read, Math.fround)).toEqual(fractions.flat().map((value) => value + 0));
      }),
    );
  });

  it('has the line ends of the challenge', () => {
    const fractions = Array(37).fill(0.25);
    expect(submissionHeader(GALAXY_ZOO_2).endsWith('Class11.6\r\n')).toBe(true);
    expect(submissionLine(GALAXY_ZOO_2, { id: '100018', fractions })).toBe(`100018${',0.25'.repeat(37)}\r\n`);
  });

  it('refuses numbers that are not fractions', () => {
    const fractions = Array(37).fill(0.25);
    for (const value of [Number.NaN, Infinity, -0.1, 1.1]) {
      expect(() => submissionLine(GALAXY_ZOO_2, { id: '5', fractions: fractions.with(7, value) })).toThrow(
        `galaxy 5: Class4.1: expected 0…1, got ${value}`,
      );
    }
    expect(submissionLine(GALAXY_ZOO_2, { id: '5', fractions: fractions.with(0, 1 + 1e-9) })).toContain(
      '5,1,0.25',
    );
    expect(() => submissionLine(GALAXY_ZOO_2, { id: '5', fractions: [1] })).toThrow(
      'galaxy 5: expected 37 fractions, got 1',
    );
  });
});

it('makes conditional fractions cumulative, and submissionLine makes them conditional again', () => {
  const tree = defineTree({ ...SHAPES, fractions: 'conditional' });
  const line = 'a,0.25,0.5,0.25,0.5,0.5,0.75,0.125,0.125\r\n'; // each question sums to 1
  const { fractions } = parseSolutions(tree, submissionHeader(tree) + line, 'votes.csv');
  expect(Array.from(fractions)).toEqual([0.25, 0.5, 0.25, 0.125, 0.125, 0.375, 0.0625, 0.0625]);
  expect(submissionLine(tree, { id: 'a', fractions })).toBe(line);
  expect(tableLine(tree, { id: 'a', fractions })).toBe('a,0.25,0.5,0.25,0.125,0.125,0.375,0.0625,0.0625\r\n');
});
