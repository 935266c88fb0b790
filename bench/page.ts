/** The page in Chromium against Node: the first answer, pictures per second, products of matrices, and the size by part. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import sharp from 'sharp';
import sirv from 'sirv';
import { build } from 'vite';
import { matmul } from '../src/engine/graph/matmul.ts';
import { elements, input } from '../src/engine/graph/tensor.ts';
import type { Program } from '../src/engine/runtime/program.ts';
import { UserError } from '../src/errors.ts';
import { readModel } from '../src/model/model.ts';
import { compile } from '../src/node/runtime/device.ts';
import { FRAME_SIZE } from '../src/picture/record.ts';
import { predictionOutputs } from '../src/predict/predict.ts';
import { drawObject } from '../src/sky/population.ts';
import { renderPicture } from '../src/sky/render.ts';
import { PAGE_HEADERS } from '../src/tasks/pageHeaders.ts';
import type { Benchmark } from './benchmark.ts';
import { scratchFolder } from './pictures.ts';
import { median } from './turns.ts';

const BROWSER = '/usr/bin/chromium';
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = join(root, 'dist/page');

/** As for many pictures, which pay for spectral convolutions. */
const VIEWS = 1000;
/** The simulated galaxy of the first answer. */
const [SEED, INDEX] = [2014, 100_001];
/** The product of two matrices of this size. */
const SIDE = 1024;

type Measured = 'network' | 'product';

/** Takes turns with others: seconds of one run. */
interface Contestant {
  name: string;
  threads: number;
  seconds(what: Measured): Promise<number>;
}

async function inNode(batch: number, threads: number): Promise<Contestant> {
  const model = readModel(readFileSync(join(root, 'models/box.safetensors')), 'box');
  const device = { name: 'cpu', threads };
  const [a, b] = [input('a', [SIDE, SIDE]), input('b', [SIDE, SIDE])];
  const programs: Record<Measured, Program> = {
    network: await compile(predictionOutputs(model, batch, VIEWS), device),
    product: await compile({ product: matmul(a, b) }, device),
  };
  return {
    name: 'Node',
    threads,
    async seconds(what) {
      const { inputs } = programs[what];
      const feeds = Object.entries(inputs).map(([name, shape]) => {
        return [name, new Float32Array(elements(shape)).fill(0.5)];
      });
      const start = performance.now();
      await programs[what].run(Object.fromEntries(feeds));
      return (performance.now() - start) / 1000;
    },
  };
}

/** The same as {@link inNode}, in a worker of a page. */
const worker = (batch: number) => `
  import { readModel } from 'tuningfork';
  import { input, matmul } from 'tuningfork/engine';
  import { compile } from 'tuningfork/web';
  import { predictionOutputs } from '${join(root, 'dist/predict/predict.js')}';
  let programs;
  async function open(threads) {
    const bytes = await (await fetch(new URL('/box.safetensors', location.origin))).arrayBuffer();
    const device = { name: 'wasm', threads };
    const [a, b] = [input('a', [${SIDE}, ${SIDE}]), input('b', [${SIDE}, ${SIDE}])];
    programs = {
      network: await compile(predictionOutputs(readModel(new Uint8Array(bytes), 'box'), ${batch}, ${VIEWS}), device),
      product: await compile({ product: matmul(a, b) }, device),
    };
  }
  onmessage = async ({ data: { threads, what } }) => {
    if (what === undefined) {
      await open(threads);
      postMessage(0);
      return;
    }
    const feeds = Object.entries(programs[what].inputs).map(([name, shape]) => {
      return [name, new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5)];
    });
    const start = performance.now();
    await programs[what].run(Object.fromEntries(feeds));
    postMessage((performance.now() - start) / 1000);
  };`;

const MAIN = `
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  globalThis.ask = (data) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(data);
  });`;

/** Builds and serves the page of {@link worker}. @returns its address */
async function servePeer(batch: number): Promise<string> {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'node_modules'));
  mkdirSync(join(folder, 'public'));
  symlinkSync(root, join(folder, 'node_modules/tuningfork'));
  symlinkSync(join(root, 'models/box.safetensors'), join(folder, 'public/box.safetensors'));
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="main.js"></script>');
  writeFileSync(join(folder, 'main.js'), MAIN);
  writeFileSync(join(folder, 'worker.js'), worker(batch));
  const outDir = join(folder, 'site');
  await build({
    root: folder,
    logLevel: 'error',
    worker: { format: 'es' },
    build: { target: 'es2022', outDir },
  });
  const files = sirv(outDir, {
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    },
  });
  const server = createServer((request, response) => files(request, response)).unref();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function inBrowser(browser: Browser, url: string, threads: number): Promise<Contestant> {
  const tab = await browser.newPage();
  await tab.goto(url);
  const ask = (data: object) => tab.evaluate<number>(`ask(${JSON.stringify(data)})`);
  await ask({ threads });
  return { name: 'Chromium, wasm', threads, seconds: (what) => ask({ what }) };
}

/** Seconds from opening the page to its answer about one picture, with an empty cache. The page marks the answer. */
async function firstAnswer(browser: Browser): Promise<number> {
  const pixels = renderPicture(drawObject(SEED, INDEX), SEED, INDEX);
  const raw = { width: FRAME_SIZE, height: FRAME_SIZE, channels: 3 } as const;
  const galaxy = await sharp(pixels, { raw }).jpeg().toBuffer();
  const server = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'serve', '--json']);
  try {
    const url: string = await new Promise((resolve) => {
      server.stdout.once('data', (text) => resolve(JSON.parse(text).url));
    });
    const context = await browser.newContext();
    const tab = await context.newPage();
    await tab.goto(url);
    await tab.locator('input[multiple]:enabled').waitFor({ state: 'attached' });
    await tab.setInputFiles('input[multiple]', {
      name: 'galaxy.jpg',
      mimeType: 'image/jpeg',
      buffer: galaxy,
    });
    const mark = await tab.waitForFunction(() => performance.getEntriesByName('first answer')[0]?.startTime);
    const milliseconds = await mark.jsonValue();
    await context.close();
    return milliseconds! / 1000;
  } finally {
    server.kill('SIGINT');
  }
}

/** Megabytes of the page, compressed, by the ending of files. */
function sizes(): Record<string, number> {
  const parts: Record<string, number> = {};
  for (const file of readdirSync(page, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const bytes = gzipSync(readFileSync(join(file.parentPath, file.name))).length;
    const part = /webgpu|asyncify/.test(file.name) ? 'WebGPU' : extname(file.name).slice(1);
    parts[part] = (parts[part] ?? 0) + bytes / 1e6;
  }
  return parts;
}

export const pageInBrowser: Benchmark = {
  summary: 'the page in Chromium against Node, with 1 and 2 threads; needs npm run build',
  flags: { batch: '32', rounds: '5' },
  fewestRounds: 1,
  async *run({ batches, rounds }) {
    if (!existsSync(BROWSER)) throw new UserError(`${BROWSER} is not here: apt-get install chromium`);
    if (!existsSync(page)) throw new UserError(`${page}: no such folder; npm run build makes it`);
    const browser = await chromium.launch({
      executablePath: BROWSER,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    try {
      for (const batch of batches) {
        const answers: number[] = [];
        for (let round = 0; round < rounds; round++) answers.push(await firstAnswer(browser));
        const url = await servePeer(batch);
        const contestants: Contestant[] = [];
        for (const threads of [1, 2])
          contestants.push(await inNode(batch, threads), await inBrowser(browser, url, threads));
        const seconds = contestants.map(() => ({ network: [] as number[], product: [] as number[] }));
        for (let round = -1; round < rounds; round++) {
          for (const [i, contestant] of contestants.entries()) {
            for (const what of ['network', 'product'] as const) {
              const time = await contestant.seconds(what);
              if (round >= 0) seconds[i]![what].push(time);
            }
          }
        }
        const rows = contestants.map(({ name, threads }, i) => ({
          name,
          threads,
          imagesPerSecond: batch / median(seconds[i]!.network),
          gigaflops: (2 * SIDE ** 3) / median(seconds[i]!.product) / 1e9,
        }));
        const parts = sizes();
        yield {
          title: `batch ${batch}`,
          table: [
            ['', 'threads', 'img/s', 'of Node', 'GFLOP/s', 'of Node'],
            ...rows.map(({ name, threads, imagesPerSecond, gigaflops }) => {
              const node = rows.find((row) => row.name === 'Node' && row.threads === threads)!;
              const share = (value: number, of: number) => `${((100 * value) / of).toFixed(0)} %`;
              return [
                name,
                `${threads}`,
                imagesPerSecond.toFixed(1),
                share(imagesPerSecond, node.imagesPerSecond),
                gigaflops.toFixed(1),
                share(gigaflops, node.gigaflops),
              ];
            }),
          ],
          notes: [
            `GFLOP/s: products of matrices ${SIDE}×${SIDE}`,
            `first answer with an empty cache, from this machine: ${median(answers).toFixed(2)} s`,
            `compressed: ${Object.entries(parts)
              .map(([part, megabytes]) => `${part} ${megabytes.toFixed(2)} MB`)
              .join(', ')}`,
          ],
          rows: [
            ...rows,
            { name: 'first answer', seconds: median(answers) },
            { name: 'megabytes', ...parts },
          ],
          headline: {},
          versions: { chromium: browser.version() },
        };
      }
    } finally {
      await browser.close();
    }
  },
};
