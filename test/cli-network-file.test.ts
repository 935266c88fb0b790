/** `--network FILE`: the user's own network, from the command line, even after the file is gone. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { nodeDecoder } from '../src/node/pictures/decode.ts';
import { readSquare } from '../src/picture/decode.ts';
import { RECORD_SIZE, toRecord, VIEW_SIZE } from '../src/picture/record.ts';
import { brokenSums } from '../src/tree/sums.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  expectSameCheckpoints,
  readUntimedMetrics,
  runHere,
  succeed,
  succeedWithJson,
  temporaryFolder,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';
import { difference } from './goldens.ts';

const ids = galaxyIds(12);
const { path, remove } = temporaryFolder();
const sky = path('sky');
const pictures = path('sky', 'images_training_rev1');

beforeAll(() => writeSky(sky, ids));
afterAll(remove);

describe('--network FILE', () => {
  const mine = path('mine.json');
  const description = {
    input: { size: VIEW_SIZE, channels: 3 },
    layers: [
      { convolution: { channels: 4, kernel: 3, attention: { ema: { factor: 2 } }, pool: 'max' } },
      { convolution: { channels: 4, kernel: 5, attention: { cbam: { reduction: 2 } }, pool: 'average' } },
      { convolution: { channels: 8, kernel: 3, attention: { ema: { factor: 4 } }, pool: 'max' } },
      { convolution: { channels: 2, kernel: 1, pool: 'max' } },
      { flatten: true },
      { dropout: 0.2 },
      { dense: 37 },
    ],
  };
  const flags = ['train', '--data', sky, '--network', mine, '--head', 'tree', '--lr', '5e-3'];
  const settings = [...flags, '--batch', '4', '--epochs', '2', '--threads', '1'];
  const run = path('mine');
  const stopped = path('mine, stopped');
  const predictions = path('mine.csv');

  // The file is removed as soon as there are runs with it.
  beforeAll(async () => {
    writeFileSync(mine, JSON.stringify(description));
    const when = /epoch 1\/2 step 1\/2/;
    const [, outcome] = await Promise.all([
      succeed(...settings, '--out', run, '--quiet'),
      runHere([...settings, '--out', stopped], { when, send: ['SIGINT'] }),
    ]);
    expect(outcome.code).toBe(75);
    rmSync(mine);
    await succeed('predict', '--run', run, '--images', pictures, '--out', predictions, '--quiet');
  });

  it("is saved with the run, with the flag's head", () => {
    expect(JSON.parse(readFileSync(`${run}/config.json`, 'utf8'))).toMatchObject({
      training: { network: mine, head: 'tree' },
      network: { ...description, head: 'tree' },
    });
  });

  it('is resumed without the file, with bit-identical results', async () => {
    await succeed('train', '--out', stopped, '--resume', '--quiet');
    expectSameCheckpoints(stopped, run);
    expect(readUntimedMetrics(stopped)).toEqual(readUntimedMetrics(run));
  });

  it('predicts and is scored without the file; every sum is satisfied', async () => {
    const { fractions } = await readSolutions(GALAXY_ZOO_2, predictions);
    expect(fractions).toHaveLength(12 * 37);
    expect(brokenSums(GALAXY_ZOO_2, fractions, 1e-6)).toEqual([]);
    const common = ['--run', run, '--solutions', `${run}/validation.csv`, '--images', pictures];
    const { rmse } = await succeedWithJson('evaluate', ...common);
    const best = Math.min(...readUntimedMetrics(run).map(({ validationRmse }) => validationRmse!));
    expect(rmse).toBeCloseTo(best, 6);
  });

  it('gives the same fractions as a plain ONNX file, for 1 and for 3 pictures at a time', async () => {
    const model = path('mine.onnx');
    await succeed('export', '--run', run, '--out', model, '--quiet');
    const session = await ort.InferenceSession.create(model);
    const table = await readSolutions(GALAXY_ZOO_2, predictions);
    for (const some of [ids.slice(0, 1), ids.slice(3, 6)]) {
      const data = Float32Array.from((await Promise.all(some.map(centreOf))).flatMap((each) => [...each]));
      const image = new ort.Tensor('float32', data, [some.length, 3, VIEW_SIZE, VIEW_SIZE]);
      const { fractions } = await session.run({ image });
      expect(fractions!.dims).toEqual([some.length, 37]);
      const expected = some.flatMap((id) => {
        const row = table.ids.indexOf(String(id));
        return [...table.fractions.subarray(row * 37, (row + 1) * 37)];
      });
      expect(difference(fractions!.data as Float32Array, expected)).toBeLessThan(1e-5);
      expect(brokenSums(GALAXY_ZOO_2, fractions!.data as Float32Array, 1e-6)).toEqual([]);
    }
    await session.release();
  });

  it('is printed and drawn', async () => {
    const [file, diagram] = [path('drawn.json'), path('drawn.svg')];
    writeFileSync(file, JSON.stringify({ ...description, head: 'softmax' }));
    const { stdout } = await succeed('networks', '--network', file, '--diagram', diagram);
    expect(stdout.split('\n')[0]).toMatch(/drawn\.json: [\d,]+ parameters, [\d.]+ [GM] multiply-adds$/);
    expect(stdout).toMatch(/^ {2}conv1 +64×64×4 .* EMA, factor 2, max pool 2×2$/m);
    expect(stdout).toMatch(/^ {2}head: softmax$/m);
    expect(readFileSync(diagram, 'utf8')).toMatch(/^<svg [\s\S]*softmax[\s\S]*<\/svg>\s*$/);
  });

  it('refuses settings that would be ignored, and names mistakes in the file', async () => {
    const file = path('again.json');
    const write = (contents: unknown) => writeFileSync(file, JSON.stringify(contents));
    const ofFile = ['train', '--data', sky, '--out', path('refused'), '--network', file];
    const refuse = async (message: string, ...more: string[]) => {
      const { code, stderr } = await runHere([...ofFile, ...more]);
      expect([code, stderr]).toEqual([2, `tuningfork: ${message}\n`]);
      expect(existsSync(path('refused'))).toBe(false);
    };
    write(description);
    for (const [flag, value] of [
      ['kernels', '3,3,3,3'],
      ['channels', '4,4,4,4'],
      ['dropout', '0.1'],
    ]) {
      await refuse(
        `--${flag}: does not apply to --network ${file}: write it into the file instead`,
        `--${flag}`,
        value!,
      );
    }
    write({ ...description, input: { size: 64, channels: 3 } });
    await refuse(
      "--augmentation august: its views have 128 pixels a side, the network's pictures 64",
      ...['--augmentation', 'august'],
    );
    write({ ...description, layers: [...description.layers, { dense: 36 }] });
    await refuse(`${file}: layers: the last one must give 37 numbers, got 36`);
    rmSync(file);
    const { code, stderr } = await runHere(ofFile);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^tuningfork: --network .*again\.json: no such file or folder\n$/),
    ]);
  });
});

/** The centre of a picture as an exported network expects it: [3, 128, 128], 0…255. */
async function centreOf(id: number): Promise<Float32Array> {
  const name = `${id}.jpg`;
  const record = toRecord(
    (await readSquare(nodeDecoder, { kind: 'file', name, path: `${pictures}/${name}` })).pixels,
  );
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
