/** Joins a folder and names with `/`, which all systems accept. @example joinPath('./runs/', 'first') // 'runs/first' */
export function joinPath(folder: string, ...names: readonly string[]): string {
  const isAbsolute = folder.startsWith('/');
  const parts = [folder, ...names].join('/').split('/');
  const joined = parts.filter((part) => part !== '' && part !== '.').join('/');
  return isAbsolute ? `/${joined}` : joined;
}
