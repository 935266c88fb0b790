/** Paths of files, with `/`. */

/** Joins a folder and names with `/`, which all systems accept. @example joinPath('./runs/', 'first') // 'runs/first' */
export function joinPath(folder: string, ...names: readonly string[]): string {
  const isAbsolute = folder.startsWith('/');
  const parts = [folder, ...names].join('/').split('/');
  const joined = parts.filter((part) => part !== '' && part !== '.').join('/');
  return isAbsolute ? `/${joined}` : joined;
}

/** The last part of a path. @example baseName('a/b.txt') // 'b.txt' */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * True for files that are not data: dot files, and those that macOS adds to zips. Names in a zip may begin with `./`.
 * @example isHidden('a/.DS_Store') // true
 */
export const isHidden = (path: string): boolean =>
  path.split('/').some((part) => (part.startsWith('.') && part !== '.') || part === '__MACOSX');
