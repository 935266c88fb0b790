/**
 * Wrong use of every flag of every command, and the JSON output of correct use. Commands and flags are read from the program
 * itself, so a flag without rows here fails. A row is a valid command line with one wrong flag.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { lastValues, REPEATABLE, temporaryFolder } from './command.ts';
import { createProgram, tuningforkHere } from './here.ts';
import { rightLines, writeInputs } from './lines.ts';

const { path, remove } = temporaryFolder();
const inputs = await writeInputs(path());
const lines = Object.fromEntries(
  Object.entries(rightLines(inputs, path('out'))).map(([name, line]) => [
    name,
    lastValues([name, ...line]).slice(1),
  ]),
);
const { sky, pictures, picture, table, run, predictions, packed, weights, otherWeights } = inputs;
const folder = path('a folder');
const text = path('text.txt');
const nowhere = path('nowhere');

/** A folder with a table of the user's, under the name of a file that commands write. */
const mine = (name: string) => path('mine', name);
const reads = (flag: string, name: string) => `would overwrite ${mine(name)}, an input of ${flag}`;

beforeAll(() => {
  mkdirSync(folder);
  mkdirSync(path('mine'));
  for (const name of ['validation.csv', 'predictions.csv']) cpSync(inputs.more, mine(name));
  cpSync(inputs.plan, mine('comparison.json'));
  mkdirSync(path('taken', 'evaluation.json'), { recursive: true });
  writeFileSync(text, 'nothing of the kind\n');
  writeFileSync(path('tree.json'), JSON.stringify({ name: 'x', title: 'X', source: 'x', questions: [LOST] }));
  writeFileSync(path('odd.json'), '{ "epoch": 3, "lr": 1e-3 }');
  writeFileSync(path('nobody.csv'), 'GalaxyID\n7\n');
  writeFileSync(path('small.json'), '{ "epochs": 0 }');
});
afterAll(remove);

/** A question of which an answer leads nowhere. */
const LOST = {
  topic: 'shape',
  text: 'Shape?',
  answers: [
    { text: 'round', column: 'round' },
    { text: 'flat', column: 'flat', next: 'arms' },
  ],
};

/** A value, the expected message, and further parameters of the line. */
type Row = readonly [value: string, says: string | RegExp, ...besides: string[]];

/** Texts that are not numbers. */
const NO_NUMBERS = [
  'one',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '0x10',
  '0b1',
  '1,2',
  '1.2.3',
  '5 views',
  '1_000',
  '٣',
  '--1',
];
const junk = NO_NUMBERS.map((value): Row => [value, /: expected /]);
/** A whole number from `least` to `most`; the first value is in range. */
const whole = (least: number, most: number): Row[] => [
  ...junk,
  ['2.5', /: expected a whole number/],
  [String(least - 1), `: expected ${least} or more`],
  ['-1000000', `: expected ${least} or more`],
  [String(most + 1), `: expected ${most} or less`],
  ['1e300', /: expected/],
];
const WHOLE = Number.MAX_SAFE_INTEGER;
/** A number; rows for its bounds follow. */
const number = (...rows: Row[]): Row[] => [...junk, ...rows];
const share: Row[] = number(
  ['-0.01', ': expected 0 or more'],
  ['1.01', ': expected 1 or less'],
  ['2', ': expected 1 or less'],
);
const choice = (words: string): Row[] =>
  ['best', '1', 'Equal', 'adam,mse'].map((value): Row => [value, `: expected ${words}`]);
const numbers: Row[] = [
  ['3,x,3,3', "expected a number, got 'x'"],
  ['3,,3,3', "expected a number, got ''"],
  ['3,3,3,0', "expected 1 or more, got '0'"],
  ['3,3,2.5,3', "expected a whole number, got '2.5'"],
  ['3 3 3 3', 'expected a number'],
  ['3,3', 'has 4 convolutions, got 2 numbers'],
  ['3,3,3,3,3', 'has 4 convolutions, got 5 numbers'],
];

/** An input file that is missing, a folder, or something else. */
const file = (other: string, says: string | RegExp): Row[] => [
  [nowhere, /no such file/],
  [folder, /a folder|contains no file|not a run/],
  [other, says],
];
const folders = [nowhere, folder, sky];
const runs: Row[] = [
  ...folders.map((value): Row => [value, 'not a run']),
  [text, 'expected the folder of a run, found a file'],
];
const models: Row[] = [
  [nowhere, 'no such file'],
  [folder, 'expected a file, got a folder'],
  [text, 'not a safetensors file'],
];
/** The command line already names a run. */
const insteadOfRun: Row[] = [[nowhere, 'cannot be combined with --run']];
const images: Row[] = [
  [nowhere, 'no such file or folder'],
  [folder, 'contains no file of type .jpg'],
  [text, 'expected the path of a picture (.jpg, '],
];
const solutions: Row[] = file(text, /text\.txt/);
/** An output file. */
const outFile = (ending: string): Row[] => [
  [path(`folder${ending}`), 'expected a file, found a folder'],
  [path(`pipe${ending}`), 'expected a file, found a pipe or a device'],
  [path('text.txt', `x${ending}`), /cannot be written/],
  [path('new', 'newer', `${'x'.repeat(256)}${ending}`), /cannot be written: the name is too long/],
];
const outFolder: Row[] = [
  [text, /expected a folder, found a file/],
  [path('text.txt', 'x'), /expected a folder, but .*text\.txt is a file/],
];
const device: Row[] = [['abacus', 'not available; this ONNX Runtime has: ']];
const views: Row[] = whole(1, 2160);
const workers: Row[] = [...whole(1, 1024), ['100000', 'expected 1024 or less']];
const threads: Row[] = whole(0, 1024);
const batch: Row[] = whole(1, 10_000);

const tree: Row[] = [
  ['gz3', 'no such survey or file; expected a .json file, or one of gz2, gz2-hart, '],
  [folder, /a folder/],
  [text, /text\.txt line 1: not JSON/],
  [path('tree.json'), "tree.json: questions[0].answers[1].next: there is no question with the topic 'arms'"],
  ['gz2', 'has no effect: --data', '--data', packed],
];

const ownTable = ['--solutions', inputs.more, '--images', inputs.morePictures];
const labels: Record<string, Row[]> = {
  labels: [
    ...choice('fractions, counts, weighted or debiased'),
    ['weighted', 'has fractions only', ...ownTable],
  ],
  fractions: choice('cumulative or conditional'),
  'id-column': [['nope', 'has no such column, only GalaxyID', ...ownTable]],
  columns: [
    ...file(text, /text\.txt line 1: not JSON/),
    [path('odd.json'), 'epoch: expected a text, got 3'],
  ].map(([value, says]): Row => [value as string, says!, ...ownTable]),
  missing: ['-99,,1', '-1,'].map((value): Row => [value, "expected a value, got ''"]),
};

const frames: Record<string, Row[]> = {
  stretch: [
    ['cubic', 'expected one of linear, '],
    ['asinh:Q=1', 'expected asinh:low='],
    ['sdss', 'has no scale for w', '--bands', 'w'],
  ],
  bands: [
    ['g,r', /requires (?:--|`)stretch/],
    ['g,g', 'expected different names'],
    ['u,g,r,i,z,y', 'expected 5 at most'],
    ['g,,r', 'expected a name'],
  ],
  field: number(['0', 'expected more than 0']),
};
const reading: Record<string, Row[]> = {
  hdu: [['1', /has no effect on pictures of 8 bits|requires --run or --model/]],
  'band-files': [['{name}_{band}.fits', /has no effect on pictures of 8 bits|requires --run or --model/]],
  'pixel-scale': number(
    ['0', 'expected more than 0'],
    ['0.4', /has no effect: frames have no field|requires --run or --model/],
  ),
};

const shown: Record<string, Row[]> = {
  stretch: [['cubic', /expected one of linear, |requires --run or --model/]],
};

const listIdColumn: Row[] = [['name', /has no effect: .* is not a table that lists pictures/]];

const training: Record<string, Row[]> = {
  data: [
    [nowhere, 'no such folder'],
    [folder, /expected training_solutions_rev1\.csv or .*; found nothing/],
    [pictures, /expected training_solutions_rev1\.csv/],
    [text, /text\.txt: /],
  ],
  solutions: [...solutions, [`${table}:0`, /weight/], [`${table}:heavy`, /heavy/]],
  images: images.map(([value, says]): Row => [value, says, '--solutions', inputs.more]),
  tree,
  model: models,
  ...labels,
  labels: [
    ...labels.labels!,
    ['counts', 'requires --solutions'],
    ['counts', 'has no effect: --data', '--data', packed],
  ],
  network: [
    ['resnet', 'expected one of cnn, '],
    [path('nowhere.json'), '--kernels: does not apply to --network'],
  ],
  kernels: [...numbers, ['3,4,3,3', 'expected odd sizes, got 4']],
  channels: numbers,
  dropout: number(
    ['-0.1', 'expected 0 or more'],
    ['1', 'expected less than 1'],
    ['7', 'expected less than 1'],
  ),
  'dropout-at': [...choice('dense, pools or everywhere'), ['pools', 'has no effect without --dropout']],
  head: choice('sigmoid, tree, softmax or dirichlet'),
  epochs: whole(1, WHOLE),
  batch: [
    ...NO_NUMBERS.map((value): Row => [value, /: expected /]),
    ['car', 'expected a whole number of 1 or more, or auto'],
    ['2.5', 'expected a whole number of 1 or more, or auto'],
    ['0', 'expected 1 or more'],
    ['1e9', 'GB of memory'],
  ],
  lr: number(['0', 'expected more than 0'], ['-1', 'expected more than 0']),
  schedule: choice('cosine, warm-restarts or constant'),
  'restart-first': [...whole(1, WHOLE), ['5', 'has no effect with --schedule cosine']],
  'restart-factor': [...whole(1, WHOLE), ['2', 'has no effect with --schedule cosine']],
  'min-lr': number(
    ['-1', 'expected 0 or more'],
    ['1e-9', 'has no effect with --schedule constant', '--schedule', 'constant'],
    ['1', 'expected at most the learning rate, 0.0005'],
  ),
  warmup: number(['-1', 'expected 0 or more'], ['3', 'longer than the 1 epochs']),
  optimizer: choice('adam, adamw or sgd'),
  'weight-decay': number(['-1', 'expected 0 or more']),
  'clip-norm': number(['0', 'expected more than 0']),
  'weight-average': number(['0', 'expected more than 0'], ['1', 'expected less than 1']),
  loss: choice('bce, mse, multinomial or dirichlet-multinomial'),
  validation: number(
    ['-0.1', 'expected 0 or more'],
    ['1', 'expected less than 1'],
    ['1.0', 'expected less than 1'],
  ),
  'validate-every': [
    ...whole(1, WHOLE),
    ['2', 'has no effect without --validation', '--validation', '0', '--test', '0.3'],
  ],
  test: number(
    ['-0.1', 'expected 0 or more'],
    ['1', 'expected less than 1'],
    ['0.9', 'leaves nothing to train on with --validation 0.3', '--validation', '0.3'],
  ),
  calibration: number(
    ['-0.1', 'expected 0 or more'],
    ['1', 'expected less than 1'],
    ['0.9', 'leaves nothing to train on with --validation 0.3', '--validation', '0.3'],
  ),
  'split-seed': whole(0, WHOLE),
  'hold-out': [...solutions, [path('nobody.csv'), /has none of the \d+ galaxies/]],
  limit: [...whole(1, WHOLE), ['100000', /there are only \d+ galaxies to draw from/]],
  augmentation: choice('december or august'),
  crop: [
    ['300', 'expected 2 numbers'],
    ['100,200,300', 'expected 2 numbers'],
    ['300,200', 'expected the smaller size first'],
    ['a,b', "expected a number, got 'a'"],
    ['100,1e999', "expected a finite number, got '1e999'"],
    ['1,100000', 'expected 848 or less'],
    ['0,100', "expected 1 or more, got '0'"],
    ['100-200', 'expected'],
  ],
  shift: number(['-1', 'expected 0 or more'], ['1e9', 'expected 424 or less']),
  'colour-jitter': number(['-1', 'expected 0 or more'], ['1', 'expected less than 1']),
  blur: number(['-1', 'expected 0 or more'], ['1.1', 'expected 1 or less']),
  init: [
    [nowhere, /no such file/],
    [folder, /a folder/],
    [text, 'not a safetensors file'],
    [otherWeights, "'0.weight': expected F32 [4,3,3,3], got F32 [6,3,3,3]; is it another network?"],
  ],
  features: [[nowhere, 'requires --network probe']],
  regularisation: number(['0', 'expected more than 0'], ['1', 'requires --network probe']),
  freeze: [['conv9', 'conv9']],
  'layer-lr': [
    ['conv1', 'conv1'],
    ['conv1:fast', 'conv1:fast'],
    ['conv9:1e-3', 'conv9'],
    ['conv1:-1', 'conv1:-1'],
    ['conv1:1e999', 'conv1:1e999'],
  ],
  convolution: choice('auto, spectral or direct'),
  ...frames,
  ...reading,
  'max-bad': share,
  device,
  threads,
  workers,
};

const config: Row[] = [
  ...file(text, /text\.txt line 1: not JSON/),
  [path('odd.json'), 'unknown key "epoch"'],
  [path('small.json'), 'epochs: expected 1 or more, got 0'],
];

const prediction = { ...reading, ...shown, views, batch, 'max-bad': share, device, threads, workers };

/** Rows of every flag that takes a value, by command. */
const ROWS: Record<string, Record<string, readonly Row[]>> = {
  sky: {
    out: [...outFolder, [sky, 'expected a new or empty folder; it contains']],
    train: whole(0, 399_999),
    test: whole(0, 399_999),
    seed: whole(0, WHOLE),
    config: file(text, /text\.txt line 1: not JSON/),
    workers,
  },
  pack: {
    ...frames,
    ...reading,
    data: [...training.data!.slice(0, 3), [packed, 'is packed already']],
    out: [
      ...outFile('.pack'),
      [sky, 'would overwrite an input of --data'],
      [table, 'would overwrite an input of --data'],
      [inputs.more, 'would overwrite an input of --solutions', '--solutions', `${inputs.more}:0.5`],
    ],
    solutions: training.solutions!,
    images: training.images!,
    tree,
    ...labels,
    'max-bad': share,
    workers,
  },
  train: {
    ...training,
    out: [
      ...outFolder,
      [run, 'already contains a run; continue it with --resume'],
      [sky, 'would overwrite an input of --data'],
      [path('mine'), reads('--solutions', 'validation.csv'), '--solutions', mine('validation.csv')],
    ],
    config,
    seed: whole(0, WHOLE),
  },
  compare: {
    ...training,
    // Checked as by `train`, for each variant; the first of its rows show that.
    data: training.data!.slice(0, 1),
    features: training.features!.slice(0, 1),
    solutions: training.solutions!.slice(0, 1),
    images: training.images!.slice(0, 1),
    out: [
      ...outFolder,
      [sky, 'would overwrite an input of --data'],
      [path('mine'), reads('--config', 'comparison.json'), '--config', mine('comparison.json')],
    ],
    config: [
      ...file(text, /text\.txt line 1: not JSON/),
      [path('odd.json'), 'variants: expected a list, got nothing'],
    ],
  },
  evaluate: {
    ...prediction,
    views: [...views.filter(([value]) => value !== '2.5'), ['2.5', 'or curve'], ['curves', 'or curve']],
    run: runs,
    solutions: [...solutions, [`${table}:0.5`, 'weights apply only in training']],
    images,
    ...labels,
    against: [
      [folder, 'not a run'],
      [sky, 'not a run'],
      [nowhere, 'not a run'],
      [text, 'not a safetensors file'],
    ],
    model: insteadOfRun,
    part: [...choice('validation or test'), ['test', 'has no effect with --part']],
    out: [
      ...outFolder,
      [run, 'is a run; its report.html would be overwritten'],
      [pictures, 'an input of --images'],
      [path('mine'), reads('--solutions', 'predictions.csv'), '--solutions', mine('predictions.csv')],
      [path('taken'), 'expected a file, found a folder'],
    ],
  },
  predict: {
    ...prediction,
    run: runs,
    model: insteadOfRun,
    images,
    out: [
      ...outFile('.csv'),
      [picture, 'an input of --images', '--images', picture],
      [picture, 'an input of --images'],
      [path('run', 'validation.csv'), 'an input of --run'],
    ],
    keep: [['ra', 'has no columns: expected a table that lists pictures']],
    'id-column': listIdColumn,
    uncertainty: [
      [path('x.txt'), 'expected a name that ends in .csv, .parquet or .jsonl', '--views', '2'],
      [path('out', 'predict.csv'), 'expected a different file from --out', '--views', '2'],
      [path('lone.csv'), 'one view has no spread'],
      ...outFile('.csv').map(([value, says]): Row => [value, says, '--views', '2']),
    ],
    intervals: [
      [path('x.txt'), 'expected a name that ends in .csv, .parquet or .jsonl'],
      [path('out', 'predict.csv'), 'expected a different file from --out'],
      [path('lone.csv'), 'expected a network trained with --head dirichlet or with --calibration'],
    ],
    people: [...whole(1, 100_000), ['40', 'has no effect without --intervals']],
    limit: whole(1, WHOLE),
  },
  average: {
    ...prediction,
    predictions: [
      ...solutions,
      [predictions, 'is given twice'],
      [path('p.jsonl'), 'is not read: predict into .csv or .parquet, or give --run'],
    ],
    run: runs,
    model: models,
    part: [...choice('validation or test'), ['test', 'has no effect with --part']],
    images,
    out: [
      ...outFile('.csv'),
      [path('x.xlsx'), 'expected a name that ends in .csv, .parquet or .jsonl'],
      [predictions, 'would overwrite an input of --predictions'],
      [pictures, 'an input of --images'],
    ],
    solutions,
    ...labels,
    choosing: [...solutions, [table, '--seed 3: has no effect with --choosing', '--seed', '3']],
    report: [[text, 'expected a folder, found a file']],
    weights: choice('equal, best-single, best-together, greedy or fitted'),
    seed: whole(0, WHOLE),
    sample: solutions,
    tree: [['gz2', 'has no effect with --run']],
  },
  explain: {
    ...reading,
    ...shown,
    'id-column': listIdColumn,
    run: [...runs, [run, 'is given twice']],
    model: models,
    image: images,
    part: [...choice('validation or test'), ['test', 'has no effect with --part']],
    limit: whole(1, WHOLE),
    out: [
      ...outFile('.png'),
      [path('x.jpg'), 'expected a name that ends in .png'],
      [path('x.png'), 'expected a folder for the pictures of', '--image', pictures],
      [text, 'expected a folder, found a file', '--image', pictures],
    ],
    layer: [['conv9', 'not in this network, which has conv1']],
    answer: [
      ['12.1', '12.1'],
      ['4', 'an answer of the tree'],
      ['spiral', 'spiral'],
      ['4.9', '4.9'],
    ],
    views,
    'max-bad': share,
    device,
    threads,
  },
  features: {
    ...prediction,
    run: runs,
    model: insteadOfRun,
    images,
    layer: [['conv9', 'expected one of conv1, conv2, conv3, conv4, conv5, flatten, dense1']],
    out: [
      ...outFile('.csv'),
      [path('x.txt'), 'expected a name that ends in .csv, .parquet or .jsonl'],
      [picture, 'an input of --images'],
    ],
    keep: [['ra', 'has no columns: expected a table that lists pictures']],
    limit: whole(1, WHOLE),
    'id-column': listIdColumn,
  },
  similar: {
    ...reading,
    features: [
      [nowhere, 'no such file'],
      [folder, 'a folder'],
      [text, 'text.txt: cannot be read as Parquet: '],
    ],
    to: [
      [nowhere, 'expected a picture, or an ID of'],
      [folder, 'contains no file of type .jpg'],
      [pictures, 'expected one picture, got 10'],
      ['99980', `--run ${run}: has no effect: --to 99980 is in`],
    ],
    count: whole(1, 1000),
    images,
    run: runs,
    model: insteadOfRun,
    out: [
      ...outFile('.html'),
      [path('x.pdf'), 'expected a name that ends in .html'],
      [picture.replace('.jpg', '.html'), 'an input of --to', '--to', picture.replace('.jpg', '.html')],
    ],
    'id-column': listIdColumn,
    device,
    threads,
  },
  export: {
    run: runs,
    model: insteadOfRun,
    out: [
      ...outFile('.onnx'),
      [path('model.pt'), 'expected a name that ends in .onnx or .safetensors'],
      [weights, 'an input of --run'],
      [weights.replace('last', 'best'), 'an input of --run'],
    ],
    input: [
      ...choice('view or picture'),
      ['picture', 'requires --out to be an ONNX file', '--out', path('model.safetensors')],
    ],
    precision: [
      ...choice('float32 or float16'),
      ['float16', 'requires --out to be a model file, .safetensors'],
    ],
  },
  networks: {
    network: [
      ['resnet', 'expected one of cnn, '],
      [path('nowhere.json'), 'no such file'],
      [path('folder.json'), 'a folder'],
      [path('odd.json'), 'odd.json: '],
      [text, 'expected one of cnn, '],
    ],
    tree: tree.slice(0, -1),
    diagram: [...outFile('.svg'), [path('x.png'), 'expected a name that ends in .svg']],
  },
  surveys: {},
  serve: {
    port: [...whole(1, 65_535), [new URL(inputs.cutouts).port, 'is in use; choose another one']],
  },
  cutouts: {
    catalogue: [
      ...file(text, 'text.txt line 1: expected cells separated by commas'),
      [table, 'expected a column ra in degrees'],
    ],
    survey: choice('legacy, legacy-dr10 or sdss'),
    out: outFolder,
    size: [...whole(1, WHOLE), ['2049', 'expected 64 to 2048 pixels for sdss']],
    'pixel-scale': number(['0', 'expected more than 0'], ['-1', 'expected more than 0']),
    format: [...choice('jpg or fits'), ['fits', 'expected jpg for sdss']],
    bands: [['gri', 'has no effect on a jpg file of sdss']],
    'id-column': [['name', 'has no such column']],
    url: [
      ['localhost', 'expected a URL that begins with http:// or https://'],
      ['http://x/{ra}', 'expected a placeholder {dec}'],
    ],
    retries: whole(0, 100),
    timeout: number(['0.5', 'expected 1 or more'], ['3601', 'expected 3600 or less']),
    backoff: number(['-1', 'expected 0 or more'], ['3601', 'expected 3600 or less']),
  },
  inspect: {
    hdu: [['1', 'has no effect: none of the files is FITS']],
    pixels: [
      ['-1', 'expected whole numbers of 0 or more'],
      ['1.5', 'expected'],
    ],
    tree: tree.slice(0, -1),
    images,
    'band-files': [['{name}_{band}.fits', 'requires --images']],
    bands: [['g,r', 'requires --band-files']],
    labels: [
      ['best', 'expected fractions, counts, weighted or debiased'],
      ['weighted', 'has fractions only'],
    ],
    fractions: labels.fractions!,
    'id-column': [['nope', 'has no such column, only GalaxyID']],
    columns: labels.columns!.map(([value, says]): Row => [value, says]),
    missing: labels.missing!,
  },
  show: {
    ...frames,
    ...reading,
    data: training.data!,
    ...labels,
    tree,
    solutions: training.solutions!,
    images: training.images!,
    out: [...outFile('.html'), [path('x.pdf'), 'expected a name that ends in .html, .svg or .png']],
    'per-class': whole(1, 1000),
    seed: whole(0, WHOLE),
  },
};

/** Names of all folders, and names, sizes and times of all other files. */
const everything = () =>
  readdirSync(path(), { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const about = statSync(path(name));
      return about.isDirectory() ? name : `${name} ${about.size} ${about.mtimeMs}`;
    });

// A refused command creates and changes nothing.
let before: string[];
beforeEach(() => {
  before = everything();
});
afterEach(() => {
  expect(everything()).toEqual(before);
});

/** The required flags of a command. */
const NEEDED: Record<string, string[]> = {
  sky: ['--out'],
  pack: ['--out'],
  train: ['--out'],
  compare: ['--config', '--out'],
  evaluate: [],
  predict: ['--images', '--out'],
  average: ['--out'],
  explain: ['--out'],
  features: ['--images', '--out'],
  similar: ['--features', '--to', '--out'],
  export: ['--out'],
  networks: [],
  show: ['--out'],
  surveys: [],
  cutouts: ['--catalogue', '--survey', '--out'],
  inspect: [],
  serve: [],
};

const commands = createProgram().commands as readonly Command[];
const valued = ({ options }: Command): Option[] => options.filter(({ required }) => required);

/** Expects a command line to fail with one line on stderr, and nothing created or changed. */
async function expectRefusal(parameters: readonly string[], ...says: (string | RegExp)[]): Promise<string> {
  const [command, ...rest] = parameters;
  const { code, stdout, stderr } = await tuningforkHere([command!, '--quiet', '--json', ...rest]);
  const line = `tuningfork ${parameters.join(' ')}`;
  expect.soft([code, stdout], `${line}\n${stderr}`).toEqual([2, '']);
  expect.soft(stderr, line).toMatch(/^tuningfork: [^\n]+\n$/);
  expect.soft(stderr, line).not.toMatch(/\bat \S+:\d+|\[object|Error:/);
  for (const each of says) {
    if (typeof each === 'string') expect.soft(stderr, line).toContain(each);
    else expect.soft(stderr, line).toMatch(each);
  }
  return stderr;
}

it('has rows for every flag that takes a value, and for no others', () => {
  const named = (flags: readonly string[]) => [...flags].sort();
  for (const command of commands) {
    const flags = valued(command).map(({ long }) => long!.slice(2));
    expect(named(Object.keys(ROWS[command.name()] ?? {})), command.name()).toEqual(named(flags));
    for (const flag of flags) expect(ROWS[command.name()]![flag]!.length, `--${flag}`).toBeGreaterThan(0);
  }
  expect(named(Object.keys(ROWS))).toEqual(named(commands.map((command) => command.name())));
});

describe.each(commands.map((command) => [command.name(), command] as const))('%s', (name, command) => {
  const line = lines[name]!;

  it.each(valued(command).map(({ long }) => long!))('%s is refused with wrong values', async (flag) => {
    for (const [value, says, ...besides] of ROWS[name]![flag.slice(2)]!) {
      const told = await expectRefusal(lastValues([name, ...line!, ...besides, flag, value]), says);
      expect.soft(told.includes(flag) || told.includes(value), `${flag} ${value}: ${told}`).toBe(true);
    }
  });

  it.each(valued(command).map(({ long }) => long!))('%s is refused without a value', async (flag) => {
    await expectRefusal([name, ...line!, flag], `option '${flag} `, ' argument missing');
    await expectRefusal([name, ...line!, `${flag}=`], `${flag} '': expected a value, got nothing`);
    await expectRefusal([name, ...line!, flag, ' \t'], `${flag} ' \\u0009': expected a value, got nothing`);
    // A dash may mark unknown cells.
    for (const next of ['--json', '--nonsense', '-x', ...(flag === '--missing' ? [] : ['-'])]) {
      await expectRefusal([name, ...line!, flag, next], `${flag} ${next}: expected a value`, `./${next}`);
    }
  });

  it('suggests the intended flag, and accepts none of another command', async () => {
    for (const { long } of command.options) {
      const misspelt = `${long!.slice(0, -1)}x${long!.slice(-1)}`;
      await expectRefusal([name, ...line!, misspelt], `unknown option '${misspelt}'`, `did you mean`, long!);
    }
    const own = new Set(command.options.map(({ long }) => long));
    const others = commands.flatMap(({ options }) => options.map(({ long }) => long!));
    for (const flag of new Set(others.filter((each) => !own.has(each)))) {
      await expectRefusal([name, ...line!, flag, '3'], `unknown option '${flag}'`);
    }
  });

  it('refuses unknown flags and arguments, and a missing required flag', async () => {
    if (!command.registeredArguments.at(-1)?.variadic) {
      await expectRefusal(
        [name, ...line!, '--quiet', 'more', 'words'],
        `too many arguments for '${name}': more words`,
      );
    }
    for (const long of NEEDED[name]!) {
      const { flags } = command.options.find((option) => option.long === long)!;
      const without = line!.toSpliced(line!.indexOf(long), 2);
      await expectRefusal([name, ...without], `required option '${flags}' not specified`);
    }
  });

  it('prints where in the code an error arose with --verbose', async () => {
    const [flag] = valued(command).map(({ long }) => long!);
    const wrong = flag === undefined ? ['surplus'] : [flag, ''];
    const { code, stdout, stderr } = await tuningforkHere(['--verbose', name, ...line, ...wrong]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^tuningfork: UserError: .*\n( +at .*\n)+$/);
  });
});

it.each(commands.map((command) => command.name()))('suggests %s for a misspelt command', async (name) => {
  await expectRefusal([`${name}x`], `unknown command '${name}x' (did you mean ${name}?)`);
});

describe('a run', () => {
  it('resumes with the same settings only, and lists every difference', async () => {
    const changed = {
      network: 'cnn',
      head: 'tree',
      epochs: '7',
      batch: '5',
      lr: '0.5',
      loss: 'mse',
      seed: '9',
      validation: '0.5',
      'clip-norm': '2',
      'weight-average': '0.5',
      freeze: 'conv1',
    };
    const flags = Object.entries(changed).flatMap(([flag, value]) => [`--${flag}`, value]);
    const told = await expectRefusal(['train', '--out', run, '--resume', ...flags], `--resume ${run}: `);
    const before =
      'network "baseline", epochs 1, batch 4, learningRate 0.0005, loss "bce", seed 1, validation 0, freeze [], ' +
      'head none, clipNorm none, weightAverage none';
    const now =
      'network "cnn", epochs 7, batch 5, learningRate 0.5, loss "mse", seed 9, validation 0.5, freeze ["conv1"], ' +
      'head "tree", clipNorm 2, weightAverage 0.5';
    expect(told).toContain(`this run was started with ${before}; cannot resume it with ${now}\n`);
  });

  it.each([...folders, text])('%s is not resumed, because it is not a run', async (value) => {
    await expectRefusal(['train', '--out', value, '--resume'], value, 'not a run');
  });

  it('whose weights are of another network is refused by every command that opens it', async () => {
    const swapped = path('swapped');
    cpSync(run, swapped, { recursive: true });
    writeFileSync(join(swapped, 'checkpoint', 'last.safetensors'), readFileSync(otherWeights));
    before = everything();
    const opening = commands.filter(({ options }) => options.some(({ long }) => long === '--run'));
    expect(opening).toHaveLength(7);
    for (const command of opening) {
      const line = lines[command.name()]!.map((each) => (each === run ? swapped : each));
      await expectRefusal(
        [command.name(), ...line],
        `${swapped}/checkpoint/last.safetensors: '0.weight': expected F32 [4,3,3,3], got F32 [6,3,3,3]`,
      );
    }
    await expectRefusal(['train', '--out', swapped, '--resume'], `${swapped}/checkpoint/last.safetensors: `);
    rmSync(swapped, { recursive: true });
    before = everything();
  });
});

it('inspect prints the problems of a table with flags, and exits with 0', async () => {
  const votes = path('votes.csv');
  writeFileSync(
    votes,
    readFileSync(table, 'utf8')
      .replace('GalaxyID', 'galaxyid')
      .replace(/,[\d.]+/, ',-99'),
  );
  before = everything();
  const problems = [
    `--id-column: ${votes} has no column of IDs with a usual name (GalaxyID, id_str, objid, …); name it; is it galaxyid?`,
    `--missing: ${votes} line 2: Class1.1: expected 0…1, got -99; if -99 means unknown, name it`,
  ];
  const { code, stdout } = await tuningforkHere(['inspect', votes]);
  expect([code, stdout.split('\n').slice(0, 4)]).toEqual([
    0,
    [
      `${votes}: CSV table, 10 rows, 38 columns`,
      '  IDs: no column with a usual name; survey: gz2',
      ...problems.map((problem) => `  problem: ${problem}`),
    ],
  ]);
  const flags = ['--id-column', 'galaxyid', '--missing', '-99', '--images', pictures];
  const json = await tuningforkHere(['inspect', votes, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject([{ rows: 10, idColumn: null, reading: null, problems }]);
  expect((await tuningforkHere(['inspect', votes, ...flags])).stdout).toContain(
    '  IDs: galaxyid; survey: gz2\n' +
      '  labels: cumulative fractions of 37 answers, IDs from galaxyid; 1 cell unknown (1 is -99)\n' +
      '  pictures: 10 rows with a picture, 0 without, 0 pictures without a row\n',
  );
});

it('has help that fits into 80 columns', () => {
  for (const command of [createProgram(), ...commands]) {
    const help = command.helpInformation();
    expect(help).toContain('Usage: tuningfork');
    for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  }
});

it('describes every flag and its value in the help', () => {
  for (const command of commands) {
    for (const { long, flags, description } of command.options) {
      expect(description, `${command.name()} ${long}`).not.toBe('');
      expect(flags, `${command.name()} ${long}`).not.toContain('<VALUE');
    }
  }
});

it.each(commands.map((command) => [command.name(), command] as const))(
  '%s takes several values for flags that may be repeated, and one value for all others',
  async (name, command) => {
    for (const { long, flags } of valued(command)) {
      // One of these is a valid value of the flag, whatever its type.
      const values = ['1', '0.5', '3,3,3,3', '100,200', /<([\w-]+)/.exec(flags)![1]!];
      const told: string[] = [];
      for (const value of values) {
        const { code, stderr } = await tuningforkHere([name, long!, value, long!, value, '--nonsense']);
        expect(code).toBe(2);
        told.push(stderr.replaceAll(value, 'VALUE'));
      }
      const refusal = `tuningfork: ${long} is given twice: VALUE and VALUE; expected one value\n`;
      expect.soft(told.includes(refusal), `${name} ${long}`).toBe(!REPEATABLE[name]?.includes(long!));
    }
  },
);

it('names both values of a flag that is given twice', async () => {
  await expectRefusal(
    ['predict', '--run', 'first', '--images', 'x', '--run', 'second run', '--out', 'y'],
    "tuningfork: --run is given twice: first and 'second run'; expected one value",
  );
});

/** Paths of numbers that JSON would write as null. */
function unwritable(value: unknown, place = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place}: ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => unwritable(each, `${place}.${key}`));
}

describe('--json', () => {
  beforeEach(() => rmSync(path('out'), { recursive: true, force: true }));
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(path('out'), { recursive: true, force: true });
  });

  it.each(commands.map((command) => command.name()))(
    'of %s prints one document and nothing else',
    async (name) => {
      const written = vi.spyOn(JSON, 'stringify');
      const { code, stdout, stderr } = await tuningforkHere(
        [name, ...lines[name]!, '--json', '--quiet'],
        name === 'serve' ? { when: /"url"/, send: ['SIGINT'] } : undefined,
      );
      expect([code, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toBeInstanceOf(Object);
      expect(written.mock.calls.flatMap(([value]) => unwritable(value))).toEqual([]);
    },
  );
});
