import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { SHAPES } from '../../test/fixtures/shapes.ts';
import { UserError } from '../errors.ts';
import { classesTree } from '../tree/classes.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { GALAXY_ZOO_2_DATASETS } from '../tree/surveys/galaxyZoo2Datasets.ts';
import { GALAXY_ZOO_2_HART } from '../tree/surveys/galaxyZoo2Hart.ts';
import { GALAXY_ZOO_DECALS_5 } from '../tree/surveys/galaxyZooDecals5.ts';
import { GALAXY_ZOO_DECALS_12 } from '../tree/surveys/galaxyZooDecals12.ts';
import { defineTree, type Tree } from '../tree/tree.ts';
import { parseColumnNames } from './answerColumns.ts';
import { describeReading } from './tableReading.ts';
import { openTable } from './tables/open.ts';
import { readVotes, type VoteOptions } from './votes.ts';

const tree = defineTree(SHAPES);
/** Columns: smooth, features, no-galaxy; round, long; few, many, unclear. */
const NAMES = tree.columns.map(({ name }) => name);

const read = async (text: string, options?: VoteOptions, of: Tree = tree) =>
  readVotes(of, await openTable(new TextEncoder().encode(text), 'votes.csv'), options);

/** A table of rows, of an ID and the cells of the tree's columns. */
const table = (rows: readonly string[], { id = 'GalaxyID', ending = '' } = {}) =>
  [[id, ...NAMES.map((name) => name + ending)].join(','), ...rows, ''].join('\n');

const refusal = async (text: string, options?: VoteOptions, of?: Tree): Promise<string> => {
  const error: unknown = await read(text, options, of).catch((cause) => cause);
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
};

const COUNTS = '4,2,2,1,1,1,1,0';
const SHARES = '0.5,0.25,0.25,0.25,0.25,0.125,0.125,0'; // cumulative
const CONDITIONAL = '0.5,0.25,0.25,0.5,0.5,0.5,0.5,0';
const cumulative = Float64Array.from(SHARES.split(','), Number);

describe('the kind of labels', () => {
  it.each([
    ['fractions', '', SHARES],
    ['fractions', '_fraction', SHARES],
    ['counts', '', COUNTS],
    ['counts', '_count', COUNTS],
    ['weighted', '_weighted_fraction', SHARES],
  ])('is %s for columns that end in "%s"', async (kind, ending, cells) => {
    const { fractions, counts, reading } = await read(table([`1,${cells}`], { ending }));
    expect(fractions).toEqual(cumulative);
    expect(counts).toEqual(kind === 'counts' ? Float64Array.from(COUNTS.split(','), Number) : undefined);
    expect(reading).toMatchObject({ kind, idColumn: 'GalaxyID', unknown: 0, ignored: [] });
  });

  it('must be chosen if a table has several, and always if it is debiased', async () => {
    const both = (kinds: readonly string[], cells: readonly string[]) =>
      `id_str,${kinds.flatMap((kind) => NAMES.map((name) => name + kind)).join(',')}\na,${cells.join(',')}\n`;
    const two = both(['_count', '_weighted_fraction'], [COUNTS, SHARES]);
    expect(await refusal(two)).toBe(
      'labels: votes.csv has counts and weighted fractions; choose one of them',
    );
    expect((await read(two, { labels: 'weighted' })).counts).toBeUndefined();
    const datasets = both(['', '_fraction'], [COUNTS, SHARES]);
    expect(await refusal(datasets)).toBe('labels: votes.csv has fractions and counts; choose one of them');
    expect((await read(datasets, { labels: 'counts' })).counts).toBeDefined();
    const debiased = table([`1,${SHARES}`], { ending: '_debiased' });
    expect(await refusal(debiased)).toBe(
      'labels: votes.csv has debiased fractions only; choose debiased to use them',
    );
    expect((await read(debiased, { labels: 'debiased' })).fractions).toEqual(cumulative);
    expect(await refusal(debiased, { labels: 'counts' })).toBe(
      'labels counts: votes.csv has debiased fractions only',
    );
  });

  it('is refused if the numbers are of another kind', async () => {
    expect(await refusal(table([`1,${COUNTS}`, `2,${SHARES}`]), { labels: 'counts' })).toBe(
      'votes.csv line 3: smooth: expected a count, got 0.5; 6 more cells are no counts',
    );
    expect(await refusal(table([`1,${COUNTS}`], { ending: '_fraction' }))).toBe(
      'votes.csv line 2: smooth_fraction: expected 0…1, got 4; 2 more cells are outside',
    );
    expect(await refusal(table([`1,4,-2,2,1,1,1,1,0`]))).toBe(
      'votes.csv line 2: features: expected a count, got -2',
    );
    expect(await refusal(table([`1,${COUNTS}`, '2,4,2,2,1,1,2,1,0']))).toBe(
      "votes.csv line 3: question 'arms': has 3 votes, but only 2 led to it",
    );
  });

  it('may be rounded counts, of which a question has more than led to it', async () => {
    const rounded = defineTree({ ...SHAPES, roundedCounts: true });
    const { fractions, reading } = await read(table([`1,${COUNTS}`, '2,4,2,2,2,1,2,1,0']), {}, rounded);
    expect(Array.from(fractions.subarray(8))).toEqual([0.5, 0.25, 0.25, 1 / 3, 1 / 6, 1 / 6, 1 / 12, 0]);
    expect(describeReading('votes.csv', reading!)).toBe(
      'votes.csv: counts of 8 answers, IDs from GalaxyID; in 1 row a question has more votes than led to it',
    );
    expect(await refusal(table(['1,4,2,2,1.5,1,1,1,0']), { labels: 'counts' }, rounded)).toBe(
      'votes.csv line 2: round: expected a count, got 1.5',
    );
  });
});

it('has columns with or without the suffix of the survey', async () => {
  const campaigns = [GALAXY_ZOO_DECALS_12, GALAXY_ZOO_DECALS_5].map((survey) => {
    const names = survey.columns.map(({ name }) => name.replace(/-dr\d+_/, '_'));
    const counts = names.map(() => '0').with(0, '5');
    return { survey, names, text: `iauname,${names.join(',')}\nJ1,${counts.join(',')}\n` };
  });
  for (const { survey, names, text } of campaigns) {
    const { counts, reading } = await read(text, {}, survey);
    expect([counts![0], reading]).toMatchObject([5, { kind: 'counts', answers: names, ignored: [] }]);
  }
  const { text } = campaigns[0]!;
  expect(await refusal(text, {}, GALAXY_ZOO_DECALS_5)).toBe(
    'tree: votes.csv has the columns of gz-decals-12, Galaxy Zoo DECaLS, campaigns 1 and 2; ' +
      'expected those of Galaxy Zoo DECaLS, campaign 5',
  );
  expect(await refusal(text.replace('bar_yes', 'bar_maybe'), {}, GALAXY_ZOO_DECALS_12)).toBe(
    'votes.csv: missing column bar_yes',
  );
});

describe('the convention of fractions', () => {
  const rows = (cells: string, count = 20) => Array.from({ length: count }, (_, i) => `${i + 1},${cells}`);

  it('follows from the sums of a table of the user’s own', async () => {
    for (const [cells, convention] of [
      [SHARES, 'cumulative'],
      [CONDITIONAL, 'conditional'],
    ] as const) {
      const { fractions, reading } = await read(table(rows(cells, 1)));
      expect([fractions, reading?.convention]).toEqual([cumulative, convention]);
    }
    expect(await refusal(table(rows('0.5,0.25,0.25,0.4,0.4,0.5,0.4,0')))).toBe(
      'fractions: votes.csv: the sums fit neither kind: 20 of 20 rows contradict cumulative fractions, and 20 contradict conditional ones; ' +
        'choose one of them',
    );
    const chosen = await read(table(rows('0.5,0.25,0.25,0.4,0.4,0.5,0.4,0', 1)), {
      fractions: 'conditional',
    });
    expect(chosen.fractions.subarray(3, 5)).toEqual(Float64Array.of(0.2, 0.2));
  });

  it('is reported where sums contradict it, as those of debiased fractions do', async () => {
    const own = defineTree({ ...SHAPES, fractions: 'conditional' });
    const odd = table(['1,0.5,0.25,0.25,0.9,0.3,0,0,0', '2,0.5,0.25,0.25,0.5,0.5,,0.5,0'], {
      ending: '_debiased',
    });
    const { fractions, reading } = await read(odd, { labels: 'debiased', fractions: 'conditional' }, own);
    expect(fractions.subarray(3, 5)).toEqual(Float64Array.of(0.45, 0.15));
    expect(describeReading('votes.csv', reading!)).toBe(
      'votes.csv: conditional debiased fractions of 8 answers, IDs from GalaxyID; 1 cell unknown; ' +
        'in 1 row the fractions of a question do not add up to 1',
    );
    const cumulative = await read(table(['1,0.5,0.25,0.1,0.25,0.25,0,0,0']), { fractions: 'cumulative' });
    expect(describeReading('votes.csv', cumulative.reading!)).toBe(
      'votes.csv: cumulative fractions of 8 answers, IDs from GalaxyID; ' +
        'in 1 row the fractions of a question do not add up to those that lead to it',
    );
  });

  it('limits fractions to 1, even if rounded ones add up to more', async () => {
    const { fractions } = await read(table(['1,0.7,0.3000001,0,1,0,1,0,0', '2,1,0.0000001,0,1,0,1,0,0']), {
      fractions: 'conditional',
    });
    expect(Math.max(...fractions)).toBe(1);
  });

  it('is refused if the sums contradict it', async () => {
    const kaggle = GALAXY_ZOO_2.columns.map(({ name }) => name);
    // Every question sums to 1.
    const cells = GALAXY_ZOO_2.questions.flatMap(({ start, end }) =>
      Array.from({ length: end - start }, () => 1 / (end - start)),
    );
    const text = ['GalaxyID', ...kaggle].join(',').concat('\n', rows(cells.join()).join('\n'));
    expect(await refusal(text, {}, GALAXY_ZOO_2)).toBe(
      'fractions: votes.csv has conditional fractions: the sums of 20 of 20 rows contradict cumulative ones',
    );
    expect((await read(text, { fractions: 'conditional' }, GALAXY_ZOO_2)).fractions[3]).toBeCloseTo(1 / 6);
    const accepted = await read(text, { fractions: 'cumulative', anySums: true }, GALAXY_ZOO_2);
    expect(accepted.fractions.slice(0, cells.length)).toEqual(Float64Array.from(cells));
    expect(await refusal(table(rows(SHARES)), { fractions: 'conditional' })).toMatch(
      /^fractions conditional: votes.csv has cumulative fractions: /,
    );
  });
});

describe('the column of IDs', () => {
  const of = (names: string, ids: string, ...more: string[]) =>
    [[names, ...NAMES].join(','), ...[ids, ...more].map((row) => `${row},${SHARES}`)].join('\n');
  const pictures = new Set(['587739505552785605', '100001', 'M51']);

  it.each([
    ['the usual one that has IDs of pictures', of('objid,asset_id', '12,100001'), 'asset_id', '100001'],
    ['one of floats, as pandas writes it', of('objid', '100001.0'), 'objid', '100001'],
    ['one of names of pictures', of('n,filename', '3,train/M51.jpg'), 'filename', 'M51'],
    ['one of 18 digits', of('dr7objid,objid', '587739505552785605,9'), 'dr7objid', '587739505552785605'],
  ])('is %s', async (_, text, name, id) => {
    const { ids, reading } = await read(text, { pictures });
    expect([reading?.idColumn, ids]).toEqual([name, [id]]);
  });

  it('is the one that is named', async () => {
    expect((await read(of('objid,mine', '100001,x'), { pictures, idColumn: 'mine' })).ids).toEqual(['x']);
    expect(await refusal(of('objid', '1'), { idColumn: 'mine' })).toBe(
      'idColumn mine: votes.csv has no such column, only objid, smooth, features, no-galaxy and 5 more',
    );
    expect(await refusal(of('objid,dr7objid', 'M51,100001'), { pictures })).toBe(
      'idColumn: votes.csv: objid and dr7objid all have IDs of pictures; choose one of them',
    );
  });

  it.each([
    [
      '1.2e18',
      'votes.csv line 3: objid: expected all digits of an ID, got 1.2e18 (save IDs as integers or text)',
    ],
    [
      '1.2376497e+18',
      'votes.csv line 3: objid: expected all digits of an ID, got 1.2376497e+18 (save IDs as integers or text)',
    ],
    [
      '12345678901234567.0',
      'votes.csv line 3: objid: expected all digits of an ID, got 12345678901234567.0 (save IDs as integers or text)',
    ],
    ['', 'votes.csv line 3: objid: expected an ID, got an empty cell'],
    ['100001', 'votes.csv line 3: objid 100001 is already in line 2'],
  ])('is refused with the ID %j', async (id, problem) => {
    expect(await refusal(of('objid', '100001', id))).toBe(problem);
  });
});

describe('the table of another survey', () => {
  it.each([
    ['gz2-hart, Galaxy Zoo 2 (Hart et al. 2016)', GALAXY_ZOO_2_HART, '_weighted_fraction'],
    ['gz2-datasets, Galaxy Zoo 2 (galaxy-datasets)', GALAXY_ZOO_2_DATASETS, ''],
  ])('is refused as one of %s', async (name, { columns }, ending) => {
    const text = `id_str,${columns.map((column) => column.name + ending).join(',')}\n`;
    expect(await refusal(text, {}, GALAXY_ZOO_2)).toBe(
      `tree: votes.csv has the columns of ${name}; expected those of Galaxy Zoo 2`,
    );
  });
});

describe('a Parquet table', () => {
  type Cells = (bigint | number | null)[];
  const read = async (id: { name: string; data: Cells; type: 'INT64' | 'DOUBLE' }, names = NAMES) => {
    const [rows, cells] = [id.data.length, SHARES.split(',').map(Number)];
    const answers = names.map((name, i) => ({
      name,
      data: new Array(rows).fill(cells[i]),
      type: 'DOUBLE' as const,
    }));
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [id, ...answers] }));
    return readVotes(tree, await openTable(bytes, 'votes.parquet'));
  };
  const int64 = (...data: Cells) => ({ name: 'objid', data, type: 'INT64' as const });
  const double = (...data: Cells) => ({ name: 'objid', data, type: 'DOUBLE' as const });

  it('has IDs of 64 bits, or of floats that are whole', async () => {
    const { ids, fractions } = await read(int64(587739505552785605n, 7n));
    expect([ids, fractions.subarray(8)]).toEqual([['587739505552785605', '7'], cumulative]);
    expect((await read(double(100001, 7))).ids).toEqual(['100001', '7']);
  });

  it('is refused without IDs, or of another schema', async () => {
    await expect(read(int64(7n, null))).rejects.toThrow(
      'votes.parquet row 2: objid: expected an ID, got an empty cell',
    );
    await expect(read(double(7, 1.2e18))).rejects.toThrow(
      'votes.parquet row 2: objid: expected all digits of an ID, got 1.2e+18',
    );
    await expect(read(int64(7n), ['ra', 'dec'])).rejects.toThrow(
      'votes.parquet: expected the columns of Shapes, smooth, features and 6 more; got objid, ra, dec',
    );
  });
});

describe('names of columns', () => {
  const names = (data: unknown, of = tree) => parseColumnNames(of, data, 'mine.json');
  const ALL = { s: 'smooth', f: '1.2', n: 'no-galaxy' };

  it('stand for answers; the other answers are unknown', async () => {
    const { fractions, reading } = await read('objid,n,f,s,x\n7,0.25,,0.5,1\n', { columns: names(ALL) });
    expect(Array.from(fractions.subarray(0, 3))).toEqual([0.5, Number.NaN, 0.25]);
    expect(fractions.subarray(3).every(Number.isNaN)).toBe(true);
    expect(describeReading('votes.csv', reading!)).toBe(
      'votes.csv: cumulative fractions of 3 answers, IDs from objid; 1 cell unknown; 1 other column ignored: x',
    );
    expect((await read('objid,n,f,s\n7,1,3,4\n', { columns: names(ALL) })).counts?.subarray(0, 3)).toEqual(
      Float64Array.of(4, 3, 1),
    );
  });

  it.each([
    [
      { s: 'Class1.1' },
      's: expected a column or number of an answer of Shapes, such as smooth or 1.1, a question',
    ],
    [{ s: 'smooth', f: '1.2' }, "question 'form': no column for no-galaxy"],
    [{ ...ALL, t: 'smooth' }, 's and t are both smooth'],
    [
      { ...ALL, t: 'form' },
      "question 'form': expected a column of classes or columns of its answers, got both",
    ],
    [{ s: 5 }, 's: expected a text, got 5'],
    [{}, 'expected the column of an answer or a question'],
  ])('are refused: %j', (data, problem) => {
    expect(() => names(data)).toThrow(`mine.json: ${problem}`);
  });

  it('are refused if the table lacks them', async () => {
    expect(await refusal('objid,s,f\n1,0,0\n', { columns: names(ALL) })).toBe(
      'votes.csv: has no column n, which mine.json names',
    );
  });
});

describe('a column of classes', () => {
  const classes = classesTree(['in-between', 'Spiral', 'merger']);

  it('is found by its cells', async () => {
    const { fractions, reading } = await read(
      'file,n,kind\na.jpg,1,spiral\nb.jpg,2,In between\nc.jpg,3,\n',
      {},
      classes,
    );
    expect(Array.from(fractions)).toEqual([0, 1, 0, 1, 0, 0, Number.NaN, Number.NaN, Number.NaN]);
    expect(describeReading('votes.csv', reading!)).toBe(
      'votes.csv: classes from kind, IDs from file; no galaxy is merger; 1 cell unknown; 1 other column ignored: n',
    );
  });

  it('is not a column whose first rows alone are classes', async () => {
    const rows = Array.from({ length: 150 }, (_, i) => `${i}.jpg,${i < 120 ? 'spiral' : 'none'},merger\n`);
    const { reading } = await read(`file,n,kind\n${rows.join('')}`, {}, classes);
    expect(reading).toMatchObject({ answers: ['kind'], ignored: ['n'] });
  });

  it('may have a few wrong cells, which are named', async () => {
    const rows = Array.from({ length: 9 }, (_, i) => `${i}.jpg,spiral\n`);
    expect(await refusal(`file,kind\n${rows.join('')}9.jpg,Spirall\n`, {}, classes)).toBe(
      "votes.csv line 11: kind: expected a class, in-between, Spiral, merger, got 'Spirall'",
    );
  });

  it('may be named, with numbers from 0', async () => {
    const columns = parseColumnNames(classes, { kind: 'class' }, 'mine.json');
    const { fractions, reading } = await read('file,kind\na.jpg,2\n', { columns }, classes);
    expect(fractions).toEqual(Float64Array.of(0, 0, 1));
    expect(describeReading('votes.csv', reading!)).toBe(
      'votes.csv: classes from kind, IDs from file; numbers mean 0 in-between, 1 Spiral, 2 merger; no galaxy is in-between, Spiral',
    );
    expect(await refusal('file,kind\na.jpg,3\n', { columns }, classes)).toBe(
      "votes.csv line 2: kind: expected a class, in-between, Spiral, merger, got '3'",
    );
  });

  it('must be named if there are two', async () => {
    expect(await refusal('file,a,b\n1,Spiral,merger\n', {}, classes)).toBe(
      'columns: votes.csv: a and b all hold classes; name one of them, as in {"a": "class"}',
    );
  });
});

describe('counts rebuilt from fractions', () => {
  const rebuild = (cells: string, people: string, options: VoteOptions = {}) =>
    read(`objid,total_classifications,${NAMES.join(',')}\n1,${people},${cells}\n`, {
      countsFromFractions: true,
      fractions: 'conditional',
      ...options,
    });

  it('are shares of the people who were asked, rounded', async () => {
    const { counts, reading } = await rebuild('0.6,0.3,0.1,0.5,0.5,0.66,0.34,0', '10');
    expect(counts).toEqual(Float64Array.of(6, 3, 1, 3, 3, 2, 1, 0));
    expect(reading).toMatchObject({
      rebuilt: { rows: 1, whole: 1, people: 'total_classifications' },
      ignored: [],
    });
    const hubble = `objid,total_count,${NAMES.join(',')}\n1,10,0.6,0.3,0.1,0.5,0.5,0.66,0.34,0\n`;
    expect((await read(hubble, { countsFromFractions: true, fractions: 'conditional' })).counts).toEqual(
      counts,
    );
    // 2.5 and 2.5 of 5 would both be rounded up.
    const odd = await rebuild('0.5,0.3,0.2,0.5,0.5,0.5,0.5,0', '10');
    expect(odd.counts).toEqual(Float64Array.of(5, 3, 2, 2, 3, 1, 2, 0));
    expect(describeReading('votes.csv', odd.reading!)).toBe(
      'votes.csv: conditional fractions of 8 answers, IDs from objid; ' +
        "counts rebuilt with total_classifications are not whole in 1 of 1 rows (most often 'outline': 1 of 1)",
    );
  });

  it('are 0 if nobody was asked, and unknown if fractions or people are unknown', async () => {
    expect((await rebuild('1,0,0,0.5,0.5,0,0,0', '4')).counts).toEqual(
      Float64Array.of(4, 0, 0, 2, 2, 0, 0, 0),
    );
    const unknown = await rebuild('0.5,0.5,0,,,0.5,0.5,0', '4');
    expect(Array.from(unknown.counts!)).toEqual([2, 2, 0, Number.NaN, Number.NaN, 1, 1, 0]);
    expect((await rebuild('0.5,0.5,0,0.5,0.5,0.5,0.5,0', '')).counts!.every(Number.isNaN)).toBe(true);
  });

  it('are refused without fractions or people', async () => {
    const problem = async (text: string) => refusal(text, { countsFromFractions: true });
    expect(await problem(table([`1,${SHARES}`]))).toBe(
      'countsFromFractions: votes.csv has no column with the number of people, such as total_classifications; ' +
        'name it with `columns`, as in {"votes": "people"}',
    );
    const counts = `objid,total_classifications,${NAMES.join(',')}\n1,8,${COUNTS}\n`;
    expect(await problem(counts)).toBe(
      'countsFromFractions: expected fractions or weighted fractions, but votes.csv has counts',
    );
    expect(await problem(counts.replace(COUNTS, SHARES).replace(',8,', ',8.5,'))).toBe(
      'votes.csv line 2: total_classifications: expected a number of people, got 8.5',
    );
  });
});

describe('values of unknown cells', () => {
  it('are those that the user names, as numbers or texts, but never IDs', async () => {
    const { ids, fractions, reading } = await read(
      table(['-99,-99,-99.0,0,-,0.5,-1,0,', '7,0.5,0.25,0.25,0.25,0.25,0.125,0.125,0']),
      { missing: ['-99', '-', '-1', '-999'] },
    );
    expect(ids).toEqual(['-99', '7']);
    const unknown = Number.NaN;
    expect(Array.from(fractions.subarray(0, 8))).toEqual([
      unknown,
      unknown,
      0,
      unknown,
      0.5,
      unknown,
      0,
      unknown,
    ]);
    expect(describeReading('votes.csv', reading!)).toBe(
      'votes.csv: cumulative fractions of 8 answers, IDs from GalaxyID; ' +
        '5 cells unknown (2 are -99, 1 is -, 1 is -1, 0 are -999)',
    );
  });

  it('are found among counts, numbers of people and classes too', async () => {
    const counts = await read(table(['1,-9,-9,-9,1,1,1,1,0', '2,4,2,2,1,1,1,1,0']), { missing: ['-9'] });
    expect(counts.reading).toMatchObject({ kind: 'counts', unknown: 3, missing: { '-9': 3 } });
    const people = `objid,total_classifications,${NAMES}\n1,-1,${SHARES}\n`;
    const rebuilt = await read(people, { countsFromFractions: true, missing: ['-1'] });
    expect(rebuilt.counts!.every(Number.isNaN)).toBe(true);
    const classes = classesTree(['spiral', 'smooth']);
    const rows = 'file,kind\na.jpg,spiral\nb.jpg,-1\nc.jpg,unknown\n';
    const { fractions, reading } = await read(rows, { missing: ['-1', 'unknown'] }, classes);
    expect(Array.from(fractions)).toEqual([1, 0, ...new Array(4).fill(Number.NaN)]);
    expect(reading).toMatchObject({ kind: 'classes', unknown: 2, missing: { '-1': 1, unknown: 1 } });
  });

  it('may be floats of 32 bits', async () => {
    const answers = NAMES.map((name) => ({ name, data: [-9.9, 0.5], type: 'FLOAT' as const }));
    const columnData = [{ name: 'objid', data: [1n, 2n], type: 'INT64' as const }, ...answers];
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData }));
    const options = { missing: ['-9.9'], fractions: 'cumulative' } as const;
    const { reading } = await readVotes(tree, await openTable(bytes, 'votes.parquet'), options);
    expect(reading!.missing).toEqual({ '-9.9': 8 });
  });

  it.each([
    ['-99', 'expected 0…1, got -99; if -99 means unknown, name it'],
    ['-', "expected a number, got '-'; if - means unknown, name it"],
    ['999.0', 'expected 0…1, got 999; if 999 means unknown, name it'],
  ])('are suggested for %s', async (cell, problem) => {
    expect(await refusal(table([`1,${cell},0.5,0.5,0,0,0,0,0`]))).toBe(
      `missing: votes.csv line 2: smooth: ${problem}`,
    );
  });
});

it('counts the other wrong cells, and recognises percentages and decimal commas', async () => {
  expect(await refusal(table(['1,50,25.5,24.5,25,25,12,12,0', '2,,,,,,,,']))).toBe(
    'votes.csv line 2: smooth: expected 0…1, got 50; 6 more cells are outside; divide percentages by 100',
  );
  expect(await refusal(table(['1,0.5,-99,-9999,0,0,0,0,0']))).toBe(
    'missing: votes.csv line 2: features: expected 0…1, got -99; 1 more cell is outside; ' +
      'if -99 and -9999 mean unknown, name them',
  );
  const semicolons = `GalaxyID;${NAMES.join(';')}\n1;0,5;0,25;0.25;0;0;0;0;0\n`;
  expect(await refusal(semicolons)).toBe(
    "votes.csv line 2: smooth: expected a decimal point, got the decimal comma of '0,5'; 1 more cell is no number",
  );
  expect(await refusal(table(['5,1,0,0,0,0,0,0,0', '5,1,0,0,0,0,0,0,0', ',1,0,0,0,0,0,0,0']))).toBe(
    'votes.csv line 3: GalaxyID 5 is already in line 2; 1 more row has a wrong ID',
  );
});

it('names columns that differ in case or punctuation', async () => {
  expect(
    await refusal(
      table([`1,${SHARES}`])
        .replaceAll('s', 'S')
        .replace('no-', 'no_'),
    ),
  ).toBe(
    'columns: votes.csv has Smooth in place of smooth, featureS in place of features and 1 more, ' +
      'which differ in case or punctuation; rename or map them',
  );
  expect(
    await refusal(
      table([`1,${SHARES}`])
        .replace('smooth', 'SMOOTH')
        .replace('features', 'x'),
    ),
  ).toBe('votes.csv: missing column smooth (is it SMOOTH?), features');
  expect(await refusal(table([`1,${SHARES}`]).replace('GalaxyID', 'OBJID'), { idColumn: 'objid' })).toBe(
    'idColumn objid: votes.csv has no such column; is it OBJID?',
  );
  const columns = parseColumnNames(tree, { S: 'smooth', f: '1.2', n: 'no-galaxy' }, 'mine.json');
  expect(await refusal('objid,s,f,n\n1,0,0,1\n', { columns })).toBe(
    'votes.csv: has no column S (is it s?), which mine.json names',
  );
});
