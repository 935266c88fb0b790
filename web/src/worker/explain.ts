/** Explains answers, and draws pictures to look at. */
import { transfer } from 'comlink';
import { layerNames } from '../../../src/explain/ablationCam.ts';
import { drawCrop } from '../../../src/explain/views.ts';
import { networkOf } from '../../../src/model/model.ts';
import type { ImageReference } from '../../../src/picture/batch.ts';
import { recordOfPicture } from '../../../src/picture/fillBatch.ts';
import { greyOf, overlay } from '../../../src/report/overlay.ts';
import { explain as explainPicture } from '../../../src/web/explain.ts';
import type { ExplainRequest, ExplanationView } from '../protocol.ts';
import { chosenModel, keptImage, platform } from './session.ts';
import { jpegOf, opaque } from './thumbnails.ts';

/** Side of explanations and large pictures, in pixels. */
const SIZE = 384;

async function openImage(id: string): Promise<ImageReference> {
  const image = await keptImage(id, chosenModel().preprocessing);
  if (image !== undefined) return image;
  throw new Error(
    'the picture is not open, because the browser keeps only results: open the file again to explain it',
  );
}

let stopping = new AbortController();

export const stopExplaining = (): void => stopping.abort(new Error('stopped'));

/** Explains an answer, and stops the explanation before. @throws Error if that happens, or the picture was not opened in this visit */
export async function explain({ id, column, views, deletion }: ExplainRequest): Promise<ExplanationView> {
  stopExplaining();
  stopping = new AbortController();
  const { signal } = stopping;
  const model = chosenModel();
  const image = await openImage(id);
  const options = {
    answer: column ?? 'auto',
    layers: layerNames(networkOf(model)),
    views,
    deletion,
    platform,
    signal,
  };
  const { explanation, record } = await explainPicture(model, image, options);
  const [explained] = explanation.answers;
  const { layers, deletion: curves, column: answer, fraction } = explained!;
  const crop = drawCrop(model.preprocessing, record, SIZE);
  const grey = greyOf(crop);
  const shown = layers.length > 1 ? [{ layer: 'all layers', ...explained! }, ...layers] : layers;
  const maps = shown.map(({ layer, map, stability }) => ({
    ...{ layer, flat: map.flat, stability },
    pixels: opaque(overlay(grey, map, SIZE)),
  }));
  const picture = opaque(crop);
  const view = {
    column: answer.name,
    fraction,
    size: SIZE,
    picture,
    maps,
    ...(curves && { deletion: curves }),
  };
  return transfer(view, [picture.buffer, ...maps.map(({ pixels }) => pixels.buffer)]);
}

/** The picture that the network sees, in more pixels. @throws Error if the picture was not opened in this visit */
export async function largePicture(id: string): Promise<Blob> {
  const { preprocessing } = chosenModel();
  const picture = await platform.readPicture(await openImage(id), preprocessing);
  return jpegOf(drawCrop(preprocessing, recordOfPicture(picture), SIZE), SIZE);
}
