/** Whether a command can write where it is told to, asked before hours of work. */
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { parseWeightedTable } from '../data/weightedTable.ts';
import { UserError } from '../errors.ts';
import { IMAGE_EXTENSIONS } from '../files/reference.ts';
import { trainingParts } from '../node/data/kaggle.ts';
import { describeErrno, unreadable } from '../node/files/systemError.ts';
import { runPaths } from '../run/paths.node.ts';

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Where a path leads, whatever it is called. */
const placeOf = (path: string) => (existsSync(path) ? realpathSync(path) : resolve(path));

/** The files of a table, which may be a folder with one in it. @example filesOfTable('teacher') // ['teacher', 'teacher/1.csv'] */
export function filesOfTable(path: string): string[] {
  if (!isFolder(path)) return [path];
  try {
    return [path, ...readdirSync(path).map((name) => join(path, name))];
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The same of tables that may have their weights behind a colon. @example tableFiles(['teacher.csv:0.5']) // ['teacher.csv'] */
export const tableFiles = (solutions: readonly string[]): string[] =>
  solutions.flatMap((each) => filesOfTable(parseWeightedTable(each, existsSync).path));

/** What a training reads of `--data`, a packed file or a folder in Kaggle's layout. */
export const dataFiles = (data: string | undefined): string[] =>
  data === undefined ? [] : [data, ...trainingParts(data)];

/** The files of a run, those that may come to be among them. */
export const runFiles = (run: string): string[] => Object.values(runPaths(run));

/** The files that `evaluate` leaves in a folder, besides charts. */
export const evaluationPaths = (folder: string) => ({
  predictions: join(folder, 'predictions.csv'),
  text: join(folder, 'evaluation.txt'),
  document: join(folder, 'evaluation.json'),
  page: join(folder, 'report.html'),
});

/** The files that `evaluate --views curve` leaves. */
export const viewCurvePaths = (folder: string) => ({
  document: join(folder, 'view-curve.json'),
  svg: join(folder, 'view-curve.svg'),
  png: join(folder, 'view-curve.png'),
});

/**
 * Holds that what is written is none of what is read: neither a path that is named, whatever it is called, nor a picture that is
 * there already in a folder that is.
 * @param flag with its dashes
 * @param inputs what is read, by flag
 * @param written the files that `path` stands for, where it is not just one
 * @throws UserError that names the flags
 * @example checkNoInput('--out', 'a.zip', { '--images': 'a.zip' }); // UserError: --out a.zip: is what --images reads
 */
export function checkNoInput(
  flag: string,
  path: string,
  inputs: Readonly<Record<string, string | readonly string[] | undefined>>,
  written: readonly string[] = [],
): void {
  for (const [other, paths] of Object.entries(inputs)) {
    const read = new Set([paths ?? []].flat().map(placeOf));
    const isPictureThere = (file: string) =>
      IMAGE_EXTENSIONS.includes(extname(file).toLowerCase()) &&
      existsSync(file) &&
      read.has(placeOf(dirname(file)));
    const lost = [path, ...written].find((file) => read.has(placeOf(file)) || isPictureThere(file));
    if (lost === undefined) continue;
    const what = lost === path ? 'is' : `${lost} is`;
    throw new UserError(`${flag} ${path}: ${what} what ${other} reads; choose another`);
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
    throw new UserError(`${flag} ${path}: nothing can be written in ${there}: ${describeErrno(cause)}`, {
      cause,
    });
  }
}
