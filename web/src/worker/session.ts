/** What the parts of the worker share. */

import type { Model } from '../../../src/model/model.ts';
import type { ImageReference } from '../../../src/picture/batch.ts';
import { describeFrames, type FrameSettings } from '../../../src/picture/preprocessing.ts';
import type { Device } from '../../../src/platform.ts';
import { storedFiles } from '../../../src/web/files.ts';
import { webPlatform } from '../../../src/web/index.ts';
import { openDatabase } from '../database.ts';
import type { PictureContent } from '../protocol.ts';
import { simulatedGalaxy } from '../simulated.ts';

export const database = openDatabase();
export const platform = { ...webPlatform(), files: storedFiles() };

export const session: {
  model: Model | undefined;
  /** The model's content, see `GalaxyRecord`. */
  hash: string;
  /** The pictures that the model has classified, by ID. */
  results: Map<string, PictureContent>;
  /** Where predictions and trainings run. */
  device: Device;
  /** The pictures of this visit, by ID. */
  readonly pictures: Map<string, ImageReference>;
} = {
  model: undefined,
  hash: '',
  results: new Map(),
  device: { name: 'wasm', threads: 0 },
  pictures: new Map(),
};

let stopping = new AbortController();

/** Begins work that the page can stop. @returns the signal that stops it */
export function startWork(): AbortSignal {
  stopping = new AbortController();
  return stopping.signal;
}

/** Stops the last work after its current batch. */
export const stopWork = (): void => stopping.abort();

/** The chosen model. */
export function chosenModel(): Model {
  if (session.model === undefined) throw new Error('no model is open');
  return session.model;
}

/** The picture of a galaxy; undefined if its file was not opened in this visit. */
export const imageOf = (id: string): ImageReference | undefined =>
  session.pictures.get(id) ?? simulatedGalaxy(id)?.image;

/** The picture of a galaxy to train on, or one of this visit; undefined if there is neither. */
export async function keptImage(
  id: string,
  preprocessing: FrameSettings,
): Promise<ImageReference | undefined> {
  const frames = describeFrames(preprocessing);
  const kept = await (await database).get('records', [frames, id]);
  return kept ? { kind: 'memory', name: id, record: kept.record } : imageOf(id);
}
