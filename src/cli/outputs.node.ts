/** Whether a command can write where it is told to, asked before hours of work. */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseWeightedTable } from '../catalogue/weightedTable.ts';
import { UserError } from '../errors.ts';
import { reasonOf } from '../files/systemError.ts';

/** Where a path leads, whatever it is called. */
const placeOf = (path: string) => (existsSync(path) ? realpathSync(path) : resolve(path));

/** The files of tables that may have their weights behind a colon. @example tableFiles(['teacher.csv:0.5']) // ['teacher.csv'] */
export const tableFiles = (solutions: readonly string[]): string[] =>
  solutions.map((each) => parseWeightedTable(each, existsSync).path);

/**
 * Holds that what is written is none of what is read.
 * @param flag with its dashes
 * @param inputs what is read, by flag
 * @throws UserError that names the flags
 * @example checkNoInput('--out', 'a.zip', { '--images': 'a.zip' }); // UserError: --out a.zip: is what --images reads
 */
export function checkNoInput(
  flag: string,
  path: string,
  inputs: Readonly<Record<string, string | readonly string[] | undefined>>,
): void {
  for (const [other, paths] of Object.entries(inputs)) {
    if (paths === undefined) continue;
    if (![paths].flat().some((each) => placeOf(each) === placeOf(path))) continue;
    throw new UserError(`${flag} ${path}: is what ${other} reads; choose another`);
  }
}

/**
 * Holds that a folder is there, or can be made. Nothing is made.
 * @throws UserError that names the flag, and what is in the way
 * @example checkFolder('--out', 'photo.jpg'); // UserError: --out photo.jpg: expected a folder, and there is a file
 */
export function checkFolder(flag: string, path: string): void {
  const whole = resolve(path);
  let there = whole;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  if (!statSync(there).isDirectory()) {
    const what = there === whole ? 'there is a file' : `${there} is a file`;
    throw new UserError(`${flag} ${path}: expected a folder, and ${what}`);
  }
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UserError(`${flag} ${path}: nothing can be written in ${there}: ${reasonOf(cause)}`, { cause });
  }
}
