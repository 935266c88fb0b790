/**
 * Runs examples one after the other, each in a folder that looks like this process's working folder, and writes a line of
 * JSON for each: its index, the number of values compared with comments, and its error, if any.
 */
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { heldValues } from './check.ts';

const [modules, scratch] = process.argv.slice(2);
const home = process.cwd();
const count = Number(process.argv[4]);

/** Folders that examples write into; they only read the others. */
const WRITTEN = new Set(['runs', 'comparisons']);
/** Examples do not read a run's charts, which are most of its files. */
const isRead = (path: string) => basename(path) !== 'charts';

const print = (line: object) => writeSync(3, `${JSON.stringify(line)}\n`);

for (let index = 0; index < count; index++) {
  const before = heldValues();
  const folder = join(scratch!, String(index));
  mkdirSync(folder);
  for (const name of readdirSync(home)) {
    if (WRITTEN.has(name)) cpSync(join(home, name), join(folder, name), { recursive: true, filter: isRead });
    else symlinkSync(join(home, name), join(folder, name));
  }
  process.chdir(folder);
  try {
    const { default: run } = await import(join(modules!, `example${index}.js`));
    await run();
    print({ index, held: heldValues() - before });
  } catch (error) {
    print({ index, held: 0, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  process.chdir(home);
}
