import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/command.ts';
import { checkNoInput, dataFiles, runFiles, tableFiles } from './outputs.ts';

const { path, remove } = temporaryFolder();
const pictures = path('pictures');

mkdirSync(pictures);
mkdirSync(path('tables'));
mkdirSync(path('sky'));
for (const name of ['1.jpg', '2.PNG', 'notes.csv']) writeFileSync(path('pictures', name), '');
for (const name of ['tables/one.csv', 'sky/training_solutions_rev1.csv']) writeFileSync(path(name), '');
symlinkSync(pictures, path('link'));
afterAll(remove);

const written = (out: string, inputs: Record<string, string | string[]>, ...files: string[]) =>
  checkNoInput('out', out, inputs, files);

describe('an output path', () => {
  it.each([
    ['an existing picture', path('pictures', '1.jpg'), pictures],
    ['a picture of another format', path('pictures', '2.PNG'), pictures],
    ['a picture behind a link', path('link', '1.jpg'), pictures],
    ['a picture of a folder behind a link', path('pictures', '1.jpg'), path('link')],
    ['the folder itself', path('link'), pictures],
    ['a table in its folder', path('tables', 'one.csv'), tableFiles([`${path('tables')}:0.5`])],
    ["Kaggle's table", path('sky', 'training_solutions_rev1.csv'), dataFiles(path('sky'))],
    [
      'a file that a run may create later',
      path('run', 'checkpoint', 'best.safetensors'),
      runFiles(path('run')),
    ],
  ])('is not %s', (_, out, input) => {
    const message = `out ${out}: would overwrite an input of \`input\`; choose another path`;
    expect(() => written(out, { input })).toThrow(message);
    expect(() => written(path('new'), { input }, path('other'), out)).toThrow(
      `out ${path('new')}: would overwrite ${out}, an input of \`input\`; choose another path`,
    );
  });

  it.each([
    ['a new file beside the pictures', path('pictures', 'predictions.csv'), pictures],
    ['an existing table beside the pictures', path('pictures', 'notes.csv'), pictures],
    ['a new picture', path('pictures', '3.png'), pictures],
    ['a run in the folder of the data', path('sky', 'run'), dataFiles(path('sky'))],
    ['scores in the folder of the run', path('run', 'scores'), runFiles(path('run'))],
  ])('may be %s', (_, out, input) => {
    expect(() => written(out, { input })).not.toThrow();
  });
});
