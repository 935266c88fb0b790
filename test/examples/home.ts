/** The files that the documentation mentions, under the same names, as small as possible. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conditionalFractions } from '../../src/tree/conditional.ts';
import { GALAXY10_DECALS } from '../../src/tree/surveys/galaxy10Decals.ts';
import { GALAXY_ZOO_2 } from '../../src/tree/surveys/galaxyZoo2.ts';
import { GALAXY_ZOO_2_HART } from '../../src/tree/surveys/galaxyZoo2Hart.ts';
import { NAMED, SMALL, succeed } from '../command.ts';
import { binaryTable, noData } from '../fixtures/fits.ts';
import { onnxBytes, SMALL_CLASSIFIER } from '../fixtures/onnx.ts';
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

/** Writes other surveys' tables and pictures, those of `docs/survey.md`, after {@link writeStart}. */
export function writeSurveys(home: string): void {
  const path = (...names: string[]) => join(home, ...names);
  const write = (name: string, rows: readonly (readonly unknown[])[]) =>
    writeFileSync(path(name), `${rows.map((row) => row.join()).join('\n')}\n`);
  const folders = {
    gz2: (i: number) => ids[i],
    galaxy10: (i: number) => `image_${i}`,
    tails: (i: number) => `T${i}`,
  };
  const ids = [...TRAINING, ...OTHERS];
  for (const [folder, nameOf] of Object.entries(folders)) {
    mkdirSync(path(folder, 'images'), { recursive: true });
    for (const [i, id] of ids.entries()) {
      const from = i < TRAINING.length ? 'galaxy-zoo/images_training_rev1' : 'cutouts';
      cpSync(path(from, `${id}.jpg`), path(folder, 'images', `${nameOf(i)}.jpg`));
    }
  }
  const shares = ids.map((id) => conditionalFractions(GALAXY_ZOO_2, galaxyFractions(id)));
  const names = GALAXY_ZOO_2_HART.columns.map(({ name }) => `${name}_weighted_fraction`);
  const columns = [['asset_id', 'K'], ['total_classifications', 'J'], ...names.map((name) => [name, 'E'])];
  const width = 12 + 4 * names.length;
  const table = Buffer.alloc(ids.length * width);
  for (const [i, id] of ids.entries()) {
    table.writeBigInt64BE(BigInt(id), i * width);
    table.writeInt32BE(40, i * width + 8);
    for (const [column, share] of shares[i]!.entries())
      table.writeFloatBE(share, i * width + 12 + 4 * column);
  }
  const cards = columns.flatMap(([name, format], i) => [
    [`TTYPE${i + 1}`, name!],
    [`TFORM${i + 1}`, format!],
  ]);
  const sizes = { NAXIS1: width, NAXIS2: ids.length, TFIELDS: columns.length };
  const hdu = binaryTable({ ...sizes, ...Object.fromEntries(cards) }, table);
  writeFileSync(path('gz2/gz2_hart16.fits'), Buffer.concat([noData(), hdu]));
  const classes = GALAXY10_DECALS.columns;
  const rows = ids.map((_, i) => [`image_${i}.jpg`, i % 10, classes[i % 10]!.name]);
  for (const [name, own] of Object.entries({
    classes: rows,
    labels: rows.slice(8),
    others: rows.slice(0, 8),
  }))
    write(`galaxy10/${name}.csv`, [['file', 'class10', 'name'], ...own]);
  write('tails/votes.csv', [
    ['name', 'yes', 'no', 'long', 'short', 'ra'],
    ...ids.map((_, i) => [`T${i}`, i, 30, i >> 1, i - (i >> 1), 12.5]),
  ]);
  const question = (topic: string, answers: readonly object[]) => ({ topic, text: `${topic}?`, answers });
  const questions = [
    question('tail', [
      { text: 'yes', column: 'tail', next: 'length' },
      { text: 'no', column: 'no-tail' },
    ]),
    question(
      'length',
      ['long', 'short'].map((text) => ({ text, column: `${text}-tail` })),
    ),
  ];
  writeFileSync(
    path('tails/tree.json'),
    JSON.stringify({ name: 'tails', title: 'Tails', source: 'mine', questions }),
  );
  const answers = { yes: 'tail', no: 'no-tail', long: 'long-tail', short: 'short-tail' };
  writeFileSync(path('tails/columns.json'), JSON.stringify(answers));
}

/** Writes a small network of another program. @param network content of `resnet50.json` */
export function writeBackbone(home: string, network: string): void {
  writeFileSync(join(home, 'resnet50.json'), network);
  writeFileSync(join(home, 'resnet50.onnx'), onnxBytes(SMALL_CLASSIFIER));
}

/** The first `runs/first`. */
let firstRun: string | undefined;

/** Trains `runs/first` for one epoch; the first time: later homes get a copy. */
export async function trainFirst(home: string): Promise<void> {
  const [data, run] = [join(home, 'galaxy-zoo'), join(home, 'runs/first')];
  if (firstRun !== undefined) {
    cpSync(firstRun, run, { recursive: true });
    return;
  }
  const settings = [...SMALL, ...NAMED, '--epochs', '1', '--validation', '0.25'];
  await succeed('train', '--data', data, '--out', run, ...settings, '--quiet');
  firstRun = run;
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
  await succeed('export', '--run', run, '--input', 'picture', '--out', path('model.onnx'), '--quiet');
  await succeed('pack', '--data', data, '--out', path('galaxies.pack'), '--quiet');
  const images = ['--images', path('galaxy-zoo', 'images_training_rev1'), '--layer', 'conv5'];
  await succeed('features', '--run', run, ...images, '--out', path('features.parquet'), '--quiet');
}
