/** `tuningfork export` from the command line: the files for other runtimes. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { nodeDecoder } from '../src/node/pictures/decode.ts';
import { readSquare } from '../src/picture/decode.ts';
import { RECORD_SIZE, toRecord, VIEW_SIZE } from '../src/picture/record.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  expectSameBits,
  NAMED,
  readTensors,
  SMALL,
  succeed,
  succeedWithJson,
  temporaryFolder,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';
import { difference } from './goldens.ts';

const ids = galaxyIds(24);
const { path, remove } = temporaryFolder();
const pictures = path('sky', 'images_training_rev1');

beforeAll(() => writeSky(path('sky'), ids));
afterAll(remove);

/** The record of a picture, or its centre, as exported networks take them: [3, side, side], 0…255. */
async function pixelsOf(id: number, side: number): Promise<Float32Array> {
  const name = `${id}.jpg`;
  const record = toRecord(
    (await readSquare(nodeDecoder, { kind: 'file', name, path: `${pictures}/${name}` })).pixels,
  );
  const first = (RECORD_SIZE - side) / 2;
  return Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const [channel, row, column] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    return record[((first + row) * RECORD_SIZE + first + column) * 3 + channel]!;
  });
}

// One has a 1×1 convolution, the other an average pool and three fully connected layers.
describe.each(['baseline', 'cnn'])('the export of %s', (network) => {
  const run = path(network);
  const model = path(`${network}.onnx`);
  const whole = path(`${network}, whole.onnx`);
  const predictions = path(`${network}.csv`);

  beforeAll(async () => {
    const flags = [...NAMED, '--network', network, '--dropout', '0.2', '--epochs', '1'];
    await succeed('train', '--data', path('sky'), '--out', run, ...SMALL, ...flags, '--quiet');
    await succeed('predict', '--run', run, '--images', pictures, '--out', predictions, '--quiet');
    const result = await succeedWithJson('export', '--run', run, '--out', model);
    const weights = `${run}/checkpoint/best.safetensors`;
    expect(result).toEqual({ out: model, bytes: readFileSync(model).length, weights, pictures: 'any' });
    await succeed('export', '--run', run, '--input', 'picture', '--out', whole, '--quiet');
  });

  it.each([
    { count: 1, file: model, side: VIEW_SIZE },
    { count: 3, file: model, side: VIEW_SIZE },
    { count: 2, file: whole, side: RECORD_SIZE },
  ])(
    'gives the 37 numbers of predict in a plain ONNX session, $count pictures of $side pixels at a time',
    async ({ count, file, side }) => {
      const session = await ort.InferenceSession.create(file);
      expect([session.inputNames, session.outputNames]).toEqual([['image'], ['fractions']]);
      const some = ids.slice(2, 2 + count);
      const pixels = await Promise.all(some.map((id) => pixelsOf(id, side)));
      const data = Float32Array.from(pixels.flatMap((each) => [...each]));
      const image = new ort.Tensor('float32', data, [count, 3, side, side]);
      const { fractions } = await session.run({ image });
      expect(fractions!.dims).toEqual([count, 37]);
      const table = await readSolutions(GALAXY_ZOO_2, predictions);
      const expected = some.flatMap((id) => {
        const row = table.ids.indexOf(String(id));
        return [...table.fractions.subarray(row * 37, (row + 1) * 37)];
      });
      expect(difference(fractions!.data as Float32Array, expected)).toBeLessThan(1e-5);
      await session.release();
    },
  );

  it('has only operators of the ONNX standard', () => {
    const text = readFileSync(model, 'latin1');
    expect(text).toContain('Conv');
    expect(text).not.toContain('com.microsoft');
    expect(text).not.toContain('ai.onnx.contrib');
  });

  it("is also written with PyTorch's names and layouts, and with the weights of the checkpoint", async () => {
    const file = path(`${network}.safetensors`);
    await succeed('export', '--run', run, '--out', file, '--quiet');
    const { tensors, metadata } = readTensors(file);
    expect(metadata).toMatchObject({ format: 'pt' });
    const block = (convolution: number) => [
      ...['weight', 'bias'].map((name) => `${convolution}.${name}`),
      ...['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map(
        (name) => `${convolution + 1}.${name}`,
      ),
    ];
    const dense = (index: number) => [`${index}.weight`, `${index}.bias`];
    const rest = network === 'cnn' ? [18, 20, 22].flatMap(dense) : [...block(16), ...dense(21)];
    expect([...tensors.keys()]).toEqual([...[0, 4, 8, 12].flatMap(block), ...rest]);
    expect(tensors.get('0.weight')!.shape).toEqual([4, 3, 3, 3]);
    expect(tensors.get('1.num_batches_tracked')).toMatchObject({ dtype: 'I64', shape: [] });
    const checkpoint = readTensors(`${run}/checkpoint/best.safetensors`).tensors;
    for (const [name, { data }] of tensors) expectSameBits(checkpoint.get(name)!.data, data, name);
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(readFileSync(model, 'latin1')).toContain(hash);
  });

  it('is also written with weights of 16 bits', async () => {
    const [file, again] = [path(`${network}, half.safetensors`), path(`${network}, half.csv`)];
    await succeed('export', '--run', run, '--precision', 'float16', '--out', file, '--quiet');
    expect(readTensors(file).tensors.get('0.weight')!.dtype).toBe('F16');
    await succeed('predict', '--model', file, '--images', pictures, '--out', again, '--quiet');
    const tables = await Promise.all([predictions, again].map((each) => readSolutions(GALAXY_ZOO_2, each)));
    const [whole, half] = tables.map(({ fractions }) => fractions);
    expect(difference(half!, whole!)).toBeLessThan(2e-3);
    expect(half).not.toEqual(whole);
  });
});
