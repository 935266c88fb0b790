import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHAPES } from '../../test/fixtures/shapes.ts';
import { LocatedError, UserError } from '../errors.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { defineTree, type Tree } from '../tree/tree.ts';
import { shortestFloat32, submissionHeader, submissionLine, tableCells } from './submission.ts';
import { openTable } from './tables/open.ts';
import { readVotes, type VoteOptions } from './votes.ts';

const HEADER = ['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',');

/** A row with `value` in every column, except those given in `cells`. */
function line(id: number | string, cells: Record<string, string> = {}, value = '0.5'): string {
  return [id, ...GALAXY_ZOO_2.columns.map(({ name }) => cells[name] ?? value)].join(',');
}

const votes = async (tree: Tree, text: string, options?: VoteOptions) =>
  readVotes(tree, await openTable(new TextEncoder().encode(text), 'solutions.csv'), options);
const parse = (...lines: string[]) => votes(GALAXY_ZOO_2, lines.join('\n'));
const refusal = async (...lines: string[]): Promise<string> => {
  try {
    await parse(...lines);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return 'no error';
};

describe('readVotes', () => {
  it('reads ids and fractions', async () => {
    const table = await parse(HEADER, line(100023, { 'Class4.1': '1.25e-1' }), line(100008, {}, '1'), '');
    expect(table.file).toBe('solutions.csv');
    expect(table.ids).toEqual(['100023', '100008']);
    expect(table.fractions.length).toBe(74);
    expect(table.fractions[7]).toBe(0.125);
    expect(table.fractions[37]).toBe(1);
  });

  it('accepts both line ends, quotes, spaces, blank lines and a byte-order mark', async () => {
    const plain = await parse(HEADER, line(1), line(2, { 'Class1.1': '0' }));
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
      expect(await votes(GALAXY_ZOO_2, text)).toEqual(plain);
    }
  });

  it('takes columns in any order, by name', async () => {
    const row = line(7, { 'Class1.1': '0.1', 'Class11.6': '0.9' });
    const reversed = (text: string) => text.split(',').reverse().join(',');
    expect(await parse(reversed(HEADER), reversed(row))).toEqual(await parse(HEADER, row));
  });

  it('reads long files', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => line(i + 1, { 'Class11.6': String(i / 4096) }));
    const { ids, fractions } = await parse(HEADER, ...rows);
    expect(ids.length).toBe(3000);
    expect(fractions.length).toBe(3000 * GALAXY_ZOO_2.columns.length);
    expect(fractions[2999 * GALAXY_ZOO_2.columns.length + 36]).toBe(2999 / 4096);
  });

  it.each([
    ['1.3', 'expected 0…1, got 1.3'],
    ['-0.1', 'expected 0…1, got -0.1'],
    ['1.00001', 'expected 0…1, got 1.00001'],
    ['Infinity', "expected a number, got 'Infinity'"],
    ['0x1', "expected a number, got '0x1'"],
    ['half', "expected a number, got 'half'"],
    ['1e', "expected a number, got '1e'"],
  ])('refuses %j as a fraction', async (cell, problem) => {
    expect(await refusal(HEADER, line(1), line(2, { 'Class7.2': cell }))).toBe(
      `solutions.csv line 3: Class7.2: ${problem}`,
    );
  });

  it('clips fractions that lie outside 0…1 by rounding errors', async () => {
    const { fractions } = await parse(HEADER, line(1, { 'Class1.1': '1.0000001', 'Class1.2': '-1e-7' }));
    expect(fractions.subarray(0, 3)).toEqual(Float64Array.of(1, 0, 0.5));
  });

  it.each(['', '  ', 'NaN', 'NA'])(
    'reads %j as not known, unless the table must be complete',
    async (cell) => {
      const lines = [HEADER, line(1, { 'Class1.1': cell })];
      expect((await parse(...lines)).fractions.subarray(0, 2)).toEqual(Float64Array.of(Number.NaN, 0.5));
      await expect(votes(GALAXY_ZOO_2, lines.join('\n'), { complete: true })).rejects.toThrow(
        'solutions.csv line 2: Class1.1: expected 0…1, got an unknown value',
      );
    },
  );

  it('accepts any text as an ID, character for character', async () => {
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
    expect((await parse(HEADER, ...ids.map((id) => line(id)))).ids).toEqual(ids);
    const quoted = await parse(HEADER, line('"a, ""b"""'), line('" c"'), line('"two\nlines"'), line(5));
    expect(quoted.ids).toEqual(['a, "b"', ' c', 'two\nlines', '5']);
    expect(await refusal(HEADER, line('"two\nlines"'), line(5, { 'Class1.1': 'x' }))).toContain(
      'line 4: Class1.1',
    );
    expect(await refusal(HEADER, line('  '))).toBe(
      'solutions.csv line 2: GalaxyID: expected an ID, got an empty cell',
    );
  });

  it.each(['0', '-5', '1.5', '1e5', 'abc', '007', '9007199254740993'])(
    "refuses %j in Kaggle's files",
    async (id) => {
      const text = [HEADER, line(id)].join('\n');
      await expect(votes(GALAXY_ZOO_2, text, { kaggle: true })).rejects.toThrow(
        `solutions.csv line 2: GalaxyID: expected a positive integer, got '${id}'`,
      );
    },
  );

  it('refuses a galaxy that occurs twice, and names both lines', async () => {
    expect(await refusal(HEADER, line(5), '', line(6), line(5))).toBe(
      'solutions.csv line 5: GalaxyID 5 is already in line 2',
    );
  });

  it('refuses lines of the wrong length', async () => {
    expect(await refusal(HEADER, `${line(1)},0.5`)).toBe('solutions.csv line 2: expected 38 cells, got 39');
    expect(await refusal(HEADER, line(1), '5,0.1')).toBe('solutions.csv line 3: expected 38 cells, got 2');
  });

  it('ignores other columns, and refuses a header without IDs or an answer', async () => {
    const names = GALAXY_ZOO_2.columns.map(({ name }) => name).join(',');
    expect((await parse(`${HEADER},name`, `${line(1)},M 51`)).ids).toEqual(['1']);
    expect(await refusal(`GalaxyID,${names.replace(',Class7.2', '')}`, line(1))).toBe(
      'solutions.csv: missing column Class7.2',
    );
    expect(await refusal('GalaxyID,Class1.1', '1,1')).toBe(
      'solutions.csv: missing column Class1.2, Class1.3, Class2.1, Class2.2 and 32 more',
    );
    expect(await refusal(HEADER.replace('GalaxyID', 'galaxy_id'), line(1))).toBe(
      'idColumn: solutions.csv has no column of IDs with a usual name (GalaxyID, id_str, objid, …); name it; is it galaxy_id?',
    );
    expect(await refusal(`${HEADER},Class1.1`)).toBe('solutions.csv line 1: repeated column Class1.1');
    expect(await refusal('x,y,z', '1,2,3')).toBe(
      'columns: solutions.csv: expected the columns of Galaxy Zoo 2, Class1.1, Class1.2 and 35 more; got x, y, z; ' +
        'map yours in a file, as in {"my_class": "shape"}, or name another `tree`',
    );
    expect((await parse(HEADER.replaceAll(',', ';'), line(1).replaceAll(',', ';'))).ids).toEqual(['1']);
  });

  it('refuses empty files', async () => {
    expect(await refusal('')).toBe('solutions.csv: is empty');
    expect(await refusal('\ufeff\n \n')).toBe('solutions.csv: is empty');
    expect(await refusal(HEADER)).toBe('solutions.csv: has a header but no rows');
  });

  it('throws errors with file and line as properties', async () => {
    try {
      await parse(HEADER, '1');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LocatedError);
      expect(error).toMatchObject({ file: 'solutions.csv', line: 2 });
    }
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
  it('reads back from a submission unchanged, to float32', async () => {
    const row = fc.array(float32Fraction, { minLength: 37, maxLength: 37 });
    const rows = fc.array(row, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rows, async (fractions) => {
        const lines = fractions.map((values, i) =>
          submissionLine(GALAXY_ZOO_2, { id: String(i + 1), fractions: values }),
        );
        const { ids, fractions: read } = await votes(
          GALAXY_ZOO_2,
          submissionHeader(GALAXY_ZOO_2) + lines.join(''),
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

it('makes conditional fractions cumulative, and submissionLine makes them conditional again', async () => {
  const tree = defineTree({ ...SHAPES, fractions: 'conditional' });
  const line = 'a,0.25,0.5,0.25,0.5,0.5,0.75,0.125,0.125\r\n'; // each question sums to 1
  const { fractions } = await votes(tree, submissionHeader(tree) + line);
  expect(Array.from(fractions)).toEqual([0.25, 0.5, 0.25, 0.125, 0.125, 0.375, 0.0625, 0.0625]);
  expect(submissionLine(tree, { id: 'a', fractions })).toBe(line);
  expect(tableCells(tree, { id: 'a', fractions })).toEqual([
    0.25, 0.5, 0.25, 0.125, 0.125, 0.375, 0.0625, 0.0625,
  ]);
});
