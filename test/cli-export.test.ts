/** `tuningfork export` from the command line: the files for other runtimes. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { readFrame } from '../src/node/pictures/decode.ts';
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

/** The centre of a picture as the exported network expects it: [3, 128, 128], 0…255. */
async function centreOf(id: number): Promise<Float32Array> {
  const name = `${id}.jpg`;
  const record = toRecord((await readFrame({ kind: 'file', name, path: `${pictures}/${name}` })).pixels);
  const first = (RECORD_SIZE - VIEW_SIZE) / 2;
  return Float32Array.from({ length: 3 * VIEW_SIZE * VIEW_SIZE }, (_, i) => {
    const [channel, row, column] = [
      Math.floor(i / VIEW_SIZE ** 2),
      Math.floor(i / VIEW_SIZE) % VIEW_SIZE,
      i % VIEW_SIZE,
    ];
    return record[((first + row) * RECORD_SIZE + first + column) * 3 + channel]!;
  });
}

// One has a 1×1 convolution, the other an average pool and three fully connected layers.
describe.each(['baseline', 'cnn'])('the export of %s', (network) => {
  const run = path(network);
  const model = path(`${network}.onnx`);
  const predictions = path(`${network}.csv`);

  beforeAll(async () => {
    const flags = [...NAMED, '--network', network, '--dropout', '0.2', '--epochs', '1'];
    await succeed('train', '--data', path('sky'), '--out', run, ...SMALL, ...flags, '--quiet');
    await succeed('predict', '--run', run, '--images', pictures, '--out', predictions, '--quiet');
    const result = await succeedWithJson('export', '--run', run, '--out', model);
    const weights = `${run}/checkpoint/best.safetensors`;
    expect(result).toEqual({ out: model, bytes: readFileSync(model).length, weights });
  });

  it.each([1, 3])(
    'gives the 37 numbers of predict in a plain ONNX session, %i pictures at a time',
    async (count) => {
      const session = await ort.InferenceSession.create(model);
      expect([session.inputNames, session.outputNames]).toEqual([['image'], ['fractions']]);
      const some = ids.slice(2, 2 + count);
      const data = Float32Array.from((await Promise.all(some.map(centreOf))).flatMap((each) => [...each]));
      const image = new ort.Tensor('float32', data, [count, 3, VIEW_SIZE, VIEW_SIZE]);
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
  });
});
