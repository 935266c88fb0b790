/** The user's mistakes, from the command line: one readable line on stderr, nothing on stdout, exit code 2. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  filesBelow,
  NAMED,
  runHere,
  SMALL,
  succeed,
  succeedWithJson,
  temporaryFolder,
  tuningfork,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const ids = galaxyIds(10);
const { path, remove } = temporaryFolder();
const sky = path('sky');
const pictures = path('sky', 'images_training_rev1');
const table = path('sky', 'training_solutions_rev1.csv');
const run = path('run');
const out = path('out');

beforeAll(async () => {
  await writeSky(sky, ids);
  const flags = ['--batch', '4', '--epochs', '1', '--validation', '0', '--quiet'];
  await succeed('train', '--data', sky, '--out', run, ...SMALL, ...flags);
});
afterAll(remove);

/** Expects a command to fail with one line that begins with the program's name, and to leave no file. */
async function expectRefusal(parameters: readonly string[], message: string | RegExp): Promise<void> {
  const before = filesBelow(path());
  const [command, ...rest] = parameters;
  const outcome = await runHere([command!, '--quiet', ...rest]);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toMatch(/^tuningfork: [^\n]+\n$/);
  if (typeof message === 'string') expect(outcome.stderr).toBe(`tuningfork: ${message}\n`);
  else expect(outcome.stderr).toMatch(message);
  expect(filesBelow(path())).toEqual(before);
  expect(existsSync(out)).toBe(false);
}

describe('a command line', () => {
  it.each([
    ['trian', "unknown command 'trian' (did you mean train?)"],
    ['train --out x --epoch 3', "unknown option '--epoch' (did you mean --epochs?)"],
    ['train --data x', "required option '--out <RUN>' not specified"],
    ['predict --run a --model b --images x --out y.csv', '--model b: cannot be combined with --run'],
    ['networks all', /too many arguments for 'networks'/],
    ['train --out x --epochs', "option '--epochs <N>' argument missing"],
  ])('such as "%s" is refused: %s', (line, message) => expectRefusal(line.split(' '), message));

  it.each([
    ['epochs', '0', 'expected 1 or more'],
    ['epochs', 'x', 'expected a number'],
    ['validation', '1', 'expected less than 1'],
    ['lr', '-1', 'expected more than 0'],
    ['loss', 'bse', 'expected bce, mse, multinomial or dirichlet-multinomial'],
  ])('with --%s %j is refused with the reason', async (flag, value, reason) => {
    await expectRefusal(
      ['train', '--data', sky, '--out', out, `--${flag}`, value],
      `--${flag} ${value}: ${reason}`,
    );
  });
});

it('--help loads neither ONNX Runtime nor sharp', async () => {
  const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const script = `process.argv = ['node', 'tuningfork', '--help'];
    await import(${JSON.stringify(main)});
    console.error(process.report.getReport().sharedObjects.join('\\n'));`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ]);
  expect(stdout).toMatch(/^Usage: tuningfork/);
  expect(stderr).toMatch(/libc/);
  expect(stderr).not.toMatch(/onnxruntime|sharp|vips/);
});

describe('a training', () => {
  const train = (...flags: string[]) => ['train', '--data', sky, '--out', out, ...SMALL, ...NAMED, ...flags];

  it.each([
    [
      ['--network', 'resnet'],
      '--network resnet: expected one of cnn, cnn-cbam, cnn-cbam-dense3, cnn-small, baseline, baseline-cbam, baseline-ema, baseline-small, or a .json file',
    ],
    [['--kernels', '3,4,3,3'], '--kernels: expected odd sizes, got 4'],
    [['--kernels', '3,3'], '--kernels: baseline has 4 convolutions, got 2 numbers'],
    [['--channels', '4,4,4,4,4'], '--channels: baseline has 4 convolutions, got 5 numbers'],
    [['--crop', '300,200'], '--crop 300,200: expected the smaller size first'],
    [['--device', 'abacus'], /--device abacus: not available; this ONNX Runtime has: .*\bcpu\b/],
    [['--batch', '50'], '--batch 50: there are only 9 galaxies to train on; try 2'],
    [
      ['--data', path('nowhere')],
      /nowhere: no such folder; expected one in the layout of Kaggle's Galaxy Challenge/,
    ],
    [
      ['--data', pictures],
      /images_training_rev1: expected training_solutions_rev1\.csv or .*; found \d+\.jpg/,
    ],
    [['--data', table], /training_solutions_rev1\.csv: not a safetensors file/],
    [['--images', pictures], /--images: requires --solutions/],
    [['--solutions', table], /galaxy 99980 is labelled twice: by .*\.csv and by .*\.csv/],
    [['--init', path('nowhere.safetensors')], /nowhere\.safetensors: no such file or folder/],
    [['--config', path('nowhere.json')], /--config .*nowhere\.json: no such file or folder/],
    [['--config', table], /training_solutions_rev1\.csv line 1: not JSON: /],
  ])('with %j is refused', (flags, message) => expectRefusal(train(...flags), message));

  it('without data is refused', () =>
    expectRefusal(
      ['train', '--out', out],
      '--data: expected a folder, or --solutions with --images; got neither',
    ));

  it.each([
    [
      'Class1.1: a number beyond 1',
      (text: string) => text.replace(/^99987,[^,]*/m, '99987,1.5'),
      'Class1.1: expected 0…1, got 1.5',
    ],
    [
      'a galaxy twice',
      (text: string) => text.replace(/^99987/m, '99980'),
      'GalaxyID 99980 is already in line 2',
    ],
  ])('on a table with %s is refused with the line', async (_, spoil, message) => {
    const spoilt = path('spoilt.csv');
    writeFileSync(spoilt, spoil(readFileSync(table, 'utf8')));
    const flags = ['--solutions', spoilt, '--images', pictures, '--out', out];
    await expectRefusal(['train', ...flags], `${spoilt} line 3: ${message}`);
  });
});

describe('a run', () => {
  it.each([
    ['evaluate', ['--solutions', table, '--images', pictures]],
    ['predict', ['--images', pictures, '--out', path('predictions.csv')]],
    ['export', ['--out', path('model.onnx')]],
  ])('that is no run is refused by %s', (command, flags) =>
    expectRefusal([command, '--run', sky, ...flags], `${sky}: not a run: it has no config.json`),
  );

  it('is exported as ONNX or safetensors only', () =>
    expectRefusal(
      ['export', '--run', run, '--out', path('model.pt')],
      `--out ${path('model.pt')}: expected a name that ends in .onnx or .safetensors`,
    ));

  it('refuses to predict a text or an empty folder, and to write a table over a folder', async () => {
    mkdirSync(path('empty'));
    const predict = (images: string, into: string) => [
      'predict',
      '--run',
      run,
      '--images',
      images,
      '--out',
      into,
    ];
    await expectRefusal(predict(table, path('a.csv')), /expected a column of pictures' paths/);
    await expectRefusal(predict(path('empty'), path('a.csv')), /empty: contains no file of type \.jpg/);
    await expectRefusal(predict(path('nowhere'), path('a.csv')), /nowhere: no such file or folder/);
    await expectRefusal(
      predict(pictures, sky),
      /--out .*: expected a name that ends in \.csv, \.parquet or \.jsonl/,
    );
    await expectRefusal(
      predict(pictures, path('sky', 'training_solutions_rev1.csv', 'a.csv')),
      /a\.csv: cannot be written: /,
    );
  });

  it('with broken settings is refused', async () => {
    mkdirSync(path('broken'));
    writeFileSync(path('broken', 'config.json'), '{"training":');
    await expectRefusal(
      ['export', '--run', path('broken'), '--out', path('model.onnx')],
      /config\.json line 1: not JSON: /,
    );
  });
});

describe('tuningfork', () => {
  it('prints where an error arose with --verbose only', async () => {
    const parameters = ['export', '--run', sky, '--out', path('model.onnx')];
    const { code, stderr } = await tuningfork(['--verbose', ...parameters]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/not a run.*\n +at /);
  });

  it('prints which device ran each operation with --verbose only', async () => {
    const parameters = ['predict', '--run', run, '--images', pictures, '--out', path('told.csv')];
    const told = /^prediction: \d+ operations on cpu \(\w+ \d+(, \w+ \d+)*\)$/m;
    expect((await succeed('--verbose', ...parameters)).stderr).toMatch(told);
    expect((await succeed(...parameters)).stderr).not.toMatch(told);
  });

  it('prints its help on stdout with --help, on stderr without a command', async () => {
    const asked = await succeed('--help');
    expect(asked.stderr).toBe('');
    for (const command of ['pack', 'train', 'evaluate', 'predict', 'export', 'networks']) {
      expect(asked.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    }
    const silent = await runHere([]);
    expect(silent).toEqual({ code: 2, stdout: '', stderr: asked.stdout });
  });

  it('prints the defaults of train', async () => {
    const { stdout } = await succeed('train', '--help');
    expect(stdout).toMatch(/--epochs <N> +passes over the training galaxies \(default: 24\)/);
    expect(stdout).toMatch(/--loss <bce\|mse\|multinomial\|dirichlet-multinomial>/);
  });

  it("lists the networks with the report's numbers of parameters", async () => {
    const networks = (await succeedWithJson('networks')) as { name: string; parameters: number }[];
    const counts = Object.fromEntries(networks.map(({ name, parameters }) => [name, parameters]));
    expect(counts).toMatchObject({
      cnn: 19_966_501,
      'cnn-cbam': 19_636_081,
      baseline: 2_896_709,
      'baseline-cbam': 2_941_225,
      'baseline-ema': 2_897_619,
    });
    const { stdout } = await succeed('networks');
    expect(stdout).toMatch(/^cnn +19,966,501 +parameters +2\.98 G +multiply-adds .*$/m);
    expect(stdout).toContain(
      '128×128×3 → conv1 64×64×32 → conv2 32×32×64 → conv3 16×16×128 → conv4 8×8×256 → flatten 16384 → ' +
        'dense1 1024 → dense2 512 → dense3 37 → sigmoid\n',
    );
  });

  it('prints one network layer by layer, and draws it', async () => {
    const { stdout } = await succeed('networks', '--network', 'baseline-cbam', '--diagram', path('net.svg'));
    expect(stdout).toMatch(/^ {2}conv4 +8×8×256 +1,639,587 +parameters .* CBAM, reduction 4, max pool 2×2$/m);
    const svg = readFileSync(path('net.svg'), 'utf8');
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('baseline-cbam');
    for (const text of ['conv1, conv2, conv3, conv4: CBAM, reduction 4', 'Spatial module', 'x + y · sa']) {
      expect(svg).toContain(text);
    }
    await expectRefusal(
      ['networks', '--diagram', path('other.svg')],
      `--diagram ${path('other.svg')}: requires --network`,
    );
  });
});
