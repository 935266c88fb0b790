/** `tuningfork cutouts` from the command line: what it prints, and its exit codes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere, succeed, temporaryFolder } from './command.ts';
import { galaxyPicture } from './galaxies.ts';

const { path, remove } = temporaryFolder();
const out = path('cutouts');
let isClosed = true;
let url: string;
let picture: Buffer;
const server = createServer((request, response) => {
  if (isClosed && request.url!.startsWith('/20/')) response.writeHead(404);
  response.end(picture);
});

beforeAll(async () => {
  picture = await galaxyPicture(1);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/{ra}/{dec}?size={size}`;
  writeFileSync(path('galaxies.csv'), 'name,ra,dec\nA,10,-10\nB,20,-20\n');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  remove();
});

const line = () => [
  ...['cutouts', '--catalogue', path('galaxies.csv'), '--id-column', 'name', '--survey', 'legacy'],
  ...['--out', out, '--url', url],
];

it('names the galaxies without a picture, exits with 1, and completes the folder when called again', async () => {
  const { code, stdout, stderr } = await runHere(line());
  expect([code, stdout]).toEqual([
    1,
    `1 of 2 pictures in ${out}: 1 downloaded, 0 kept\n  1 missing: status 404 Not Found (B)\nthe same command tries these again\n`,
  ]);
  expect(stderr).toContain('B: skipped: status 404 Not Found\n');
  isClosed = false;
  const again = await succeed(...line());
  expect(again.stdout).toBe(`2 of 2 pictures in ${out}: 1 downloaded, 1 kept\n`);
  expect(readdirSync(out).sort()).toEqual(['A.jpg', 'B.jpg', 'cutouts.csv']);
  expect(readFileSync(path('cutouts', 'cutouts.csv'), 'utf8')).toContain(
    `A,10,-10,A.jpg,${url.replace('{ra}/{dec}?size={size}', '10/-10?size=424')},`,
  );
});

it('fails at once if the host cannot be reached', async () => {
  const flags = ['--out', path('none'), '--url', 'http://127.0.0.1:47'];
  expect(await runHere([...line(), ...flags])).toEqual({
    ...{ code: 1, stdout: '' },
    stderr: 'tuningfork: 127.0.0.1:47 cannot be reached (ECONNREFUSED): is there a network?\n',
  });
});

it('refuses a wrong catalogue with exit code 2', async () => {
  writeFileSync(path('wrong.csv'), 'name,ra,dec\nA,10,-10\nB,400,-20\n');
  const outcome = await runHere([...line(), '--catalogue', path('wrong.csv')]);
  expect(outcome).toEqual({
    ...{ code: 2, stdout: '' },
    stderr: `tuningfork: ${path('wrong.csv')} line 3: ra: expected 0…360, got 400\n`,
  });
});
