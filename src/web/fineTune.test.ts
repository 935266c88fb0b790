import { describe, expect, it } from 'vitest';
import { smallModel } from '../../test/fixtures/smallModel.ts';
import type { LabelledGalaxy } from '../data/labels.ts';
import { encodeModel, type Model, readModel } from '../model/model.ts';
import { nodePlatform } from '../node/platform.ts';
import { FRAME_SIZE } from '../picture/record.ts';
import { classesTree } from '../tree/classes.ts';
import { type FineTuneOptions, fineTune } from './fineTune.ts';
import { fitHead } from './fitHead.ts';
import { webPlatform } from './platform.ts';

const small = smallModel('small');
const model: Model = {
  ...small,
  provenance: { ...small.provenance, training: { network: 'baseline-small' } },
};
const tree = classesTree(['dark', 'bright']);

/** Half of the pictures are bright; the label says so. */
const galaxies = Array.from({ length: 20 }, (_, i): LabelledGalaxy => {
  const isBright = i % 2 === 1;
  const pixels = new Uint8Array(FRAME_SIZE * FRAME_SIZE * 3).fill((isBright ? 150 : 40) + i);
  const name = `g${i}`;
  const fractions = Float64Array.of(isBright ? 0 : 1, isBright ? 1 : 0);
  return { id: name, image: { kind: 'pixels', name, pixels }, fractions, weight: 1 };
});
const broken: LabelledGalaxy = {
  ...galaxies[0]!,
  id: 'broken',
  image: { kind: 'pixels', name: 'broken.png', pixels: new Uint8Array(4) },
};

/** A page's platform, but for the programs. */
const platformWith = () => ({ ...webPlatform(), compile: nodePlatform.compile });

/** Runs a training, and stops it after an epoch if `stopAfter` is given. */
async function run(options: FineTuneOptions, stopAfter?: number) {
  const stopping = new AbortController();
  const losses: number[] = [];
  const training = fineTune(model, galaxies, {
    ...options,
    tree,
    epochs: 2,
    batch: 4,
    signal: stopping.signal,
  });
  for (;;) {
    const { value, done } = await training.next();
    if (done) return { trained: value, losses };
    if (value.kind === 'step') losses.push(value.loss);
    if (value.kind === 'epoch' && value.metrics.epoch === stopAfter) stopping.abort();
  }
}

describe('fine-tuning', () => {
  it('goes on where it was stopped, and gives a model with the tree of the labels', async () => {
    const whole = await run({ platform: platformWith() });
    const platform = platformWith();
    const first = await run({ platform }, 1);
    expect(first.trained).toBeUndefined();
    await expect(run({ platform })).rejects.toThrow('already contains a run');
    await expect(run({ platform, resume: true, seed: 2 })).rejects.toThrow(
      'this run was started with seed 1; cannot resume it with seed 2',
    );
    const second = await run({ platform, resume: true });
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(second.trained!.weights).toEqual(whole.trained!.weights);
    expect(whole.trained!.tree.data).toEqual(tree.data);
    const read = readModel(encodeModel(whole.trained!), 'mine.safetensors');
    expect(read.provenance).toMatchObject({
      epoch: expect.any(Number),
      training: { network: 'baseline-small', batch: 4 },
    });
  });

  it('refuses settings that do not fit', async () => {
    const platform = platformWith();
    const first = (options: FineTuneOptions) =>
      fineTune(model, galaxies, { tree, platform, ...options }).next();
    await expect(first({ epochs: 0 })).rejects.toThrow('settings: epochs: expected 1 or more, got 0');
    const kernels = { kernels: [3, 3, 3, 3] } as FineTuneOptions;
    await expect(first(kernels)).rejects.toThrow('settings: unknown key "kernels"');
    await expect(first({ limit: 17 })).rejects.toThrow('there are only 16 galaxies to draw from');
    await expect(first({ batch: 100 })).rejects.toThrow('there are only 16 galaxies to train on');
    await expect(first({ loss: 'multinomial' })).rejects.toThrow('requires counts of votes');
    await expect(first({ resume: true })).rejects.toThrow('run: not a run: no such folder');
  });
});

it('two trainings do not share a folder', async () => {
  const platform = platformWith();
  const options = { tree, platform, epochs: 1, batch: 'auto' } as const;
  const training = fineTune(model, galaxies, options);
  await training.next();
  await expect(fineTune(model, galaxies, options).next()).rejects.toThrow('another task is using it');
  await training.return(undefined);
  await expect(fineTune(model, galaxies, { ...options, resume: true }).next()).resolves.toBeDefined();
});

describe('a new head', () => {
  it('learns the labels, and leaves out pictures that cannot be read', async () => {
    const skipped: string[] = [];
    const {
      model: fitted,
      galaxies: trained,
      validated,
    } = await fitHead(model, [...galaxies, broken], {
      ...{ tree, platform: platformWith() },
      onEvent: (event) => event.kind === 'skipped' && skipped.push(event.name),
    });
    expect([trained, validated, skipped]).toEqual([16, 4, ['broken.png']]);
    expect(fitted.tree.data).toEqual(tree.data);
    expect(fitted.provenance.validationRmse).toBeLessThan(0.3);
    expect(readModel(encodeModel(fitted), 'head.safetensors').network.head).toBe('softmax');
  });

  it('refuses a single galaxy', async () => {
    await expect(fitHead(model, galaxies.slice(0, 1), { tree, platform: platformWith() })).rejects.toThrow(
      'expected two galaxies or more',
    );
  });
});
