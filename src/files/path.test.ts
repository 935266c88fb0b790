import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { joinPath } from './path.ts';

it.each([
  ['runs/first', 'config.json'],
  ['./runs//first/', 'config.json'],
  ['/tmp/a b/', 'checkpoint'],
  ['.', 'config.json'],
  ['/', 'a'],
])('joins %s and %s as Node does', (folder, name) => {
  expect(joinPath(folder, name)).toBe(posix.join(folder, name));
  expect(joinPath(folder, 'deep', name)).toBe(posix.join(folder, 'deep', name));
});
