import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.ts';
import { parseWeightedTable } from './weightedTable.ts';

const present = ['teacher.csv', 'odd:0.5', 'C:\\x.csv'];
const parse = (text: string) => parseWeightedTable(text, (path) => present.includes(path));

describe('parseWeightedTable', () => {
  it.each([
    ['teacher.csv', 'teacher.csv', 1],
    ['teacher.csv:0.5', 'teacher.csv', 0.5],
    ['teacher.csv:1.0', 'teacher.csv', 1],
    ['teacher.csv:2', 'teacher.csv', 2],
    ['teacher.csv:+.5e-1', 'teacher.csv', 0.05],
    ['missing.csv:3.', 'missing.csv', 3],
    ['odd:0.5', 'odd:0.5', 1], // a file of this name exists
    ['odd:0.5:0.25', 'odd:0.5', 0.25],
    ['C:\\x.csv', 'C:\\x.csv', 1],
    ['C:\\missing.csv', 'C:\\missing.csv', 1],
    ['C:\\x.csv:0.5', 'C:\\x.csv', 0.5],
    ['missing.csv:half', 'missing.csv:half', 1], // reading it reports the missing file
  ])('%s', (text, path, weight) => {
    expect(parse(text)).toEqual({ path, weight });
  });

  it.each([
    ['teacher.csv:-1', 'solutions teacher.csv:-1: expected a weight greater than 0, got -1'],
    ['teacher.csv:0', 'expected a weight greater than 0, got 0'],
    ['teacher.csv:1e-999', 'expected a weight greater than 0, got 1e-999'],
    ['teacher.csv:-Infinity', 'expected a finite weight, got -Infinity'],
    ['teacher.csv:inf', 'expected a finite weight, got inf'],
    ['teacher.csv:1e999', 'expected a finite weight, got 1e999'],
    ['missing.csv:NaN', 'solutions missing.csv:NaN: expected a finite weight, got NaN'],
    ['teacher.csv:', "solutions teacher.csv:: expected a weight after the colon, got ''"],
    ['teacher.csv:half', "expected a weight after the colon, got 'half'"],
    ['teacher.csv:0,5', "expected a weight after the colon, got '0,5'"],
    [':0.5', 'solutions :0.5: expected a table before the colon, got none'],
  ])('refuses %s', (text, reason) => {
    expect(() => parse(text)).toThrow(UserError);
    expect(() => parse(text)).toThrow(reason);
  });
});
