import { expect, it } from 'vitest';
import { LocatedError } from '../errors.ts';
import { parseJson } from './json.ts';

it('parses JSON', () => {
  expect(parseJson('{ "a": [1, "x", null] }\n', 'a.json')).toEqual({ a: [1, 'x', null] });
  expect(parseJson('[\n1,\n2\n]', 'a.json')).toEqual([1, 2]);
});

it.each([
  ['a token too much', '{\n  "a": 1,\n  "b": [,],\n  "c": {}\n}\n', 3],
  ['a comma too much', '{\n  "a": 1,\n}\n', 3],
  ['a comma too few', '{\n  "a": 1\n  "b": 2\n}\n', 3],
  ['a key without quotes', '{\n  "a": 1,\n  b: 2\n}\n', 3],
  ['a string that is not closed', '{\n  "a": "x,\n  "b": 2\n}\n', 2],
  ['a word that is none', '[\n  1,\n  NaN\n]\n', 3],
  ['more behind its end', '{}\n\n{}\n', 3],
  ['a bracket that is not closed', '{\n  "a": [1,\n   2\n}\n', 4],
  ['an end too early', '{\n  "a": [1,\n   2\n', 3],
  ['nothing', '', 1],
  ['a table', 'GalaxyID,Class1.1\n1,0.5\n', 1],
])('names the line of %s, in one line', (_, text, line) => {
  const parse = () => parseJson(text, 'a.json');
  expect(parse).toThrow(LocatedError);
  expect(parse).toThrow(new RegExp(`^a\\.json line ${line}: not JSON: [^\\n]+$`));
});
