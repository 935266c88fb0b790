/** Classifies pictures, and keeps the results. */
import type { GalaxyImage } from '../../../src/data/images.ts';
import { describeSkipped } from '../../../src/data/images.ts';
import { enumerate } from '../../../src/errors.ts';
import type { TaskEvent } from '../../../src/events.ts';
import type { BlobFile } from '../../../src/files/reference.ts';
import type { ImageReference } from '../../../src/picture/batch.ts';
import { type SkippedPicture, TooManyBadImages } from '../../../src/picture/unreadable.ts';
import { predictGalaxies } from '../../../src/predict/predict.ts';
import { listFiles } from '../../../src/web/listFiles.ts';
import type { GalaxyRecord, Hear } from '../protocol.ts';
import { simulatedGalaxy, simulatedIds } from '../simulated.ts';
import { counted } from '../words.ts';
import { contentOf } from './content.ts';
import { chosenModel, database, platform, session, startWork } from './session.ts';
import { withThumbnails } from './thumbnails.ts';

/** Views in a batch: small, so that results appear soon and take little memory. */
const BATCH = 8;

/** A line about galaxies whose names other pictures had before. */
const describeReplaced = (ids: readonly string[]) =>
  `${counted(ids.length, 'picture')} replaced by a different one of the same name; the labels are kept: ${enumerate(ids, BATCH)}`;

/** Classifies galaxies, keeps them, and reports them in groups. */
async function classifyGalaxies(
  galaxies: readonly GalaxyImage[],
  hear: Hear,
  signal: AbortSignal,
): Promise<void> {
  const stored = await database;
  const model = chosenModel();
  const { hash } = session;
  const thumbnails = new Map<ImageReference, Promise<Blob>>();
  const images = new Map(galaxies.map(({ id, image }) => [id, image]));
  let waiting: GalaxyRecord[] = [];
  let order = Date.now() * 1000;
  let done = 0;
  const failed: SkippedPicture[] = [];
  const notes: string[] = [];
  const replaced: string[] = [];
  const flush = async () => {
    const group = waiting;
    waiting = [];
    const transaction = stored.transaction('galaxies', 'readwrite');
    await Promise.all([...group.map((record) => transaction.store.put(record)), transaction.done]);
    for (const { id, content, shown } of group) session.results.set(id, { content, shown });
    if (group.length > 0) await hear({ kind: 'galaxies', galaxies: group });
    if (failed.length > 0) await hear({ kind: 'failed', files: failed.splice(0) });
    if (replaced.length > 0) notes.push(describeReplaced(replaced.splice(0)));
    for (const message of notes.splice(0)) await hear({ kind: 'note', message });
    await hear({ kind: 'progress', done, total: galaxies.length });
  };
  const onEvent = (event: TaskEvent) => {
    if (event.kind === 'skipped') {
      failed.push({ name: event.name, reason: event.reason });
      done++;
    }
    if (event.kind === 'note') notes.push(event.message);
  };
  await hear({ kind: 'progress', done, total: galaxies.length });
  try {
    const watched = withThumbnails(platform, model.preprocessing, thumbnails);
    const options = { batch: BATCH, maxBad: 1, device: session.device, onEvent };
    for await (const each of predictGalaxies(watched, model, galaxies, options)) {
      const image = images.get(each.id)!;
      const { id, concentrations, flags } = each;
      const fractions = Float32Array.from(each.fractions);
      const content = await contentOf(image).catch(() => ({ content: 'unknown' })); // the file has gone meanwhile
      const before = session.results.get(id);
      if (before !== undefined && before.content !== content.content) replaced.push(id);
      waiting.push({
        ...{ model: model.file, hash, id, order: order++, fractions, concentrations, flags, ...content },
        name: 'name' in image ? image.name : id,
        thumbnail: await thumbnails.get(image)!,
      });
      thumbnails.delete(image);
      done++;
      if (waiting.length === BATCH) await flush();
      if (signal.aborted) break;
    }
    const left = galaxies.length - done;
    if (signal.aborted && left > 0)
      notes.push(`stopped: ${counted(left, 'picture')} not classified; open the files again to do the rest`);
  } catch (error) {
    if (!(error instanceof TooManyBadImages)) throw error; // all files failed, and each was reported
  } finally {
    await flush();
  }
}

/** Classifies the pictures that have no result yet: a picture of the same name and content was classified before. */
async function classifyNew(
  galaxies: readonly GalaxyImage[],
  hear: Hear,
  signal = startWork(),
): Promise<void> {
  const fresh: GalaxyImage[] = [];
  for (const galaxy of galaxies) {
    if (signal.aborted) return;
    const { id, image } = galaxy;
    session.pictures.set(id, image);
    const before = session.results.get(id);
    const now = before && (await contentOf(image).catch(() => undefined)); // the reader reports what cannot be read
    if (now === undefined || now.content !== before?.content || now.shown !== before.shown)
      fresh.push(galaxy);
  }
  const known = galaxies.length - fresh.length;
  if (known > 0)
    await hear({ kind: 'note', message: `${counted(known, 'picture')} skipped: already classified` });
  if (fresh.length > 0) await classifyGalaxies(fresh, hear, signal);
}

const received: (File | BlobFile)[] = [];

/** Takes files for the next {@link classify}. */
export const receive = (files: readonly (File | BlobFile)[]): void => void received.push(...files);

/** Classifies the received files. @param stretch how FITS is shown to models that take pictures of 8 bits */
export async function classify(stretch: string, hear: Hear): Promise<void> {
  const files = received.splice(0);
  const signal = startWork();
  const { preprocessing: frames } = chosenModel();
  const options = frames.stretch === undefined ? { frames, shown: stretch } : { frames };
  const { galaxies, failures, skipped } = await listFiles(files, options);
  if (failures.length > 0) await hear({ kind: 'failed', files: failures });
  if (skipped.length > 0) await hear({ kind: 'note', message: describeSkipped(skipped) });
  await classifyNew(galaxies, hear, signal);
}

export async function classifySimulated(hear: Hear): Promise<void> {
  await classifyNew(
    simulatedIds().map((id) => simulatedGalaxy(id)!),
    hear,
  );
}

/** Classifies the pictures of this visit again, with the chosen model. @param stretch as of {@link classify} */
export async function classifyAgain(stretch: string, hear: Hear): Promise<void> {
  if (session.pictures.size === 0)
    throw new Error('no pictures are open, because the browser keeps only results: open the files again');
  for (const [id, image] of session.pictures)
    if (image.kind === 'blob' || image.kind === 'zip') session.pictures.set(id, { ...image, shown: stretch });
  await classifyGalaxies(
    Array.from(session.pictures, ([id, image]) => ({ id, image })),
    hear,
    startWork(),
  );
}

/** Removes galaxies of the chosen model. */
export async function removeGalaxies(ids: readonly string[]): Promise<void> {
  const transaction = (await database).transaction('galaxies', 'readwrite');
  const { file } = chosenModel();
  await Promise.all([...ids.map((id) => transaction.store.delete([file, id])), transaction.done]);
  for (const id of ids) session.results.delete(id);
}
