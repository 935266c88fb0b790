/** The built page in a browser: from `tuningfork serve`, from a static host without headers, and offline. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import sirv from 'sirv';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeModel } from '../src/model/model.ts';
import { entry, outcomeOf, succeed, temporaryFolder } from './command.ts';
import { smallModel } from './fixtures/smallModel.ts';
import { galaxyIds, galaxyPicture } from './galaxies.ts';

const BROWSER = '/usr/bin/chromium';
const hasBrowser = existsSync(BROWSER);
const skipped = hasBrowser
  ? ''
  : ` (skipped: ${BROWSER} is not here; apt-get install --no-install-recommends chromium)`;

const folder = fileURLToPath(new URL('../dist/page', import.meta.url));
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

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

/** Chromium simulates a GPU with these. */
const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

let browser: Browser;
let proxyPort: number;
const launched = (...args: string[]) =>
  chromium.launch({
    executablePath: BROWSER,
    proxy: { server: `http://127.0.0.1:${proxyPort}`, bypass: '127.0.0.1' },
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...args],
  });
beforeAll(async () => {
  if (!hasBrowser) return;
  proxyPort = await listening(proxy);
  browser = await launched();
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

/** Opens the page in a new profile, as a visitor sees it for the first time. @param bypassCSP lets tests run scripts of their own */
async function openPage(url: string, bypassCSP = false, inBrowser = browser): Promise<OpenedPage> {
  const context = await inBrowser.newContext({ viewport: { width: 1200, height: 800 }, bypassCSP });
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

/** Gives the page files, as if they were picked. */
const pick = (page: Page, files: Parameters<Page['setInputFiles']>[1]) =>
  page.setInputFiles('input[multiple]', files);

/** Drops files and folders of the disk on the page. */
async function drop(page: Page, ...files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 200, data });
  await session.detach();
}

/** Gives the page a galaxy, and waits until it shows the prediction. */
async function prediction(page: Page): Promise<void> {
  const [id] = galaxyIds(1);
  const name = `visit-${Date.now()}`;
  await page.locator('input[multiple]:enabled').waitFor({ state: 'attached' });
  await pick(page, { name: `${name}.jpg`, mimeType: 'image/jpeg', buffer: await galaxyPicture(id!) });
  await page.getByRole('button', { name }).waitFor();
}

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

  /** The status of a request as it is, without the clean-up of `fetch`; of a refusal, also its reason. */
  const statusOf = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<number | string>((resolve, reject) => {
      const sent = request(new URL(url), { path, headers, method, agent: false }, async (response) => {
        const { statusCode } = response;
        if (statusCode !== 403 && statusCode !== 405) resolve(response.resume().statusCode!);
        else resolve(`${statusCode} ${(await response.toArray()).join('')}`);
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
      expect(await statusOf('/', { Host: name }), name).toBe(`403 The page is at ${url} only.`);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(await statusOf('/', {}, method), method).toBe('405 The page can only be read: use GET or HEAD.');
    expect(await statusOf('/', { Range: 'bytes=10-5' })).toBe(200);
  });

  describe('at a visit', () => {
    const { path, remove } = temporaryFolder();
    const ids = galaxyIds(6);
    let opened: OpenedPage;
    beforeAll(async () => {
      mkdirSync(path('cutouts'));
      for (const id of ids) writeFileSync(path('cutouts', `${id}.jpg`), await galaxyPicture(id));
      opened = await openPage(url, true);
    });
    afterAll(async () => {
      await opened?.context.close();
      remove();
    });

    const tiles = () => opened.page.locator('.tile');
    const view = (name: string) => opened.page.getByRole('link', { name, exact: true }).click();

    /** The file that a button saves. */
    async function saved(name: string, { page } = opened): Promise<string> {
      const button = page.getByRole('button', { name, exact: true }).first();
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
      await download.saveAs(path(download.suggestedFilename()));
      return path(download.suggestedFilename());
    }

    const tableOf = (file: string) =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','));

    /** Compares a table of the page with that of the command. */
    function expectPredictionsOfNode([header, ...inPage]: string[][], galaxies: number): void {
      const [expected, ...inNode] = tableOf(path('node.csv'));
      expect(header).toEqual(expected);
      expect(inPage).toHaveLength(galaxies);
      const rows = new Map(inNode.map(([id, ...cells]) => [id, cells.map(Number)]));
      for (const [id, ...cells] of inPage)
        for (const [i, cell] of cells.entries())
          expect(Math.abs(rows.get(id!)![i]! - Number(cell))).toBeLessThan(1e-5);
    }

    it('goes on after a reload in the middle, when the same folder is dropped again', async () => {
      const { page } = opened;
      const all = 72;
      mkdirSync(path('sky'));
      for (let i = 0; i < all; i++)
        copyFileSync(path('cutouts', `${ids[i % ids.length]}.jpg`), path('sky', `${i}.jpg`));
      await page.locator('input[multiple]:enabled').waitFor({ state: 'attached' });
      await drop(page, path('sky'));
      await page.waitForFunction('document.querySelector(".tile")'); // looks at each frame
      await page.reload();
      const number = async () => Number.parseInt(await page.getByText(/^\d+ galaxies$/).innerText(), 10);
      const kept = await number();
      expect(kept % 8).toBe(0); // whole batches
      expect(kept).toBeGreaterThan(0);
      expect(kept).toBeLessThan(all);
      await drop(page, path('sky'));
      await page.getByText(`${kept} pictures skipped: already classified`).waitFor();
      await page.getByText(`${all} galaxies`).waitFor();
      await page.getByRole('button', { name: 'Remove…' }).click();
      await page.getByRole('button', { name: `Remove ${all} results` }).click();
      await tiles().first().waitFor({ state: 'detached' });
    });

    it('classifies files as the command does', async () => {
      const { page } = opened;
      writeFileSync(path('broken.jpg'), '<html>');
      await page.locator('input[multiple]:enabled').waitFor({ state: 'attached' });
      await pick(page, [...ids.map((id) => path('cutouts', `${id}.jpg`)), path('broken.jpg')]);
      await tiles().nth(5).waitFor();
      await page.getByText('broken.jpg: not a JPEG, PNG, TIFF, WebP or FITS file').waitFor();
      await succeed('predict', '--images', path('cutouts'), '--out', path('node.csv'), '--quiet');
      expectPredictionsOfNode(tableOf(await saved('CSV')), 6);
      await page.getByRole('searchbox', { name: 'Name' }).fill(String(ids[2]));
      await page.waitForFunction('document.querySelectorAll(".tile").length === 1');
      await page.getByRole('searchbox', { name: 'Name' }).fill('');
    });

    it('classifies on WebGPU as well', async () => {
      const withGpu = await launched(...SOFTWARE_WEBGPU);
      const visit = await openPage(`${url}?webgpu=software`, false, withGpu);
      const { page } = visit;
      await page.getByText('box on WebGPU (google swiftshader)').waitFor();
      await pick(page, path('cutouts', `${ids[0]}.jpg`));
      await page.locator('.tile').waitFor();
      expectPredictionsOfNode(tableOf(await saved('CSV', visit)), 1);
      expect(visit.errors).toEqual([]);
      await withGpu.close();
    });

    it('explains an answer of an open picture', async () => {
      const { page } = opened;
      await tiles().first().getByRole('button').click();
      await page.getByRole('button', { name: 'Explain', exact: true }).click();
      await page.getByRole('img', { name: 'Map of' }).waitFor();
      await page.getByText('bright parts support the answer').waitFor();
      await page.keyboard.press('Escape');
    });

    it('keeps results, but not pictures, when it is closed', async () => {
      const { page } = opened;
      await page.reload();
      await tiles().nth(5).waitFor();
      await tiles().first().getByRole('button').click();
      await page.getByRole('button', { name: 'Explain', exact: true }).click();
      await page.getByText('open the file again to explain it').waitFor();
      await page.keyboard.press('Escape');
    });

    it('counts the votes of people who label with the keyboard', async () => {
      const { page } = opened;
      writeFileSync(path('cutouts', `${ids[5]}.jpg`), await galaxyPicture(1));
      await drop(page, ...ids.map((id) => path('cutouts', `${id}.jpg`)));
      await page.getByText('5 pictures skipped: already classified').waitFor();
      await page
        .getByText(`1 picture replaced by a different one of the same name; the labels are kept: ${ids[5]}`)
        .waitFor();
      await view('Label');
      const labelled = (count: number) => page.getByText(`${count} labelled by`).waitFor();
      const star = async (galaxies: number) => {
        for (let i = 0; i < galaxies; i++) {
          await page.getByRole('heading', { name: 'smooth and rounded' }).waitFor();
          await page.keyboard.press('3'); // star or artifact, the last question
          await labelled(i + 1);
        }
      };
      await star(6);
      await page.getByLabel('Person').fill('Ada');
      await page.getByLabel('Person').blur();
      await labelled(0);
      await star(2);
      await page.keyboard.press('u');
      await labelled(1);
      const [header, ...rows] = tableOf(await saved('Save as CSV'));
      const stars = header!.indexOf('Class1.3_count');
      expect(rows.map((cells) => cells[stars]).sort()).toEqual(['1', '1', '1', '1', '1', '2']);
      await page.setInputFiles('input[accept*=".parquet"]', path('labels.csv'));
      await page.getByText('labels.csv was saved here: the labels of 6 galaxies are already here').waitFor();
    });

    it('trains a model, is closed, goes on, and gives a file that the command reads', async () => {
      const { page } = opened;
      const model = encodeModel(smallModel());
      await view('Models');
      await page.setInputFiles('input[accept=".safetensors"]', {
        name: 'small.safetensors',
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(model),
      });
      await page.getByRole('row', { name: 'small in use' }).waitFor();
      await page.getByRole('textbox', { name: 'Name' }).fill('mine');
      await page.getByRole('combobox', { name: /^Train/ }).selectOption('network');
      await page.getByLabel('Epochs').fill('24');
      await page.getByRole('button', { name: 'Train small on 6 galaxies' }).click();
      await page.getByText(/Epoch \d+ of 24/).waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      await view('Label');
      await page.keyboard.press('3'); // the training goes on with the labels that it began with
      await view('Models');
      await page.getByRole('button', { name: 'Resume' }).click();
      await page.getByText('mine: trained').waitFor();
      await page.getByRole('button', { name: 'Use mine' }).click();
      await page.getByRole('row', { name: 'mine in use' }).waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('row', { name: 'mine' }).getByRole('button', { name: 'Save' }).click(),
      ]);
      await download.saveAs(path('mine.safetensors'));
      await succeed(
        ...[
          'predict',
          '--model',
          path('mine.safetensors'),
          '--images',
          path('cutouts'),
          '--out',
          path('mine.csv'),
        ],
      );
      const stars = tableOf(path('mine.csv'))
        .slice(1)
        .map((cells) => Number(cells[3]));
      expect(Math.min(...stars)).toBeGreaterThan(0.4); // all were labelled as stars
      expect(opened.errors).toEqual([]);
    });

    it.each([
      { width: 1200, colorScheme: 'light' },
      { width: 360, colorScheme: 'dark' },
    ] as const)('is accessible and fits $width px, $colorScheme', async ({ width, colorScheme }) => {
      const { page } = opened;
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      for (const name of ['Classify', 'Label', 'Models']) {
        await view(name);
        await page.evaluate(axe);
        const { violations } = await page.evaluate<AxeResults>('axe.run()');
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
        const [whole, shown] = await page.evaluate<number[]>(
          '[document.documentElement.scrollWidth, innerWidth]',
        );
        expect(whole).toBeLessThanOrEqual(shown!);
      }
    });
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

  it('takes a newer version as a whole at the next visit, and an open page keeps its own', async () => {
    const { page, context } = opened;
    const newer = Buffer.from(
      readFileSync(join(folder, 'index.html'), 'utf8').replace('<title>', '<title>Newer '),
    );
    const script = readFileSync(join(folder, 'service-worker.js'), 'utf8');
    const { files } = buildOf(script);
    const integrity = `sha256-${createHash('sha256').update(newer).digest('base64')}`;
    const removed = Object.keys(files).find((name) => name.startsWith('assets/webp'))!;
    const { [removed]: _, ...others } = files;
    const build = { version: 'newer', files: { ...others, '': { ...files['']!, integrity } } };
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
      else if (url!.endsWith(removed)) response.writeHead(404).end();
      return found !== undefined || url!.endsWith(removed);
    };
    await page.reload();
    expect(await page.title()).not.toContain('Newer');
    /** Waits until the newer version is in the browser, and nothing of it is in these states. */
    const newerIsNot = (...states: string[]) =>
      vi.waitUntil(
        () =>
          page.evaluate(`(async () => {
            const registration = await navigator.serviceWorker.getRegistration();
            return (await caches.keys()).length === 2 && ${JSON.stringify(states)}.every((state) => !registration[state]);
          })()`),
        { timeout: 100_000 },
      );
    await newerIsNot('installing');
    // Chromium ends an idle service worker of an open page after up to 30 s, but not while a debugger is attached.
    const debug = await context.newCDPSession(page);
    await debug.send('ServiceWorker.enable');
    await debug.send('ServiceWorker.stopAllWorkers');
    await newerIsNot('installing', 'waiting');
    expect(await page.evaluate(`fetch(${JSON.stringify(removed)}).then(({ status }) => status)`)).toBe(200);
    await page.reload();
    expect(await page.title()).toContain('Newer');
    expect(await keptCaches(page)).toHaveLength(2);
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
