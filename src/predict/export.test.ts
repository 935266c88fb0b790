import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { noise } from '../../test/fixtures/pictures.ts';
import { SHAPES } from '../../test/fixtures/shapes.ts';
import { difference } from '../../test/goldens.ts';
import { parseOnnx } from '../engine/onnx/read/parse.ts';
import { fieldsOf } from '../files/protobuf.ts';
import { GalaxyNetwork, type GalaxyNetworkDescription } from '../model/galaxyNetwork.ts';
import { PROGRAM } from '../model/model.ts';
import { testViews } from '../picture/augmentation.ts';
import { drawViews } from '../picture/draw.ts';
import { DEFAULT_PREPROCESSING, type Preprocessing, preprocessingOf } from '../picture/preprocessing.ts';
import { RECORD_SIZE, type RecordPixels, toRecord } from '../picture/record.ts';
import { toAffine } from '../picture/view.ts';
import { defineTree } from '../tree/tree.ts';
import { exportOnnx } from './export.ts';

const tree = defineTree(SHAPES);

/** A small untrained model. */
function modelOf(preprocessing: Preprocessing) {
  const { size, bands } = preprocessing;
  const description: GalaxyNetworkDescription = {
    input: { size, channels: bands.length },
    layers: [{ convolution: { channels: 4, kernel: 3, pool: 'max' } }, { flatten: true }, { dense: 8 }],
    head: 'softmax',
  };
  const network = new GalaxyNetwork(description, tree);
  return { network: description, weights: network.initialState(1), tree, preprocessing };
}

/** Fractions of one picture. @param pixels `[side, side, bands]` */
async function run(file: Uint8Array, pixels: ArrayLike<number>, bands: number, side: number) {
  const planes = Float32Array.from(
    pixels,
    (_, i) => pixels[(i % side ** 2) * bands + Math.floor(i / side ** 2)]!,
  );
  const session = await InferenceSession.create(file);
  const { fractions } = await session.run({ image: new Tensor('float32', planes, [1, bands, side, side]) });
  await session.release();
  return fractions!.data as Float32Array;
}

/** The neutral view of a record, not normalised. */
function viewOf(record: RecordPixels, preprocessing: Preprocessing): Float32Array {
  const { size, bands } = preprocessing;
  const view = new Float32Array(size * size * bands.length);
  const affine = toAffine(testViews(1, preprocessing)[0]!, size);
  const normalisation = { scale: 1, offset: 0 };
  drawViews([{ column: 0, record, affine }], view, size, 1, { bands, normalisation });
  return view;
}

const record = toRecord(noise(424, 424));
const deep = Uint16Array.from({ length: RECORD_SIZE ** 2 * 2 }, (_, i) => (i * 40_503) % 65_536);

it.each<[string, Preprocessing, RecordPixels]>([
  ['at half their size', { ...DEFAULT_PREPROCESSING, size: 64 }, record],
  ['enlarged', { ...DEFAULT_PREPROCESSING, crop: 0.2, size: 60 }, record],
  ['with their edges', { ...DEFAULT_PREPROCESSING, crop: 1, size: 220 }, record],
  ['of 16 bits', preprocessingOf({ bands: ['g', 'r'], stretch: 'linear:low=0,high=1' }, 50), deep],
])('an export draws the view of whole pictures itself: %s', async (_, preprocessing, pixels) => {
  const { size, bands } = preprocessing;
  const model = modelOf(preprocessing);
  const ofView = await run(exportOnnx(model), viewOf(pixels, preprocessing), bands.length, size);
  const ofPicture = await run(exportOnnx(model, { input: 'picture' }), pixels, bands.length, RECORD_SIZE);
  expect(difference(ofPicture, ofView)).toBeLessThan(2e-6);
});

it('an export has no constants that no node uses', () => {
  const { nodes, initializers } = parseOnnx(exportOnnx(modelOf(DEFAULT_PREPROCESSING)), 'model.onnx').graph;
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  expect([...initializers.keys()].filter((name) => !used.has(name))).toEqual([]);
});

it('an export describes the model in its metadata', () => {
  const text = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array);
  const preprocessing = preprocessingOf({ bands: ['r'], stretch: 'linear:low=0,high=1' }, 8);
  const provenance = { program: PROGRAM, training: { epochs: 3 }, steps: 12 };
  const model = { ...modelOf(preprocessing), provenance };
  const metadata = (options = {}) =>
    Object.fromEntries(
      [...fieldsOf(exportOnnx(model, options))]
        .filter(([field]) => field === 14)
        .map(([, entry]) => [...fieldsOf(entry as Uint8Array)].map(([, bytes]) => text(bytes))),
    );
  const {
    network,
    tree: { data },
  } = model;
  expect(metadata({ input: 'picture', hash: 'abc' })).toEqual({
    'tuningfork.input': 'picture',
    'tuningfork.columns': '["smooth","features","no-galaxy","round","long","few","many","unclear"]',
    'tuningfork.head': 'softmax',
    'tuningfork.model': 'abc',
    'tuningfork.network': JSON.stringify(network),
    'tuningfork.tree': JSON.stringify(data),
    'tuningfork.preprocessing': JSON.stringify(preprocessing),
    'tuningfork.provenance': JSON.stringify(provenance),
  });
  expect(metadata()).toMatchObject({ 'tuningfork.input': 'view' });
  expect(metadata()).not.toHaveProperty('tuningfork.model');
});
