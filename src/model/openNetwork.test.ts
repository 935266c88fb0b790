import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OptionError, UserError } from '../errors.ts';
import { nodePlatform } from '../node/platform.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { describeNetwork, type NetworkOptions } from './networks.ts';
import { openNetwork as openAny } from './openNetwork.ts';

const tree = GALAXY_ZOO_2;
const openNetwork = (name: string, options: Omit<NetworkOptions, 'tree'> = {}) =>
  openAny(nodePlatform, name, { tree, ...options });

const folder = mkdtempSync(join(tmpdir(), 'tuningfork-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, contents: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof contents === 'string' ? contents : JSON.stringify(contents));
  return file;
}
const mine = describeNetwork('cnn-cbam', {
  tree,
  kernels: [5, 3, 3, 3],
  channels: [4, 4, 4, 4],
  dropout: 0.1,
});
const file = write('mine.json', mine);

describe('openNetwork', () => {
  it('opens a network by name, with options', async () => {
    const network = await openNetwork('cnn', { channels: [4, 4, 4, 4], head: 'softmax' });
    expect(network.description).toEqual(
      describeNetwork('cnn', { tree, channels: [4, 4, 4, 4], head: 'softmax' }),
    );
  });

  it('opens the same network from a file', async () => {
    expect((await openNetwork(file)).description).toEqual(mine);
  });

  it('ignores other training settings, and options without a value', async () => {
    const settings = { data: 'galaxy-zoo', epochs: 24, seed: 1, kernels: undefined, dropout: 0 };
    expect((await openNetwork(file, settings)).description).toEqual(mine);
  });

  it("prefers the head of the options to the file's own", async () => {
    expect((await openNetwork(file, { head: 'tree' })).description).toEqual({ ...mine, head: 'tree' });
    const softmax = write('softmax.json', { ...mine, head: 'softmax' });
    expect((await openNetwork(softmax)).head).toBe('softmax');
    expect((await openNetwork(softmax, { head: 'sigmoid' })).head).toBe('sigmoid');
  });

  it.each([
    ['kernels', { kernels: [3, 3, 3, 3] }],
    ['channels', { channels: [4, 4, 4, 4] }],
    ['dropout', { dropout: 0.2 }],
  ])('refuses %s with a file', async (flag, options) => {
    const problem = `does not apply to \`network\` ${file}: write it into the file instead`;
    await expect(openNetwork(file, options)).rejects.toThrow(new OptionError(flag, problem));
  });

  it('names the file and the place of a mistake', async () => {
    const layers = mine.layers.with(2, { convolution: { channels: 4, kernel: 6 } });
    const wrong = write('wrong.json', { ...mine, layers });
    const message = `${wrong}: layers.2.convolution.kernel: expected an odd size, got 6`;
    await expect(openNetwork(wrong)).rejects.toThrow(new UserError(message));
  });

  it('names the line of a JSON mistake', async () => {
    const text = '{\n  "input": { "size": 16, "channels": 3 },\n  "layers": [,]\n}\n';
    const wrong = write('comma.json', text);
    await expect(openNetwork(wrong)).rejects.toThrow(UserError);
    await expect(openNetwork(wrong)).rejects.toThrow(/comma\.json line 3: not JSON: /);
    await expect(openNetwork(write('empty.json', ''))).rejects.toThrow(/empty\.json line 1: not JSON: /);
  });

  it('names the option and the missing file', async () => {
    const nowhere = join(folder, 'nowhere.json');
    await expect(openNetwork(nowhere)).rejects.toThrow(UserError);
    await expect(openNetwork(nowhere)).rejects.toThrow(`network ${nowhere}: no such file or folder`);
  });

  it('names the option for unknown names and options that do not fit', async () => {
    await expect(openNetwork('cnm')).rejects.toThrow(/^network cnm: expected one of cnn, /);
    const few = openNetwork('baseline-ema', { channels: [4, 4, 4, 4] });
    const message =
      'network baseline-ema: layers.0.convolution: ema: the factor must divide the 4 channels, got 32';
    await expect(few).rejects.toThrow(OptionError);
    await expect(few).rejects.toThrow(message);
  });
});
