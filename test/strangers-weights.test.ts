/** Weights and networks from strangers: weights are safetensors of this network, and ONNX files are parsed before they are run. */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { relu } from '../src/engine/graph/elementwise.ts';
import { input } from '../src/engine/graph/tensor.ts';
import { writeOnnx } from '../src/engine/onnx/write.ts';
import { UserError } from '../src/errors.ts';
import { readSafetensors } from '../src/files/read.ts';
import { encodeSafetensors, type StoredTensor } from '../src/files/safetensors.ts';
import { parseNetwork } from '../src/model/description.ts';
import { openNetwork } from '../src/model/openNetwork.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { openRun } from '../src/tasks/model.ts';
import { initialState } from '../src/tasks/trainingPlan.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { runHere, temporaryFolder } from './command.ts';
import { onnxBytes } from './fixtures/onnx.ts';
import { zipFixture } from './fixtures/zip.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const { files } = nodePlatform;

const { path, remove } = temporaryFolder();
afterAll(remove);

const description = {
  input: { size: 16, channels: 3 },
  layers: [{ convolution: { channels: 4, kernel: 3, pool: 'max' } }, { flatten: true }, { dense: 37 }],
} as const;
const network = parseNetwork(description, GALAXY_ZOO_2, 'network.json');

/** Valid weights of the network, with some tensors replaced. */
function weights(replaced: Record<string, StoredTensor> = {}): Uint8Array {
  const state = network.initialState(1);
  const tensors = network.parameters.map(({ name, shape }): [string, StoredTensor] => [
    name,
    { dtype: 'F32', shape, data: state.get(name)! },
  ]);
  return encodeSafetensors(new Map([...tensors, ...Object.entries(replaced)]));
}

/** A safetensors file with any header. */
function withHeader(header: unknown, bytes = 0): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(bytes)]);
}

const bias = network.parameters.find(({ name }) => name === '0.bias')!;
const values = (fill: number) => Float32Array.from({ length: bias.shape[0]! }, () => fill);

describe('weights', () => {
  it('that are valid are read', async () => {
    writeFileSync(path('sound.safetensors'), weights());
    const state = await initialState({ init: path('sound.safetensors'), seed: 1 }, network);
    expect(state).toEqual(network.initialState(1));
  });

  it.each<[string, () => Uint8Array, RegExp]>([
    [
      'of F64',
      () => weights({ '0.bias': { dtype: 'F64', shape: bias.shape, data: Float64Array.from(values(0)) } }),
      /'0\.bias': expected F32 \[4\], got F64 \[4\]/,
    ],
    [
      'of I64',
      () => weights({ '0.bias': { dtype: 'I64', shape: bias.shape, data: new BigInt64Array(4) } }),
      /'0\.bias': expected F32 \[4\], got I64 \[4\]/,
    ],
    [
      'of BF16',
      () => withHeader({ '0.bias': { dtype: 'BF16', shape: [4], data_offsets: [0, 8] } }, 8),
      /tensor '0\.bias': dtype "BF16" is not one of F32, F64, F16, I64, I32, U16, U8/,
    ],
    [
      'with NaN',
      () => weights({ '0.bias': { dtype: 'F32', shape: bias.shape, data: values(Number.NaN) } }),
      /'0\.bias': value 0 is NaN/,
    ],
    [
      'with Infinity',
      () =>
        weights({ '0.bias': { dtype: 'F32', shape: bias.shape, data: values(Number.POSITIVE_INFINITY) } }),
      /'0\.bias': value 0 is Infinity/,
    ],
    [
      'of a huge shape',
      () => withHeader({ '0.bias': { dtype: 'F32', shape: [2 ** 52, 2 ** 52], data_offsets: [0, 16] } }, 16),
      /tensor '0\.bias': 16 bytes, but F32 \[4503599627370496,4503599627370496\] takes/,
    ],
    [
      'that overlap',
      () =>
        withHeader(
          {
            a: { dtype: 'F32', shape: [4], data_offsets: [0, 16] },
            b: { dtype: 'F32', shape: [4], data_offsets: [0, 16] },
          },
          16,
        ),
      /tensor 'b' overlaps the one before it/,
    ],
    [
      'with bytes that belong to nothing',
      () => withHeader({}, 16),
      /the tensors end at byte 10 of a file of 26/,
    ],
    [
      'whose metadata are no texts',
      () => withHeader({ __metadata__: { position: { epoch: 1 } } }),
      /__metadata__: expected an object of texts, got {"position":{"epoch":1}}/,
    ],
    [
      'with a name that controls the terminal',
      () => weights({ '\u001b[2J../../0.bias': { dtype: 'F32', shape: [0], data: new Float32Array() } }),
      /'\\u001b\[2J\.\.\/\.\.\/0\.bias' is not a tensor of this network/,
    ],
    [
      'with a name as long as a book',
      () => withHeader({ ['x'.repeat(1_000_000)]: { dtype: 'F32' } }),
      /^.{0,300}tensor 'x{100}…': bad shape nothing$/,
    ],
  ])('%s are refused with the reason', async (_, make, message) => {
    const file = path('strange.safetensors');
    writeFileSync(file, make());
    const attempt = initialState({ init: file, seed: 1 }, network);
    await expect(attempt).rejects.toThrow(UserError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toThrow(file);
  });

  it('in a large sparse file are refused before it is read', async () => {
    writeFileSync(
      path('sparse.safetensors'),
      withHeader({ a: { dtype: 'U8', shape: [1e10], data_offsets: [0, 1e10] } }),
    );
    const { length } = readFileSync(path('sparse.safetensors'));
    truncateSync(path('sparse.safetensors'), length + 1e10);
    const before = process.resourceUsage().maxRSS;
    await expect(readSafetensors(files, path('sparse.safetensors'))).rejects.toThrow(
      /expected at most 8589934592 bytes, got/,
    );
    truncateSync(path('sparse.safetensors'), 0);
    truncateSync(path('sparse.safetensors'), 1e9); // and none at all
    await expect(readSafetensors(files, path('sparse.safetensors'))).rejects.toThrow(UserError);
    expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(50);
  });
});

describe('other formats', () => {
  const onnx = () => writeOnnx({ y: relu(input('x', [1])) });
  const external = () => Buffer.concat([onnx(), Buffer.from('location\u0012\u000b/etc/passwd')]);

  it.each<[string, () => Uint8Array, string]>([
    ['an ONNX model', onnx, 'an ONNX model; expected safetensors'],
    ['an ONNX model that points elsewhere', external, 'an ONNX model; expected safetensors'],
    [
      'a checkpoint of PyTorch',
      () => zipFixture({ 'archive/data.pkl': '\u0080\u0002.' }),
      'a zip, such as PyTorch saves',
    ],
    ['a pickle', () => Buffer.from('8002636f730a73797374656d0a', 'hex'), 'a Python pickle'],
    ['an HDF5 file', () => Buffer.from('894844460d0a1a0a00', 'hex'), 'an HDF5 file'],
  ])('%s is identified, and not loaded', async (_, make, what) => {
    writeFileSync(path('model.bin'), make());
    await expect(readSafetensors(files, path('model.bin'))).rejects.toThrow(`${path('model.bin')}: ${what}`);
  });

  it('are refused on the command line, and no file is left', async () => {
    await writeSky(path('sky'), galaxyIds(8));
    writeFileSync(path('model.onnx'), onnx());
    const flags = ['--batch', '4', '--epochs', '1', '--network', 'baseline-small', '--quiet'];
    const init = ['--init', path('model.onnx'), '--out', path('out')];
    const { code, stdout, stderr } = await runHere(['train', '--data', path('sky'), ...init, ...flags]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^tuningfork: .*model\.onnx: an ONNX model; expected safetensors, as of `tuningfork export [^\n]+\n$/,
    );
    expect(readdirSync(path())).not.toContain('out');
  });
});

describe('the models that ONNX Runtime is given', () => {
  const source = join(import.meta.dirname, '..', 'src');
  const sources = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  /** Calls in the sources, with the start of their first argument. */
  const calls = (pattern: RegExp) =>
    sources.flatMap((name) =>
      [...readFileSync(join(source, name), 'utf8').matchAll(pattern)].map(
        ([, given]) => `${name.replaceAll('\\', '/')}: ${given}`,
      ),
    );

  it('are written by the program, or a file that its parser has read', () => {
    // The page's queue for WebGPU passes on what it is given by `Program`.
    expect(calls(/InferenceSession\s*\.create\((\w+)/g).toSorted()).toEqual([
      'engine/runtime/program.ts: bytes',
      'web/compile.ts: model',
    ]);
    expect(calls(/Program\.load\((.*)/g).toSorted()).toEqual([
      'engine/runtime/program.ts: runtime, bytes, { inputs, outputs: shapes }, sessionOptions, onFirstRun);',
      'node/runtime/device.ts: { InferenceSession, Tensor, allocatesOutputs: true }, bytes, shapes, options);',
      'web/compile.ts: await wasm(0), bytes, shapes, WASM);',
    ]);
    expect(calls(/platform\.load\(([\w.]+), /g)).toEqual(['model/checkBackbone.ts: this.bytes']);
    expect(calls(/this\.bytes = (\w+\(\w+), /g)).toEqual(['model/checkBackbone.ts: withEnds(bytes']);
  });

  it('are not a file that the parser refuses', async () => {
    const refuse = () => expect.unreachable();
    const platform = { ...nodePlatform, compile: refuse, load: refuse };
    const sound = onnxBytes({
      inputs: { image: ['N', 3, 8, 8] },
      nodes: [{ type: 'Flatten', inputs: ['image'], outputs: ['y'] }],
      outputs: ['y'],
    });
    const text = Buffer.from(sound).toString('latin1');
    const changed = (from: string, to: string) => Buffer.from(text.replace(from, to), 'latin1');
    for (const [bytes, message] of [
      [sound.subarray(0, -3), /stranger\.onnx: not an ONNX file, or damaged/],
      [changed('Flatten', 'Execute'), /stranger\.onnx: node y \(Execute\): is not supported/],
    ] as const) {
      writeFileSync(path('stranger.onnx'), bytes);
      const opened = openNetwork(platform, path('stranger.onnx'), { tree: GALAXY_ZOO_2 });
      await expect(opened).rejects.toThrow(UserError);
      await expect(opened).rejects.toThrow(message);
    }
  });
});

describe('a network', () => {
  const layers = (...all: unknown[]) => ({ input: { size: 16, channels: 3 }, layers: all });
  const end = [{ flatten: true }, { dense: 37 }];

  it.each<[string, unknown, RegExp]>([
    [
      'of a huge input',
      { input: { size: 1e9, channels: 3 }, layers: end },
      /input\.size: expected 1024 or less, got 1000000000/,
    ],
    [
      'of a huge number of channels',
      layers({ convolution: { channels: 1e9, kernel: 3 } }, ...end),
      /layers\.0\.convolution\.channels: expected 65536 or less, got 1000000000/,
    ],
    [
      'of a huge kernel',
      layers({ convolution: { channels: 4, kernel: 1_000_001 } }, ...end),
      /layers\.0\.convolution\.kernel: expected 1023 or less, got 1000001/,
    ],
    [
      'of a huge dense layer',
      layers({ flatten: true }, { dense: 1e15 }, { dense: 37 }),
      /layers\.1\.dense: expected 1048576 or less/,
    ],
    [
      'of a million layers',
      { ...layers(), layers: Array.from({ length: 1_000_000 }, () => ({ dropout: 0.5 })) },
      /layers: expected 1000 at most, got /,
    ],
    [
      'of layers that are too much together',
      layers({ flatten: true }, { dense: 30_000 }, { dense: 30_000 }, { dense: 37 }),
      /layers\.2\.dense: 923100000 weights so far: expected 536870912 at most/,
    ],
    [
      'of a map too large for memory',
      {
        input: { size: 1024, channels: 3 },
        layers: [{ convolution: { channels: 1024, kernel: 1 } }, ...end],
      },
      /layers\.0\.convolution: makes 1073741824 numbers of a picture: expected 268435456 at most/,
    ],
    [
      'of keys that JavaScript knows',
      JSON.parse(
        '{ "__proto__": { "polluted": true }, "input": { "size": 16, "channels": 3 }, "layers": [] }',
      ),
      /network\.json: /,
    ],
  ])('%s is refused with the reason', (_, strange, message) => {
    const parse = () => parseNetwork(strange, GALAXY_ZOO_2, 'network.json');
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(message);
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  });

  it('of a run is checked in the same way', async () => {
    mkdirSync(path('run'));
    const huge = { ...description, input: { size: 1e9, channels: 3 } };
    writeFileSync(path('run', 'config.json'), JSON.stringify({ training: {}, network: huge }));
    await expect(openRun(path('run'))).rejects.toThrow(/config\.json: network: input\.size: /);
  });
});
