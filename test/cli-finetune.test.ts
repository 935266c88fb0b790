/** `tuningfork train --model` from the command line: it starts from a trained model, for its own tree or another one. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOnnx } from '../src/engine/onnx/read/parse.ts';
import { encodeSafetensors } from '../src/files/safetensors.ts';
import {
  expectSameBits,
  expectSameCheckpoints,
  readTensors,
  runHere,
  SMALL,
  succeed,
  succeedWithJson,
  temporaryFolder,
} from './command.ts';
import { onnxBytes, SMALL_CLASSIFIER, type WrittenGraph } from './fixtures/onnx.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const ids = galaxyIds(24);
const { path, remove } = temporaryFolder();
const [base, model, tuned] = [path('base'), path('model.safetensors'), path('tuned')];
const images = path('sky', 'images_training_rev1');
const threads = ['--threads', '1', '--workers', '1'];
/** A table of classes, and the tree that has these. */
const classes = ['--solutions', path('classes.csv'), '--images', images, '--tree', path('classes.json')];
const train = (out: string, ...flags: string[]) => [
  'train',
  '--model',
  model,
  '--out',
  out,
  ...threads,
  ...flags,
];
const configOf = (run: string) => JSON.parse(readFileSync(`${run}/config.json`, 'utf8'));
const tuning = train(tuned, ...classes, '--head', 'softmax', '--epochs', '2', '--batch', '8');
let notes: string;

beforeAll(async () => {
  await writeSky(path('sky'), ids);
  writeFileSync(path('classes.json'), JSON.stringify(['red', 'green', 'blue']));
  const rows = ids.map((id, i) => `${id},${['red', 'green', 'blue'][i % 3]}`);
  writeFileSync(path('classes.csv'), ['GalaxyID,colour', ...rows, ''].join('\n'));
  const flags = ['--epochs', '1', '--validation', '0', '--quiet'];
  await succeed('train', '--data', path('sky'), '--out', base, ...SMALL, ...flags);
  await succeed('export', '--run', base, '--out', model);
  ({ stderr: notes } = await succeed(...tuning));
});
afterAll(remove);

describe('a model for another tree', () => {
  it('gets a new last layer, and settings that a note reports and the run saves', () => {
    expect(notes).toContain(
      `fine-tuning ${model} on 24 galaxies: 2 epochs, batch 8, learning rate 0.001 (conv1:0.0001 conv2:0.0001`,
    );
    expect(notes).toContain(
      "the last layer is new, as the model's tree is gz2 with 37 answers, and the labels' is classes with 3 answers",
    );
    const { training, network, preprocessing, tree } = configOf(tuned);
    expect(training).toMatchObject({ model, epochs: 2, batch: 8, learningRate: 1e-3, head: 'softmax' });
    expect(training.layerLr).toHaveLength(5);
    expect(tree.questions).toHaveLength(1);
    const own = configOf(base);
    expect(network.layers).toEqual([...own.network.layers.slice(0, -1), { dense: 3 }]);
    expect(preprocessing).toEqual(own.preprocessing);
    expect(training.network).toBe(own.training.network);
  });

  it('resumes to the same bits, without the model', async () => {
    const stopped = path('stopped');
    const interruption = { when: /epoch 2\/2 step 1\/2/, send: ['SIGTERM'] } as const;
    const flags = tuning.with(tuning.indexOf(tuned), stopped);
    expect(await runHere(flags, interruption)).toMatchObject({ code: 75 });
    const bytes = readFileSync(model);
    rmSync(model);
    await succeed('train', '--out', stopped, '--resume', '--quiet');
    writeFileSync(model, bytes);
    expectSameCheckpoints(stopped, tuned);
  });

  it('keeps its head if the loss can train it', async () => {
    const flags = ['--model', tuned, '--tree', 'gz2', '--data', path('sky'), '--epochs', '1'];
    const headOf = async (out: string, ...more: string[]) => {
      await succeed(
        'train',
        ...flags,
        '--batch',
        '24',
        '--validation',
        '0',
        '--out',
        out,
        ...threads,
        ...more,
      );
      return configOf(out).network.head;
    };
    expect(await headOf(path('kept head'))).toBe('softmax');
    expect(await headOf(path('given head'), '--head', 'sigmoid')).toBe('sigmoid');
  });

  it('predicts and is scored like any run', async () => {
    await succeed(
      'predict',
      '--run',
      tuned,
      '--images',
      images,
      '--out',
      path('out.csv'),
      ...threads,
      '--quiet',
    );
    const lines = readFileSync(path('out.csv'), 'utf8').trim().split(/\r?\n/);
    expect(lines).toHaveLength(25);
    expect(lines[0]).toMatch(/^GalaxyID,red,green,blue/);
    await succeed('evaluate', '--run', tuned, '--part', 'validation', ...threads, '--quiet');
  });
});

describe('a network of another program', () => {
  const network = path('small.onnx');
  beforeAll(() => writeFileSync(network, onnxBytes(SMALL_CLASSIFIER)));

  it('gets a last layer for the labels; the run needs no ONNX file to resume, predict, explain or be exported', async () => {
    const out = path('from-onnx');
    const flags = ['--model', network, '--head', 'softmax', '--epochs', '1', '--batch', '8', '--out', out];
    const { stderr } = await succeed(
      'train',
      ...flags,
      ...classes,
      ...threads,
      '--freeze',
      'backbone1.blocks.0',
    );
    expect(stderr).toContain(
      `fine-tuning ${network} on 24 galaxies: 1 epochs, batch 8, learning rate 0.001 (backbone1:0.0001)`,
    );
    expect(stderr).toContain('; the last layer is new');
    rmSync(network);
    await succeed('train', '--out', out, '--resume', '--quiet');
    const quick = ['--run', out, '--limit', '2', '--quiet', '--threads', '1'];
    await succeed('predict', ...quick, '--images', images, '--out', path('from-onnx.csv'));
    await succeed('explain', ...quick, '--image', images, '--out', path('from-onnx-maps'));
    expect(existsSync(path('from-onnx-maps', `${ids[0]}.png`))).toBe(true);
    const exported = await succeedWithJson('export', '--run', out, '--out', path('tuned.onnx'));
    expect(exported).toMatchObject({ pictures: 'any' });
    writeFileSync(network, onnxBytes(SMALL_CLASSIFIER));
    const { tensors } = readTensors(`${out}/checkpoint/last.safetensors`);
    const { values } = SMALL_CLASSIFIER.initializers!['blocks.0.conv.weight']!;
    expectSameBits(tensors.get('0.blocks.0.conv.weight')!.data, Float32Array.from(values), 'frozen');
    expect(tensors.get('0.blocks.6.conv.weight')!.shape).toEqual([8, 8, 1, 1]);
  });

  it('gives features, to probe', async () => {
    const table = path('onnx.parquet');
    const flags = ['--images', images, '--out', table, '--threads', '1'];
    expect(await succeedWithJson('features', '--model', network, ...flags)).toMatchObject({
      layer: 'backbone1',
      features: 8,
      galaxies: 24,
    });
    const probe = ['--network', 'probe', '--features', table, '--threads', '1', '--out', path('probe')];
    await succeed('train', ...probe, ...classes, '--quiet');
    await succeed('evaluate', '--run', path('probe'), '--part', 'validation', ...threads, '--quiet');
  });

  it('whose graph is for one picture is exported for one at a time', async () => {
    // A token that is joined to each picture's, as in a vision transformer.
    const graph: WrittenGraph = {
      inputs: { image: [1, 3, 32, 32] },
      nodes: [
        { type: 'Conv', inputs: ['image', 'patches'], outputs: ['a'], attributes: { strides: [16, 16] } },
        { type: 'Reshape', inputs: ['a', 'shape'], outputs: ['b'] },
        { type: 'Concat', inputs: ['token', 'b'], outputs: ['c'], attributes: { axis: 2 } },
        { type: 'ReduceMax', inputs: ['c'], outputs: ['y'], attributes: { axes: [2], keepdims: 0 } },
      ],
      initializers: {
        patches: { shape: [4, 3, 16, 16], values: Array.from({ length: 3072 }, (_, i) => Math.sin(i)) },
        shape: { type: 'int64', shape: [3], values: [1, 4, 4] },
        token: { shape: [1, 4, 1], values: [1, 2, 3, 4] },
      },
      outputs: ['y'],
    };
    const [file, out] = [path('token.onnx'), path('token')];
    writeFileSync(file, onnxBytes(graph));
    const flags = ['--model', file, '--head', 'softmax', '--epochs', '1', '--batch', '8', '--out', out];
    await succeed('train', ...flags, ...classes, ...threads, '--quiet');
    const { stdout } = await succeed('export', '--run', out, '--out', path('token-export.onnx'));
    expect(stdout).toContain('; it takes one picture at a time');
    const { graph: written } = parseOnnx(readFileSync(path('token-export.onnx')), 'token-export.onnx');
    expect(written.inputs.get('image')!.shape).toEqual([1, 3, 32, 32]);
  });

  it('does not predict by itself', async () => {
    const { code, stderr } = await runHere([
      'predict',
      '--model',
      network,
      '--images',
      images,
      '--out',
      path('no.csv'),
    ]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/small\.onnx: an ONNX model; expected/)]);
  });
});

it('a run is continued on labels of its tree with all its layers', async () => {
  const out = path('same');
  const still = ['--lr', '1e-30', '--epochs', '1', '--batch', '24', '--validation', '0'];
  const flags = ['train', '--model', base, '--data', path('sky'), '--out', out, ...threads, ...still];
  const { stderr } = await succeed(...flags);
  expect(stderr).toContain('all layers are kept, as the labels have the tree of the model');
  const [given, started] = [model, `${out}/checkpoint/last.safetensors`].map(
    (file) => readTensors(file).tensors,
  );
  for (const [name, { data }] of given!)
    if (/(weight|bias)$/.test(name)) expectSameBits(started!.get(name)!.data, data, name);
});

describe('a fine-tuning', () => {
  const out = path('refused');
  const only = 'cannot be combined with --model, which has its own network and weights';

  beforeAll(() => {
    const { tensors, metadata } = readTensors(model);
    writeFileSync(path('weights.safetensors'), encodeSafetensors(tensors, { format: 'pt' }));
    const about = JSON.parse(metadata['tuningfork.model']!);
    Object.assign(about.preprocessing, { bands: ['g', 'r', 'z'], stretch: 'linear:low=0,high=1' });
    const raw = { 'tuningfork.model': JSON.stringify(about) };
    writeFileSync(path('raw.safetensors'), encodeSafetensors(tensors, raw));
  });

  async function expectRefusal(parameters: readonly string[], message: string | RegExp): Promise<void> {
    const { code, stdout, stderr } = await runHere([...parameters, '--quiet']);
    expect([code, stdout, existsSync(`${out}/config.json`)]).toEqual([2, '', false]);
    expect(stderr.replace(/^tuningfork: (.*)\n$/, '$1')).toMatch(message);
  }

  it.each([
    [['--network', 'cnn'], `--network: ${only}`],
    [['--kernels', '3,3,3,3'], `--kernels: ${only}`],
    [['--dropout', '0.1'], `--dropout: ${only}`],
    [['--no-batch-norm'], `--batch-norm: ${only}`],
    [['--init', model], `--init: ${only}`],
    [
      ['--stretch', 'asinh', '--bands', 'g,r,z'],
      /^--stretch asinh: gives bands g,r,z with stretch asinh.*, but .* takes bands red,green,blue of 8 bits$/,
    ],
    [['--field', '20'], /^--field 20: /],
    [['--model', path('nowhere')], `${path('nowhere')}: no such file or folder`],
    [['--model', path('classes.csv')], /classes\.csv: not a safetensors file/],
    [
      ['--model', path('weights.safetensors')],
      /weights\.safetensors: contains only weights; expected a model file/,
    ],
    [
      ['--out', base, '--model', base],
      `--out ${base}: would overwrite an input of --model; choose another path`,
    ],
  ])('with %j is refused', (flags, message) => expectRefusal(train(out, ...classes, ...flags), message));

  it('with pictures that are prepared in another way is refused', async () => {
    await succeed('pack', '--data', path('sky'), '--out', path('sky.pack'), '--quiet');
    const raw = (...flags: string[]) => train(out, '--model', path('raw.safetensors'), ...flags);
    await expectRefusal(
      raw('--data', path('sky.pack')),
      /^--data .*: gives bands red,green,blue of 8 bits, but .*raw.safetensors takes bands g,r,z with stretch linear/,
    );
    await expectRefusal(
      raw(...classes),
      /images_training_rev1: expected raw values .* for a stretch; got files such as/,
    );
  });
});
