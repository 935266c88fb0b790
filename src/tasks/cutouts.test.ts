/** Cutouts from a local server that fails in many ways. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TaskEvent } from '../events.ts';
import type { FileReference } from '../files/reference.ts';
import { openImages } from '../node/data/openCatalogue.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import { type CutoutsOptions, cutouts } from './cutouts.ts';

const SIZE = 64;
const folder = mkdtempSync(join(tmpdir(), 'tuningfork-cutouts-'));
const path = (...names: string[]) => join(folder, ...names);
let counter = 0;
let out: string;
beforeEach(() => {
  out = path(`out ${counter++}`);
});

const jpeg = (side: number) =>
  sharp(
    Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * i) % 251),
    { raw: { width: side, height: side, channels: 3 } },
  )
    .jpeg()
    .toBuffer();

/** A FITS file of zeros. */
function fits(...axes: number[]): Buffer {
  const cards = [
    ...['SIMPLE  = T', 'BITPIX  = 8', `NAXIS   = ${axes.length}`],
    ...axes.map((length, i) => `NAXIS${i + 1}  = ${length}`),
    'END',
  ];
  const header = cards.map((card) => card.padEnd(80)).join('');
  const bytes = axes.reduce((a, b) => a * b, 1);
  return Buffer.concat([Buffer.from(header.padEnd(2880)), Buffer.alloc(Math.ceil(bytes / 2880) * 2880)]);
}

type Answer = (response: ServerResponse, attempt: number) => void;
let whole: Buffer;
const send: Answer = (response) => response.end(whole);
const status = (code: number, headers = {}): Answer => {
  return (response) => response.writeHead(code, headers).end('sorry');
};
/** Fails at the first attempt. */
const once = (bad: Answer): Answer => {
  return (response, attempt) => (attempt === 1 ? bad : send)(response, attempt);
};
const PAGE = '<!DOCTYPE html><title>Maintenance</title>';
const partly: Answer = (response) => {
  response.writeHead(200, { 'Content-Length': whole.length }).write(whole.subarray(0, whole.length / 2));
  setImmediate(() => response.destroy());
};

/** The answers by right ascension, and the times of the requests. */
const answers = new Map<number, Answer>();
const requests: { ra: number; time: number }[] = [];
let [open, mostOpen] = [0, 0];
const server = createServer((request: IncomingMessage, response) => {
  const ra = Number(new URL(request.url!, 'http://x').searchParams.get('ra'));
  requests.push({ ra, time: Date.now() });
  mostOpen = Math.max(mostOpen, ++open);
  response.on('close', () => open--);
  const attempt = requests.filter((each) => each.ra === ra).length;
  setImmediate(() => (answers.get(ra) ?? send)(response, attempt));
});

let url: string;
beforeAll(async () => {
  whole = await jpeg(SIZE);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  answers.clear();
  requests.length = 0;
  mostOpen = 0;
});

/** Writes a catalogue: galaxy g1 at a right ascension of 1°, … */
function catalogueOf(...numbers: number[]): string {
  const file = path('galaxies.csv');
  writeFileSync(file, ['objid,ra,dec', ...numbers.map((n) => `g${n},${n},-${n}`), ''].join('\n'));
  return file;
}

const run = (numbers: number[], options: Partial<CutoutsOptions> = {}) =>
  cutouts({
    ...{ catalogue: catalogueOf(...numbers), survey: 'sdss', size: SIZE, out, url },
    ...{ retries: 1, backoff: 0.001, timeout: 5, ...options },
  });

const rows = () =>
  readFileSync(join(out, 'cutouts.csv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

describe('cutouts', () => {
  it('are downloaded two at a time, and listed with URL, time and SHA-256', async () => {
    const events: TaskEvent[] = [];
    const started = new Date().toISOString();
    const result = await run([1, 2, 3, 4, 5], { onEvent: (event) => events.push(event) });
    expect(result).toEqual({ out, galaxies: 5, downloaded: 5, kept: 0, failed: [] });
    expect(mostOpen).toBe(2);
    expect(events.at(-1)).toEqual({ kind: 'progress', doing: 'downloading', done: 5, total: 5 });
    const [header, ...records] = rows();
    expect(header).toEqual(['id', 'ra', 'dec', 'file', 'url', 'time', 'sha256', 'pixel_scale']);
    expect(records.map(([id]) => id).sort()).toEqual(['g1', 'g2', 'g3', 'g4', 'g5']);
    const [, , , file, address, time, hash, scale] = records.find(([id]) => id === 'g3')!;
    const path = `/ImgCutout/getjpeg?ra=3&dec=-3&scale=0.396127&width=${SIZE}&height=${SIZE}`;
    expect([file, address, scale]).toEqual(['g3.jpg', url + path, '0.396127']);
    expect(time! >= started && time! <= new Date().toISOString()).toBe(true);
    expect(hash).toBe(createHash('sha256').update(whole).digest('hex'));
    expect(readFileSync(join(out, 'g3.jpg')).equals(whole)).toBe(true);
    expect(readdirSync(out)).toHaveLength(6);
  });

  it('that are missing, damaged or not listed are downloaded by a second call, and no others', async () => {
    answers.set(2, status(404));
    expect(await run([1, 2, 3, 4])).toMatchObject({ failed: [{ id: 'g2', reason: 'status 404 Not Found' }] });
    answers.clear();
    rmSync(join(out, 'g1.jpg'));
    writeFileSync(join(out, 'g3.jpg'), whole.subarray(1));
    writeFileSync(join(out, 'cutouts.csv'), `${readFileSync(join(out, 'cutouts.csv'), 'utf8')}g5,5,-5,g5.j`);
    requests.length = 0;
    expect(await run([1, 2, 3, 4])).toEqual({ out, galaxies: 4, downloaded: 3, kept: 1, failed: [] });
    expect(requests.map(({ ra }) => ra).sort()).toEqual([1, 2, 3]);
    expect(
      rows()
        .map(([id]) => id)
        .sort(),
    ).toEqual(['g1', 'g2', 'g3', 'g4', 'id']);
    for (const n of [1, 2, 3, 4]) expect(readFileSync(join(out, `g${n}.jpg`)).equals(whole)).toBe(true);
    requests.length = 0;
    expect(await run([4, 1])).toMatchObject({ downloaded: 0, kept: 2 });
    expect(requests).toEqual([]);
    expect(rows()).toHaveLength(5); // galaxies of another catalogue stay listed
  });

  it.each([
    ['status 500', once(status(500))],
    ['status 503', once(status(503))],
    ['a reset', once((response) => response.destroy())],
    ['half of the body', once(partly)],
    ['half of the body, as if it were whole', once((response) => response.end(whole.subarray(0, 300)))],
    ['an empty body', once((response) => response.end())],
    ['no answer in time', once(() => {})],
  ])('are tried again after %s', async (_, answer) => {
    answers.set(1, answer);
    const notes: string[] = [];
    const onEvent = (event: TaskEvent) => event.kind === 'note' && notes.push(event.message);
    expect(await run([1], { onEvent, timeout: 1 })).toMatchObject({ downloaded: 1, failed: [] });
    expect(requests).toHaveLength(2);
    expect(notes).toEqual([expect.stringMatching(/^g1: .*; trying again in 1 s$/)]);
  });

  it('all wait as long as the server asks', async () => {
    answers.set(1, once(status(429, { 'Retry-After': '1' })));
    expect(await run([1, 2, 3, 4], { retries: 1 })).toMatchObject({ downloaded: 4 });
    const [first] = requests;
    const again = requests.filter(({ ra }) => ra === 1)[1]!;
    expect(again.time - first!.time).toBeGreaterThanOrEqual(990);
    // One request was under way.
    const meanwhile = requests.filter(({ time }) => time > first!.time + 500 && time < again.time - 20);
    expect(meanwhile).toEqual([]);
  });

  it.each([
    ['status 500 twice', status(500), 'status 500 Internal Server Error', 2],
    ['status 404', status(404), 'status 404 Not Found', 1],
    [
      'a pause of a day',
      status(429, { 'Retry-After': '86400' }),
      /429 .*: the server asks to wait 86400 s$/,
      1,
    ],
    ['a web page', (response) => response.end(PAGE), 'expected a jpg picture, got a web page', 1],
    ['other text', (response) => response.end('no data'), 'expected a jpg picture, got "no data"', 1],
    ['a smaller picture', async (r) => r.end(await jpeg(32)), 'expected 64 × 64 pixels, got 32 × 32', 1],
    ['a broken picture twice', (r) => r.end(whole.subarray(0, 300)), /^the picture: cannot be decoded/, 2],
  ] as [string, Answer, string | RegExp, number][])('fail after %s', async (_, answer, reason, attempts) => {
    answers.set(1, answer);
    const { failed, downloaded } = await run([1, 2]);
    expect(failed).toEqual([
      { id: 'g1', reason: typeof reason === 'string' ? reason : expect.stringMatching(reason) },
    ]);
    expect([downloaded, requests.filter(({ ra }) => ra === 1).length]).toEqual([1, attempts]);
    expect(readdirSync(out).sort()).toEqual(['cutouts.csv', 'g2.jpg']);
  });

  it('stop after ten failures in a row', async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
    for (const n of numbers) answers.set(n, status(404));
    const { failed } = await run(numbers);
    expect(failed).toHaveLength(20);
    expect(requests.length).toBeLessThan(12);
    expect(failed.at(-1)!.reason).toBe('not tried: 10 downloads in a row failed');
  });

  it('fail at once, without a file, if the host has never answered', async () => {
    const notes: TaskEvent[] = [];
    const closed = { url: 'http://127.0.0.1:47', retries: 5, backoff: 60 };
    await expect(run([1, 2, 3], { ...closed, onEvent: (event) => notes.push(event) })).rejects.toThrow(
      '127.0.0.1:47 cannot be reached (ECONNREFUSED): is there a network?',
    );
    expect(notes).toEqual([]);
    expect(rows()).toHaveLength(1);
  });

  it('of a folder without pixel scales are completed with them', async () => {
    await run([1, 2]);
    const table = join(out, 'cutouts.csv');
    writeFileSync(table, readFileSync(table, 'utf8').replaceAll(/,(?:pixel_scale|0\.396127)$/gm, ''));
    expect(rows()[0]).toHaveLength(7);
    expect(await run([1, 2, 3])).toMatchObject({ downloaded: 1, kept: 2 });
    expect(rows().map((row) => row[7])).toEqual(['pixel_scale', '0.396127', '0.396127', '0.396127']);
    const images = await openImages(table, { frames: { ...DEFAULT_PREPROCESSING, field: 20 } });
    expect(images.map(({ image }) => (image as FileReference).pixelScale)).toEqual(Array(3).fill(0.396127));
  });

  it('in FITS have the bands and the size that were asked for', async () => {
    answers.set(1, (response) => response.end(fits(SIZE, SIZE, 2)));
    answers.set(2, (response) => response.end(fits(SIZE, SIZE, 3)));
    answers.set(3, (response) => response.end(fits(SIZE, SIZE, 2).subarray(0, 5000)));
    answers.set(4, (response) => response.end(whole));
    const { failed } = await run([1, 2, 3, 4], { survey: 'legacy', format: 'fits', bands: 'gr' });
    expect(failed).toEqual([
      { id: 'g2', reason: 'expected 2 × 64 × 64 pixels, got 3 × 64 × 64' },
      { id: 'g3', reason: expect.stringMatching(/^the picture/) },
      { id: 'g4', reason: expect.stringMatching(/^expected a fits picture, got/) },
    ]);
    expect(readdirSync(out).sort()).toEqual(['cutouts.csv', 'g1.fits']);
  });

  it('of other settings, or of a table of another kind, are refused in the same folder', async () => {
    await run([1]);
    await expect(run([1], { pixelScale: 1 })).rejects.toThrow(
      /^out .*: contains g1 from http.*; choose another folder for other cutouts$/,
    );
    writeFileSync(join(out, 'cutouts.csv'), 'a,b\n1,2\n');
    await expect(run([1])).rejects.toThrow('cutouts.csv: expected the columns id, ra, dec,');
  });

  it('of a wrong catalogue are refused, and nothing is written', async () => {
    await expect(run([1, 1])).rejects.toThrow('galaxies.csv line 3: objid g1 is already in line 2');
    await expect(run([1, 361])).rejects.toThrow('galaxies.csv line 3: ra: expected 0…360, got 361');
    await expect(run([1, 2], { idColumn: 'name' })).rejects.toThrow('idColumn name: ');
    expect(readdirSync(folder)).not.toContain(out.slice(folder.length + 1));
    expect(requests).toEqual([]);
  });
});
