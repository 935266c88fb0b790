/** A valid command line of every command, and the files that they read. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { encodeSafetensors } from '../src/files/safetensors.ts';
import { GalaxyNetwork } from '../src/model/galaxyNetwork.ts';
import { describeNetwork } from '../src/model/networks.ts';
import { stateDictionary } from '../src/model/weights.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { lastValues, NAMED, SMALL } from './command.ts';
import { galaxyIds, solutionsTable, writeSky } from './galaxies.ts';
import { tuningforkHere } from './here.ts';

const COUNT = 10;

async function run(...parameters: string[]): Promise<void> {
  const { code, stderr } = await tuningforkHere(lastValues([...parameters, '--quiet']));
  if (code !== 0) throw new Error(stderr);
}

/** Writes the inputs of all commands into a folder. */
export async function writeInputs(folder: string) {
  const ids = galaxyIds(COUNT);
  const path = (...names: string[]) => join(folder, ...names);
  const [sky, pictures] = [path('sky'), path('sky', 'images_training_rev1')];
  await writeSky(sky, ids);
  const otherIds = ids.map((id) => id + 1);
  writeFileSync(path('more.csv'), solutionsTable(otherIds));
  mkdirSync(path('more'));
  for (const id of ids) cpSync(join(pictures, `${id}.jpg`), path('more', `${id + 1}.jpg`));
  const inputs = {
    sky,
    pictures,
    picture: join(pictures, `${ids[0]}.jpg`),
    table: path('sky', 'training_solutions_rev1.csv'),
    /** Of other galaxies, with their pictures. */
    more: path('more.csv'),
    morePictures: path('more'),
    run: path('run'),
    weights: path('run', 'checkpoint', 'last.safetensors'),
    /** Of another network. */
    otherWeights: path('other.safetensors'),
    predictions: path('predictions.csv'),
    features: path('features.parquet'),
    packed: path('galaxies.pack'),
    plan: path('plan.json'),
    catalogue: path('catalogue.csv'),
    cutouts: await serve(readFileSync(join(pictures, `${ids[0]}.jpg`))),
  };
  writeFileSync(inputs.catalogue, 'objid,ra,dec\n1,10,-10\n2,20,-20\n');
  const few = ['--batch', '4', '--epochs', '1', '--validation', '0'];
  await run('train', '--data', sky, '--out', inputs.run, ...SMALL, ...NAMED, ...few);
  await run('pack', '--data', sky, '--out', inputs.packed);
  await run(
    'features',
    '--run',
    inputs.run,
    '--images',
    pictures,
    '--layer',
    'conv4',
    '--out',
    inputs.features,
  );
  writeFileSync(inputs.predictions, solutionsTable(ids));
  const other = new GalaxyNetwork(
    describeNetwork('baseline', { tree: GALAXY_ZOO_2, kernels: [3, 3, 3, 3], channels: [6, 4, 4, 4] }),
    GALAXY_ZOO_2,
  );
  const tensors = stateDictionary(other, other.initialState(1), 0);
  writeFileSync(inputs.otherWeights, encodeSafetensors(tensors, { format: 'pt' }));
  const plan = { seeds: [1], variants: [{ name: 'plain' }] };
  writeFileSync(inputs.plan, JSON.stringify(plan));
  for (const ending of ['.csv', '.pack', '.png', '.onnx', '.svg', '.html', '.json']) {
    mkdirSync(path(`folder${ending}`));
    execFileSync('mkfifo', [path(`pipe${ending}`)]);
  }
  return inputs;
}

/** A server that answers every request with the same bytes. @returns its URL */
async function serve(bytes: Uint8Array): Promise<string> {
  const server = createServer((_, response) => response.end(bytes)).unref();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export type Inputs = Awaited<ReturnType<typeof writeInputs>>;

/** The parameters of each command: the required flags and a few more. */
export function rightLines(inputs: Inputs, out: string): Record<string, string[]> {
  const { sky, pictures, picture, table, run, predictions, features, plan, catalogue, cutouts } = inputs;
  const to = (name: string) => ['--out', join(out, name)];
  const small = [...SMALL, ...NAMED, '--batch', '4', '--epochs', '1', '--data', sky];
  const seed = small.indexOf('--seed');
  return {
    sky: [...to('sky'), '--train', '2', '--test', '1', '--workers', '1'],
    pack: [...to('galaxies.pack'), '--data', sky],
    train: [...to('run'), ...small, '--validation', '0'],
    compare: [...to('comparison'), '--config', plan, ...small.toSpliced(seed, 2), '--validation', '0.3'],
    evaluate: [...to('scores'), '--run', run, '--solutions', table, '--images', pictures, '--threads', '1'],
    predict: [...to('predict.csv'), '--run', run, '--images', pictures, '--threads', '1'],
    average: [
      ...[...to('average.csv'), '--predictions', predictions, '--run', run, '--images', pictures],
      ...['--solutions', table, '--threads', '1'],
    ],
    explain: [...to('why.png'), '--run', run, '--image', picture, '--threads', '1'],
    features: [...to('features.parquet'), '--run', run, '--images', pictures, '--threads', '1'],
    similar: [
      ...[...to('similar.html'), '--features', features, '--to', picture, '--run', run],
      ...['--images', pictures, '--threads', '1'],
    ],
    export: [...to('model.onnx'), '--run', run],
    networks: ['--network', 'cnn', '--diagram', join(out, 'cnn.svg')],
    show: [...to('page.html'), '--data', sky],
    surveys: ['gz2'],
    cutouts: [...to('cutouts'), '--catalogue', catalogue, '--survey', 'sdss', '--url', cutouts],
    inspect: [picture, table],
    serve: [],
  };
}
