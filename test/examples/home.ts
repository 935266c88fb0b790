/** The files that the documentation mentions, under the same names, as small as possible. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GALAXY_ZOO_2 } from '../../src/tree/surveys/galaxyZoo2.ts';
import { NAMED, SMALL, succeed } from '../command.ts';
import { zipFixture } from '../fixtures/zip.ts';
import { galaxyFractions, galaxyIds, galaxyPicture, solutionsTable, writeSky } from '../galaxies.ts';

/** 99980, 99987 … 100008 …; a dozen galaxies of the challenge's training set. */
const TRAINING = galaxyIds(12);
const TEST = [100018, 100037, 100042];
/** Galaxies with their own tables and pictures. */
const OTHERS = galaxyIds(24).slice(12);

const zipOf = (folder: string, inside: string) => {
  const names = readdirSync(folder);
  return zipFixture(
    Object.fromEntries(names.map((name) => [`${inside}/${name}`, readFileSync(join(folder, name))])),
  );
};

/** Writes the files that the documents' commands read: Kaggle's folder, and the user's tables and pictures. */
export async function writeStart(home: string): Promise<void> {
  const path = (...names: string[]) => join(home, ...names);
  await writeSky(path('galaxy-zoo'), TRAINING);
  for (const folder of ['galaxy-zoo/images_test_rev1', 'images', 'cutouts']) mkdirSync(path(folder));
  for (const id of TEST) {
    writeFileSync(path('galaxy-zoo/images_test_rev1', `${id}.jpg`), await galaxyPicture(id));
  }
  for (const id of OTHERS) {
    writeFileSync(path('cutouts', `${id}.jpg`), await galaxyPicture(id));
  }
  // The user's pictures may have any name; their votes are listed under numbers.
  writeFileSync(path('images/ngc1300.jpg'), await galaxyPicture(1300));
  cpSync(path('galaxy-zoo/images_training_rev1/100008.jpg'), path('images/100008.jpg'));
  cpSync(path('galaxy-zoo/images_training_rev1/100008.jpg'), path('100008.jpg'));
  writeFileSync(path('teacher.csv'), solutionsTable([...OTHERS, ...TEST]));
  writeFileSync(path('votes.csv'), solutionsTable(OTHERS));
  writeFileSync(path('solutions.csv'), solutionsTable(TRAINING));
  writeFileSync(
    path('all_zeros_benchmark.csv'),
    [
      ['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(','),
      ...TEST.map((id) => id + ',0'.repeat(37)),
      '',
    ].join('\n'),
  );
  writeFileSync(
    path('inclinations.json'),
    JSON.stringify({ same: true, object: { kind: 'disk', disk: { inclination: [0, 84] } } }),
  );
  cpSync(new URL('../../recipes/', import.meta.url), path('recipes'), { recursive: true });
  mkdirSync(path('comparisons'));
  const comparisons = new URL('../../comparisons/', import.meta.url);
  for (const name of readdirSync(comparisons).filter((each) => each.endsWith('.json'))) {
    const plan = JSON.parse(readFileSync(new URL(name, comparisons), 'utf8'));
    writeFileSync(
      path('comparisons', name),
      JSON.stringify({ ...plan, seeds: [1], variants: plan.variants.slice(0, 2) }),
    );
  }
}

/** Trains `runs/first` for one epoch. */
export async function trainFirst(home: string): Promise<void> {
  const [data, run] = [join(home, 'galaxy-zoo'), join(home, 'runs/first')];
  await succeed(
    'train',
    '--data',
    data,
    '--out',
    run,
    ...SMALL,
    ...NAMED,
    '--epochs',
    '1',
    '--validation',
    '0.25',
    '--quiet',
  );
}

/** The same, and the runs and predictions that the library's examples read. */
export async function writeHome(home: string): Promise<void> {
  const path = (...names: string[]) => join(home, ...names);
  await writeStart(home);
  for (const part of ['training', 'test']) {
    const folder = `images_${part}_rev1`;
    writeFileSync(path(`${folder}.zip`), zipOf(path('galaxy-zoo', folder), folder));
  }
  const table = readFileSync(path('solutions.csv'));
  writeFileSync(path('training_solutions_rev1.zip'), zipFixture({ 'training_solutions_rev1.csv': table }));
  writeFileSync(path('true.csv'), table);
  for (const [name, factor] of [
    ['mine.csv', 0.9],
    ['a.csv', 0.8],
    ['b.csv', 0.95],
  ] as const) {
    const rows = TRAINING.map((id) =>
      [id, ...[...galaxyFractions(id)].map((value) => factor * value)].join(),
    );
    writeFileSync(
      path(name),
      [['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(','), ...rows, ''].join('\n'),
    );
  }
  writeFileSync(
    path('mine.json'),
    JSON.stringify({
      input: { size: 128, channels: 3 },
      layers: [{ convolution: { channels: 4, kernel: 3, pool: 'max' } }, { flatten: true }, { dense: 37 }],
    }),
  );
  const [data, run] = [path('galaxy-zoo'), path('runs/first')];
  await trainFirst(home);
  await succeed('export', '--run', run, '--out', path('weights.safetensors'), '--quiet');
  cpSync(path('weights.safetensors'), path('model.safetensors'));
  await succeed('export', '--run', run, '--out', path('model.onnx'), '--quiet');
  await succeed('pack', '--data', data, '--out', path('galaxies.pack'), '--quiet');
}
