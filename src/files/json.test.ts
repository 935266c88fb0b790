import { expect, it } from 'vitest';
import { LocatedError } from '../errors.ts';
import { parseJson } from './json.ts';

it('parses JSON', () => {
  expect(parseJson('{ "a": [1, "x", null] }\n', 'a.json')).toEqual({ a: [1, 'x', null] });
  expect(parseJson('[\n1,\n2\n]', 'a.json')).toEqual([1, 2]);
});

it.each([
  ['an unexpected token', '{\n  "a": 1,\n  "b": [,],\n  "c": {}\n}\n', 3],
  ['an unexpected comma', '{\n  "a": 1,\n}\n', 3],
  ['a missing comma', '{\n  "a": 1\n  "b": 2\n}\n', 3],
  ['a key without quotes', '{\n  "a": 1,\n  b: 2\n}\n', 3],
  ['an unclosed string', '{\n  "a": "x,\n  "b": 2\n}\n', 2],
  ['a word that is not JSON', '[\n  1,\n  NaN\n]\n', 3],
  ['text after the end', '{}\n\n{}\n', 3],
  ['an unclosed bracket', '{\n  "a": [1,\n   2\n}\n', 4],
  ['a truncated text', '{\n  "a": [1,\n   2\n', 3],
  ['an empty text', '', 1],
  ['a table', 'GalaxyID,Class1.1\n1,0.5\n', 1],
])('names the line of %s in a one-line message', (_, text, line) => {
  const parse = () => parseJson(text, 'a.json');
  expect(parse).toThrow(LocatedError);
  expect(parse).toThrow(new RegExp(`^a\\.json line ${line}: not JSON: [^\\n]+$`));
});
