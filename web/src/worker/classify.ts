/** Classifies pictures, and keeps the results. */
import type { GalaxyImage } from '../../../src/data/images.ts';
import { describeSkipped } from '../../../src/data/images.ts';
import type { TaskEvent } from '../../../src/events.ts';
import type { BlobFile } from '../../../src/files/reference.ts';
import type { ImageReference } from '../../../src/picture/batch.ts';
import { type SkippedPicture, TooManyBadImages } from '../../../src/picture/unreadable.ts';
import { predictGalaxies } from '../../../src/predict/predict.ts';
import { listFiles } from '../../../src/web/listFiles.ts';
import type { GalaxyRecord, Hear } from '../protocol.ts';
import { simulatedGalaxy, simulatedIds } from '../simulated.ts';
import { chosenModel, database, platform, session, startWork } from './session.ts';
import { withThumbnails } from './thumbnails.ts';

/** Views in a batch: small, so that results appear soon. */
const BATCH = 24;

/** Classifies galaxies, keeps them, and reports them in groups. */
async function classifyGalaxies(
  galaxies: readonly GalaxyImage[],
  hear: Hear,
  signal = startWork(),
): Promise<void> {
  const stored = await database;
  const model = chosenModel();
  const thumbnails = new Map<ImageReference, Promise<Blob>>();
  const images = new Map(galaxies.map(({ id, image }) => [id, image]));
  let waiting: GalaxyRecord[] = [];
  let order = Date.now() * 1000;
  let done = 0;
  const failed: SkippedPicture[] = [];
  const notes: string[] = [];
  const flush = async () => {
    const group = waiting;
    waiting = [];
    const transaction = stored.transaction('galaxies', 'readwrite');
    await Promise.all([...group.map((record) => transaction.store.put(record)), transaction.done]);
    if (group.length > 0) await hear({ kind: 'galaxies', galaxies: group });
    if (failed.length > 0) await hear({ kind: 'failed', files: failed.splice(0) });
    for (const message of notes.splice(0)) await hear({ kind: 'note', message });
    await hear({ kind: 'progress', done, total: galaxies.length });
  };
  const onEvent = (event: TaskEvent) => {
    if (event.kind === 'skipped') failed.push({ name: event.name, reason: event.reason });
    if (event.kind === 'note') notes.push(event.message);
    if (event.kind === 'progress') done = event.done;
  };
  await hear({ kind: 'progress', done, total: galaxies.length });
  try {
    const watched = withThumbnails(platform, model.preprocessing, thumbnails);
    const options = { batch: BATCH, maxBad: 1, device: session.device, onEvent };
    for await (const each of predictGalaxies(watched, model, galaxies, options)) {
      const image = images.get(each.id)!;
      const { id, concentrations, flags } = each;
      const fractions = Float32Array.from(each.fractions);
      waiting.push({
        ...{ model: model.file, id, order: order++, fractions, concentrations, flags },
        name: 'name' in image ? image.name : id,
        thumbnail: await thumbnails.get(image)!,
      });
      thumbnails.delete(image);
      if (waiting.length === BATCH) await flush();
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!(error instanceof TooManyBadImages)) throw error; // all files failed, and each was reported
  } finally {
    await flush();
  }
}

/** @param stretch how FITS is shown to models that take pictures of 8 bits */
export async function classify(
  files: readonly (File | BlobFile)[],
  stretch: string,
  hear: Hear,
): Promise<void> {
  const signal = startWork();
  const { preprocessing: frames } = chosenModel();
  const options = frames.stretch === undefined ? { frames, shown: stretch } : { frames };
  const { galaxies, failures, skipped } = await listFiles(files, options);
  if (failures.length > 0) await hear({ kind: 'failed', files: failures });
  if (skipped.length > 0) await hear({ kind: 'note', message: describeSkipped(skipped) });
  for (const { id, image } of galaxies) session.pictures.set(id, image);
  if (galaxies.length > 0 && !signal.aborted) await classifyGalaxies(galaxies, hear, signal);
}

export async function classifySimulated(hear: Hear): Promise<void> {
  const galaxies = simulatedIds().map((id) => simulatedGalaxy(id)!);
  for (const { id, image } of galaxies) session.pictures.set(id, image);
  await classifyGalaxies(galaxies, hear);
}

/** Classifies the pictures of this visit again, with the chosen model. @param stretch as of {@link classify} */
export async function classifyAgain(stretch: string, hear: Hear): Promise<void> {
  if (session.pictures.size === 0)
    throw new Error('no pictures are open, as only results are kept: drop the files again');
  for (const [id, image] of session.pictures)
    if (image.kind === 'blob' || image.kind === 'zip') session.pictures.set(id, { ...image, shown: stretch });
  await classifyGalaxies(
    Array.from(session.pictures, ([id, image]) => ({ id, image })),
    hear,
  );
}

/** Removes galaxies of the chosen model. */
export async function removeGalaxies(ids: readonly string[]): Promise<void> {
  const transaction = (await database).transaction('galaxies', 'readwrite');
  const { file } = chosenModel();
  await Promise.all([...ids.map((id) => transaction.store.delete([file, id])), transaction.done]);
}
