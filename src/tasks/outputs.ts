/** Checks output paths before hours of work, and writes JSON. */
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { parseWeightedTable } from '../data/weightedTable.ts';
import { OptionError } from '../errors.ts';
import { IMAGE_EXTENSIONS } from '../files/reference.ts';
import { trainingParts } from '../node/data/kaggle.ts';
import { nodeFiles } from '../node/files/files.ts';
import { describeErrno, unreadable } from '../node/files/systemError.ts';
import { runPaths } from '../run/paths.ts';

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** The path behind links. */
const realPath = (path: string) => (existsSync(path) ? realpathSync(path) : resolve(path));

/** The folders that a path lies in, the nearest first. */
function foldersAbove(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...foldersAbove(parent)];
}

/** The files of a table; it may be a folder that holds one. @example filesOfTable('teacher') // ['teacher', 'teacher/1.csv'] */
export function filesOfTable(path: string): string[] {
  if (!isFolder(path)) return [path];
  try {
    return [path, ...readdirSync(path).map((name) => join(path, name))];
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The files of tables; each may have a weight after a colon. @example tableFiles(['teacher.csv:0.5']) // ['teacher.csv'] */
export const tableFiles = (solutions: readonly string[]): string[] =>
  solutions.flatMap((each) => filesOfTable(parseWeightedTable(each, existsSync).path));

/** The files of `data`: a packed file, or a folder in Kaggle's layout. */
export const dataFiles = (data: string | undefined): string[] =>
  data === undefined ? [] : [data, ...trainingParts(data)];

/** The sources of galaxies with labels, as options. */
interface LabelledSources {
  readonly data?: string;
  readonly solutions: readonly string[];
  readonly images: readonly string[];
  readonly tree?: string;
  readonly columns?: string;
}

/** The input paths of sources, by option, for `checkNoInput`. */
export const sourceInputs = ({ data, solutions, images, tree, columns }: LabelledSources) => ({
  data: dataFiles(data),
  solutions: tableFiles(solutions),
  images,
  tree,
  columns,
});

/** All files of a run. */
export const runFiles = (run: string): string[] => Object.values(runPaths(run));

/**
 * Checks that an output overwrites no input: neither a named path, even through links, nor a picture in an
 * input folder or below.
 * @param inputs the input paths, by option
 * @param written the files in the folder `path`
 * @throws OptionError that names both options
 * @example
 * checkNoInput('out', 'a.zip', { images: 'a.zip' }); // OptionError: out a.zip: would overwrite an input of `images`; choose another path
 */
export function checkNoInput(
  option: string,
  path: string,
  inputs: Readonly<Record<string, string | readonly string[] | undefined>>,
  written: readonly string[] = [],
): void {
  for (const [other, paths] of Object.entries(inputs)) {
    const read = new Set([paths ?? []].flat().map(realPath));
    const isPictureThere = (file: string) =>
      [...IMAGE_EXTENSIONS, '.parquet'].includes(extname(file).toLowerCase()) &&
      existsSync(file) &&
      foldersAbove(realPath(file)).some((folder) => read.has(folder));
    const lost = [path, ...written].find((file) => read.has(realPath(file)) || isPictureThere(file));
    if (lost === undefined) continue;
    const what = lost === path ? '' : `${lost}, `;
    throw new OptionError(
      option,
      `would overwrite ${what}an input of \`${other}\`; choose another path`,
      path,
    );
  }
}

/**
 * Checks that a folder exists or can be made; makes nothing.
 * @throws OptionError that names what is in the way
 * @example checkFolder('out', 'photo.jpg'); // OptionError: out photo.jpg: expected a folder, found a file
 */
export function checkFolder(option: string, path: string): void {
  const whole = resolve(path);
  let there = whole; // or its nearest parent that exists
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  if (!statSync(there).isDirectory()) {
    const what = there === whole ? 'found a file' : `but ${there} is a file`;
    throw new OptionError(option, `expected a folder, ${what}`, path);
  }
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new OptionError(option, `nothing can be written in ${there}: ${describeErrno(cause)}`, path, {
      cause,
    });
  }
}

/** @throws OptionError if a file's name has none of the endings, such as `.svg` */
export function checkEnding(option: string, path: string, ...endings: readonly string[]): void {
  if (endings.includes(extname(path).toLowerCase())) return;
  const names = endings.join(', ').replace(/, ([^,]*)$/, ' or $1');
  throw new OptionError(option, `expected a name that ends in ${names}`, path);
}

/** Writes a value as indented JSON. */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  nodeFiles.write(path, `${JSON.stringify(value, null, 2)}\n`);
