import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../files/safetensors.ts';
import { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { encodeModel } from '../model/model.ts';
import { stateDictionary } from '../model/weights.ts';
import { nodePlatform } from '../node/platform.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { readRunConfig } from './config.ts';
import { openModel, openRun } from './openRun.ts';
import { runPaths } from './paths.ts';

const { files } = nodePlatform;
const folder = mkdtempSync(join(tmpdir(), 'tuningfork-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const paths = runPaths(folder);
const description = {
  input: { size: 8, channels: 3 },
  layers: [{ flatten: true }, { dense: 37 }],
} as const;
const network = new GalaxyNetwork(description, GALAXY_ZOO_2);
const training = { epochs: 3, seed: 1, data: '/home/me/galaxy-zoo', threads: 2 };
const configure = (more: object = {}) =>
  writeFileSync(paths.config, JSON.stringify({ training, network: description, ...more }));

beforeAll(() => {
  mkdirSync(join(folder, 'checkpoint'));
  const metadata = { step: '12', epoch: '3', validationRmse: '0.125', averaged: 'false' };
  const tensors = stateDictionary(network, network.initialState(1), 12);
  writeFileSync(paths.best, encodeSafetensors(tensors, metadata));
});

describe('openRun', () => {
  it('assumes Galaxy Zoo 2 for a run without a tree, as version 0.1 writes it', async () => {
    configure();
    expect((await readRunConfig(files, folder)).tree).toBe(GALAXY_ZOO_2);
    expect((await openRun(files, folder)).tree).toBe(GALAXY_ZOO_2);
  });

  it('records the training settings, without paths or machine settings', async () => {
    configure({ tree: GALAXY_ZOO_2.data });
    const model = await openRun(files, folder);
    expect(model.tree).toEqual(GALAXY_ZOO_2);
    expect(model.provenance).toMatchObject({ steps: 12, epoch: 3, validationRmse: 0.125 });
    expect(model.provenance.training).toEqual({ epochs: 3, seed: 1 });
    expect(model.preprocessing.size).toBe(8);
    expect(model.weights).toEqual(network.initialState(1));
  });

  it('equals openModel of the folder, and of a file of the same model', async () => {
    configure();
    const model = await openRun(files, folder);
    expect(await openModel(files, folder)).toEqual(model);
    const file = join(folder, 'model.safetensors');
    writeFileSync(file, encodeModel(model));
    expect(await openModel(files, file)).toEqual({ ...model, file });
  });

  it('names the place of a wrong tree', async () => {
    configure({ tree: { ...GALAXY_ZOO_2.data, questions: [] } });
    await expect(openRun(files, folder)).rejects.toThrow(
      `${paths.config}: tree: questions: expected 1 or more, got []`,
    );
  });
});
