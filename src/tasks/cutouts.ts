import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  type CutoutRecord,
  RECORD_FILE,
  RECORD_HEADER,
  readRecords,
  recordLine,
} from '../data/cutoutRecords.ts';
import { type CutoutSettings, cutoutSettings, cutoutUrl } from '../data/cutouts/survey.ts';
import { CUTOUT_SURVEYS } from '../data/cutouts/surveys.ts';
import { type Position, readPositions } from '../data/positions.ts';
import { openTable } from '../data/tables/open.ts';
import { OptionError, shorten, UserError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { isFits, readFits } from '../files/fits/fits.ts';
import { LONGEST_TEXT } from '../files/read.ts';
import { DownloadError, download, type Host, HostUnreachable } from '../node/files/download.ts';
import { nodeFiles } from '../node/files/files.ts';
import { gunzip } from '../node/files/gunzip.ts';
import { readBytes } from '../node/files/read.ts';
import { rawFits, rawPicture } from '../node/pictures/raw.ts';
import { isPicture } from '../picture/decode.ts';
import { checkedOptions, cutoutsSchema } from './options.ts';
import { checkFolder, checkNoInput } from './outputs.ts';

export type CutoutsOptions = z.input<typeof cutoutsSchema> & TaskOptions;

export interface CutoutsResult {
  out: string;
  /** Of the catalogue. */
  galaxies: number;
  downloaded: number;
  /** Pictures that were there already. */
  kept: number;
  /** Galaxies whose pictures are missing, in the order of the catalogue. */
  failed: { id: string; reason: string }[];
}

/** The largest number of simultaneous requests. */
const AT_ONCE = 2;

/** After this number of failures in a row, no further galaxy is tried. */
const MOST_FAILURES = 10;

/** The largest picture, in bytes. */
const MOST_BYTES = 400_000_000;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A damaged answer may be whole at the next attempt; a whole but wrong one stays wrong. */
const damaged = (message: string) => new DownloadError(message, true);
const wrong = (message: string) => new DownloadError(message, false);

/** The shape of a picture, the slowest axis first. @throws DownloadError if it cannot be decoded */
async function shapeOf(bytes: Uint8Array, format: CutoutSettings['format']): Promise<readonly number[]> {
  const file = 'the picture';
  try {
    if (format === 'fits') return (await rawFits(await readFits(bytes, { file, gunzip }))).shape;
    return (await rawPicture(bytes, file)).shape.slice(0, 2);
  } catch (error) {
    if (error instanceof UserError) throw damaged(error.message);
    throw error;
  }
}

/** @throws DownloadError if the bytes are not a whole picture of the requested size */
async function checkPicture(bytes: Uint8Array, { format, size, bands }: CutoutSettings): Promise<Uint8Array> {
  if (bytes.length === 0) throw damaged('the answer is empty');
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  const isRight = format === 'fits' ? isFits(bytes) : isPicture(bytes);
  if (!isRight) {
    const isPage = /^\s*(?:<!doctype|<html|<\?xml)/i.test(head);
    const got = isPage ? 'a web page' : JSON.stringify(shorten(head, 20));
    throw wrong(`expected a ${format} picture, got ${got}`);
  }
  const shape = await shapeOf(bytes, format);
  const count = bands?.length ?? 1;
  const expected = count > 1 ? [count, size, size] : [size, size];
  // A cube of one band may be a plain image.
  const got = expected.length === 2 && shape.length === 3 && shape[0] === 1 ? shape.slice(1) : shape;
  if (got.join() === expected.join()) return bytes;
  throw wrong(`expected ${expected.join(' × ')} pixels, got ${got.join(' × ')}`);
}

/** The records of a folder; a line that was cut by a kill is left out. @throws UserError if the table cannot be read */
async function openRecords(path: string): Promise<Map<string, CutoutRecord>> {
  if (!(await nodeFiles.exists(path))) return new Map();
  const bytes = await readBytes(path, LONGEST_TEXT);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  if (whole.length === 0) return new Map();
  return await readRecords(await openTable(whole, path));
}

/** The records whose pictures exist, unchanged since their download. */
async function intactRecords(out: string, records: Iterable<CutoutRecord>): Promise<CutoutRecord[]> {
  const intact: CutoutRecord[] = [];
  for (const record of records) {
    const path = join(out, record.file);
    if (!(await nodeFiles.exists(path))) continue;
    if (sha256(await readBytes(path, MOST_BYTES)) === record.sha256) intact.push(record);
  }
  return intact;
}

/**
 * Downloads the pictures of a catalogue's galaxies from a survey's cutout service, two at a time, and lists them in `cutouts.csv` with URL,
 * time and SHA-256. Pictures that are there already are kept, so that a second call downloads the missing ones.
 * @returns also the galaxies whose pictures could not be downloaded
 * @throws OptionError for a wrong option; UserError for a wrong catalogue, or a folder with cutouts of other settings; HostUnreachable
 * @example
 * const missing = { catalogue: 'none.csv', survey: 'sdss', out: 'cutouts' } as const;
 * await cutouts(missing); // UserError: none.csv: no such file or folder
 */
export async function cutouts({ onEvent, profile: _, ...given }: CutoutsOptions): Promise<CutoutsResult> {
  const {
    catalogue,
    survey: name,
    out,
    idColumn,
    retries,
    timeout,
    backoff,
    ...choices
  } = checkedOptions(cutoutsSchema, given);
  const settings = cutoutSettings(CUTOUT_SURVEYS.find((each) => each.name === name)!, choices);
  const path = join(out, RECORD_FILE);
  checkFolder('out', out);
  checkNoInput('out', out, { catalogue }, [path]);
  const table = await openTable(await readBytes(catalogue, LONGEST_TEXT), catalogue, gunzip);
  const positions = await readPositions(table, { idColumn });
  const urlOf = ({ ra, dec }: Position) => cutoutUrl(settings, ra, dec);
  // Unknown if the URL does not ask for it.
  const pixelScale = settings.template.includes('{scale}') ? settings.pixelScale : undefined;

  return await nodeFiles.lock(out, async () => {
    const records = await openRecords(path);
    for (const position of positions) {
      const before = records.get(position.id);
      if (before === undefined) continue;
      if (before.url !== urlOf(position)) {
        const problem = `contains ${position.id} from ${before.url}; choose another folder for other cutouts`;
        throw new OptionError('out', problem, out);
      }
      records.set(position.id, { ...before, pixelScale }); // tables of older versions lack it
    }
    const intact = await intactRecords(out, records.values());
    await nodeFiles.write(path, RECORD_HEADER + intact.map(recordLine).join(''));
    const present = new Set(intact.map(({ id }) => id));
    const missing = positions.filter(({ id }) => !present.has(id));
    const kept = positions.length - missing.length;

    const host: Host = { notBefore: 0, hasAnswered: false };
    let unreachable: HostUnreachable | undefined;
    const reasons = new Map<string, string>();
    let [downloaded, inARow] = [0, 0];
    const fetchOne = async (position: Position) => {
      const { id } = position;
      const [url, file] = [urlOf(position), `${id}.${settings.format}`];
      const onRetry = (problem: string, seconds: number) =>
        onEvent?.({ kind: 'note', message: `${id}: ${problem}; trying again in ${Math.ceil(seconds)} s` });
      try {
        const limits = { host, retries, timeout, backoff, most: MOST_BYTES, onRetry };
        const bytes = await download(url, (each) => checkPicture(each, settings), limits);
        await nodeFiles.write(join(out, file), bytes);
        const time = new Date().toISOString();
        const record = { ...position, file, url, time, sha256: sha256(bytes), pixelScale };
        await nodeFiles.append(path, new TextEncoder().encode(recordLine(record)));
        downloaded++;
        inARow = 0;
      } catch (error) {
        if (error instanceof HostUnreachable) {
          unreachable = error;
          return;
        }
        if (!(error instanceof DownloadError)) throw error;
        reasons.set(id, error.message);
        inARow++;
        onEvent?.({ kind: 'skipped', name: id, reason: error.message });
      }
      const done = kept + downloaded + reasons.size;
      onEvent?.({ kind: 'progress', doing: 'downloading', done, total: positions.length });
    };
    const queue = missing.values();
    const worker = async () => {
      for (const position of queue) {
        if (unreachable) return;
        if (inARow < MOST_FAILURES) await fetchOne(position);
        else reasons.set(position.id, `not tried: ${MOST_FAILURES} downloads in a row failed`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (unreachable) throw unreachable;
    const failed = missing.flatMap(({ id }) => {
      const reason = reasons.get(id);
      return reason === undefined ? [] : [{ id, reason }];
    });
    return { out, galaxies: positions.length, downloaded, kept, failed };
  });
}
