/** The built page in a browser: from `tuningfork serve`, from a static host without headers, and offline. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import sirv from 'sirv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry, outcomeOf } from './command.ts';

const BROWSER = '/usr/bin/chromium';
const hasBrowser = existsSync(BROWSER);
const skipped = hasBrowser
  ? ''
  : ` (skipped: ${BROWSER} is not here; apt-get install --no-install-recommends chromium)`;

const folder = fileURLToPath(new URL('../dist/page', import.meta.url));

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
};

/** Addresses on other hosts that the page has tried to reach. */
const foreign: string[] = [];
/** Chromium itself calls these at its start. */
const BROWSERS_OWN = /\b(?:google|googleapis|gvt1)\.com\b/;
const record = (url = '') => {
  if (!BROWSERS_OWN.test(url)) foreign.push(url);
};
/** Everything that is not for this machine goes through it. */
const proxy = createServer(({ url }, response) => {
  record(url);
  response.writeHead(403).end();
}).on('connect', ({ url }, socket) => {
  record(url);
  socket.end();
});

let browser: Browser;
beforeAll(async () => {
  if (!hasBrowser) return;
  browser = await chromium.launch({
    executablePath: BROWSER,
    proxy: { server: `http://127.0.0.1:${await listening(proxy)}`, bypass: '127.0.0.1' },
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
});
afterAll(async () => {
  await browser?.close();
  proxy.close();
});

/** A page in a profile of its own, and the errors in it. */
interface OpenedPage {
  context: BrowserContext;
  page: Page;
  errors: string[];
  /** The number of times that the page was loaded. */
  loads: () => number;
}

/** Opens the page in a new profile, as a visitor sees it for the first time. */
async function openPage(url: string): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  context.setDefaultTimeout(100_000); // generous, for a busy machine
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) record(request.url());
  });
  const page = await context.newPage();
  const errors: string[] = [];
  let loads = 0;
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('domcontentloaded', () => loads++);
  await page.goto(url);
  return { context, page, errors, loads: () => loads };
}

/** Waits until the page shows the prediction of a galaxy, which it marks. */
const prediction = (page: Page) =>
  page.waitForFunction(() => performance.getEntriesByName('first answer').length > 0);

const isIsolated = (page: Page) => page.evaluate<boolean>('crossOriginIsolated');

/** Waits until the page is in the browser. @returns the names of its caches */
const keptCaches = (page: Page) =>
  page.evaluate<string[]>('navigator.serviceWorker.ready.then(() => caches.keys())');

/** The threads that ONNX Runtime has started. */
const threads = (page: Page) => page.workers().filter((worker) => worker.url().includes('ort-wasm')).length;

const BUILD = /^self\.build = (.*);$/m;

/** The version and the files that a service worker keeps. */
const buildOf = (script: string): { files: Record<string, { integrity: string; isLate: boolean }> } =>
  JSON.parse(BUILD.exec(script)![1]!);

describe.skipIf(!hasBrowser)(`the page from tuningfork serve${skipped}`, () => {
  let server: ChildProcess;
  let url: string;
  let outcome: ReturnType<typeof outcomeOf>;
  beforeAll(async () => {
    const child = spawn(process.execPath, [entry, 'serve'], { stdio: ['ignore', 'pipe', 'pipe'] });
    server = child;
    outcome = outcomeOf(child);
    url = await new Promise((resolve) => {
      child.stdout.once('data', (text: string) => resolve(text.trim()));
    });
  });

  it('is isolated, computes with a thread for each core, and is not reloaded', async () => {
    const { context, page, errors, loads } = await openPage(url);
    await prediction(page);
    expect(await isIsolated(page)).toBe(true);
    const cores = await page.evaluate<number>('navigator.hardwareConcurrency');
    expect(threads(page)).toBe(cores - 1); // the worker itself is one
    expect(await keptCaches(page)).toHaveLength(1);
    expect([loads(), errors]).toEqual([1, []]);
    await context.close();
  });

  /** The status of a request as it is, without the clean-up of `fetch`. */
  const statusOf = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<number>((resolve, reject) => {
      const sent = request(new URL(url), { path, headers, method, agent: false }, (response) => {
        resolve(response.resume().statusCode!);
      });
      sent.on('error', reject).end();
    });

  it('refuses paths outside its folder, names of other hosts, and other methods', async () => {
    const { host, port } = new URL(url);
    expect(await statusOf('/')).toBe(200);
    expect(await statusOf('/', { Host: `localhost:${port}` })).toBe(200);
    // The package has one copy of the model, so that this is its address whatever the hash.
    expect(await statusOf('/assets/box-0.safetensors')).toBe(200);
    const paths = [
      '/../package.json',
      '/assets/../../cli/main.js',
      '/%2e%2e/%2e%2e/package.json',
      '/..%2f..%2fpackage.json',
      '/assets/..%5c..%5ccli%5cmain.js',
      '//etc/passwd',
      '/%00',
      '/box.md',
      '/box.safetensors',
      '/assets/box-../box.safetensors',
    ];
    for (const path of paths) expect(await statusOf(path), path).toBe(404);
    for (const name of ['evil.example', `evil.example:${port}`, '127.0.0.1:1', `${host}.evil.example`])
      expect(await statusOf('/', { Host: name }), name).toBe(403);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(await statusOf('/', {}, method), method).toBe(405);
    expect(await statusOf('/', { Range: 'bytes=10-5' })).toBe(200);
  });

  it('ends with exit code 0 at Ctrl-C', async () => {
    server.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 0, signal: null, stderr: 'Ctrl-C stops the server\n' });
  });
});

describe.skipIf(!hasBrowser)(`the page from a static host${skipped}`, () => {
  /** Changes what the host answers. */
  let answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  let opened: OpenedPage;
  let server: Server;
  let url: string;
  beforeAll(async () => {
    const files = sirv(folder);
    server = createServer((request, response) => {
      if (answer?.(request, response)) return;
      if (!request.url!.startsWith('/some/where/')) {
        response.writeHead(404).end();
        return;
      }
      request.url = request.url!.slice('/some/where'.length);
      files(request, response);
    });
    url = `http://127.0.0.1:${await listening(server)}/some/where/`;
    opened = await openPage(url);
  });
  afterAll(async () => {
    await opened?.context.close();
    server?.close();
  });

  it('is isolated after it has reloaded once', async () => {
    const { page, errors, loads } = opened;
    await page.waitForFunction(() => (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated);
    await prediction(page);
    expect(threads(page)).toBeGreaterThan(0);
    expect([loads(), errors]).toEqual([2, []]);
  });

  it('takes a newer version as a whole', async () => {
    const { page } = opened;
    const newer = Buffer.from(
      readFileSync(join(folder, 'index.html'), 'utf8').replace('<title>', '<title>Newer '),
    );
    const script = readFileSync(join(folder, 'service-worker.js'), 'utf8');
    const { files } = buildOf(script);
    const integrity = `sha256-${createHash('sha256').update(newer).digest('base64')}`;
    const build = { version: 'newer', files: { ...files, '': { ...files['']!, integrity } } };
    const changed: Record<string, [string, string | Buffer]> = {
      '/some/where/service-worker.js': [
        'text/javascript',
        script.replace(BUILD, () => `self.build = ${JSON.stringify(build)};`),
      ],
      '/some/where/': ['text/html', newer],
    };
    answer = ({ url }, response) => {
      const found = changed[url!];
      if (found) response.setHeader('Content-Type', found[0]).end(found[1]);
      return found !== undefined;
    };
    const [old] = await keptCaches(page);
    await page.reload();
    expect(await page.title()).not.toContain('Newer');
    await page.evaluate(`new Promise((done) => {
      const look = async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        if (registration.waiting) done(); else setTimeout(look, 50);
      };
      look();
    })`);
    await page.reload();
    await page.waitForFunction(() =>
      (globalThis as unknown as { document: { title: string } }).document.title.includes('Newer'),
    );
    const kept = await keptCaches(page);
    expect(kept).toHaveLength(1);
    expect(kept).not.toEqual([old]);
  });

  it('works without its host after the first visit', async () => {
    const { page, errors } = opened;
    server.closeAllConnections();
    answer = (_, response) => Boolean(response.destroy());
    await page.reload();
    await prediction(page);
    expect(await page.title()).toContain('Newer');
    expect(await isIsolated(page)).toBe(true);
    expect(errors.filter((each) => !each.includes('service-worker.js'))).toEqual([]);
  });
});

it.skipIf(!hasBrowser)(`nothing reaches another host${skipped}`, () => {
  expect(foreign).toEqual([]);
});

/** The megabytes that a first visit fetches, compressed. */
it('a first visit fetches less than 15 MB', () => {
  const script = readFileSync(join(folder, 'service-worker.js'), 'utf8');
  const { files } = buildOf(script);
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && each.name !== 'service-worker.js')
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1));
  expect(
    Object.keys(files)
      .map((name) => name || 'index.html')
      .sort(),
  ).toEqual(names.sort());
  const sizes = names
    .filter((name) => !files[name.replace('index.html', '')]!.isLate)
    .map((name) => ({ name, bytes: gzipSync(readFileSync(join(folder, name))).length }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(
    [...sizes, { name: 'in all', bytes: total }]
      .map(({ name, bytes }) => `${(bytes / 1e6).toFixed(2).padStart(6)} MB  ${name}`)
      .join('\n'),
  );
  expect(total).toBeLessThan(15e6);
});
