/** The worker of the page: decodes pictures and computes. */
import { expose } from 'comlink';
import { type Model, readModel } from '../../src/model/model.ts';
import { drawObject } from '../../src/sky/population.ts';
import { renderPicture } from '../../src/sky/render.ts';
import { leadingRoute } from '../../src/tree/route.ts';
import { predictGalaxies, webPlatform } from '../../src/web/index.ts';

/** The model in the package; the build copies it into the page. */
const BOX = new URL('../../models/box.safetensors', import.meta.url);

let opened: Promise<Model> | undefined;

async function openBox(): Promise<Model> {
  const response = await fetch(BOX);
  if (!response.ok) throw new Error(`${BOX}: the server answered ${response.status}`);
  return readModel(new Uint8Array(await response.arrayBuffer()), 'box');
}

const worker = {
  /** Predicts the galaxy of this index in a simulated sky. */
  async predictSimulated(seed: number, index: number) {
    opened ??= openBox();
    const model = await opened;
    const id = String(index);
    const pixels = renderPicture(drawObject(seed, index), seed, index);
    const galaxies = [{ id, image: { kind: 'pixels', name: id, pixels } as const }];
    for await (const { fractions } of predictGalaxies(webPlatform(), model, galaxies))
      return {
        fractions,
        route: leadingRoute(model.tree, fractions)
          .map(({ text }) => text)
          .join(', '),
      };
    throw new Error('no prediction');
  },
};

export type PageWorker = typeof worker;
expose(worker);
