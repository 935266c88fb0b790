/** `tuningfork/engine` as users have it: what it loads, and the classifier of docs/engine.md in Node and in a browser. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import ts from 'typescript';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './command.ts';
import { markdownBlocks } from './examples/collect.ts';

const BROWSER = '/usr/bin/chromium';
const hasBrowser = existsSync(BROWSER);
const skipped = hasBrowser
  ? ''
  : ` (skipped: ${BROWSER} is not here; apt-get install --no-install-recommends chromium)`;

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const { path, remove } = temporaryFolder();
afterAll(remove);

interface Result {
  accuracy: number;
  losses: number[];
}

/** The example, as a module that exports nothing and calls `done`. */
function classifier(): string {
  const block = markdownBlocks(root, 'ts')
    .get('docs/engine.md')!
    .find(({ code }) => code.includes('fit('))!;
  expect(block.code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(25);
  const code = `${block.code}\ndone({ accuracy, losses: trained.history.map(({ loss }) => loss) });\n`;
  return ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022 } }).outputText;
}

const node = (code: string): string =>
  execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: path(), encoding: 'utf8' });

beforeAll(() => {
  mkdirSync(path('node_modules'));
  symlinkSync(root, path('node_modules/tuningfork'));
  writeFileSync(path('package.json'), '{ "type": "module" }');
});

describe('importing the engine', () => {
  it('loads neither ONNX Runtime nor anything else from node_modules', () => {
    const loaded = node(`
      import { createRequire } from 'node:module';
      await import('tuningfork/engine');
      const libraries = process.report.getReport().sharedObjects.filter((each) => /onnxruntime|sharp|vips/.test(each));
      console.log(JSON.stringify([...libraries, ...Object.keys(createRequire('file:///').cache)]));
    `);
    expect(JSON.parse(loaded)).toEqual([]);
  });

  it('reaches only files of the engine and what it stands on', () => {
    const seen = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const code = readFileSync(file, 'utf8');
      for (const [, from] of code.matchAll(/^(?:import|export)\b[^;]*?from ['"]([^'"]+)['"];/gm)) {
        expect(from, `${file} imports a package`).toMatch(/^\./);
        visit(join(file, '..', from!));
      }
    };
    for (const entry of ['index.js', 'index.node.js']) visit(join(root, 'dist/engine', entry));
    const rooms = [...seen].map((file) => file.slice(join(root, 'dist/').length).replace(/\/.*/, ''));
    expect([...new Set(rooms)].sort()).toEqual(['engine', 'errors.js', 'random']);
  });
});

describe('the classifier of docs/engine.md', () => {
  let inNode: Result;

  it('learns in Node', () => {
    const text = node(`const done = (result) => console.log(JSON.stringify(result));\n${classifier()}`);
    inNode = JSON.parse(text);
    expect(inNode.accuracy).toBeGreaterThan(0.9);
    expect(inNode.losses[0]).toBeLessThan(Math.log(10) * 1.5);
    expect(inNode.losses.at(-1)).toBeLessThan(0.3 * inNode.losses[0]!);
  });

  it.skipIf(!hasBrowser)(`is bundled by vite, and learns the same in a browser${skipped}`, async () => {
    writeFileSync(path('index.html'), '<script type="module" src="main.js"></script>');
    writeFileSync(
      path('main.js'),
      `${classifier()}\nfunction done(result) { globalThis.result = result; }\n`,
    );
    await build({
      root: path(),
      logLevel: 'error',
      build: { target: 'esnext', outDir: path('site') },
    });
    const server = await serve(path('site'));
    const browser = await chromium.launch({
      executablePath: BROWSER,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    try {
      const page = await browser.newPage();
      const heard: string[] = [];
      page.on('console', (message) => heard.push(message.text()));
      page.on('pageerror', (error) => heard.push(error.message));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page
        .waitForFunction('globalThis.result !== undefined', undefined, { timeout: 100_000 })
        .catch(() => {
          throw new Error(`no result; the page said: ${heard.join('\n')}`);
        });
      expect(await page.evaluate<boolean>('crossOriginIsolated')).toBe(true);
      const inBrowser = await page.evaluate<Result>('globalThis.result');
      expect(heard).toEqual([]);
      expect(inBrowser.accuracy).toBeGreaterThan(0.9);
      expect(inBrowser.losses).toHaveLength(inNode.losses.length);
      for (const [i, loss] of inBrowser.losses.entries()) {
        expect(Math.abs(loss - inNode.losses[i]!), `epoch ${i + 1}`).toBeLessThan(1e-4);
      }
    } finally {
      await browser.close();
      server.close();
    }
  });
});

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Serves a folder with the headers that threads need. */
async function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const file = join(
      folder,
      request.url === '/' ? 'index.html' : new URL(request.url!, 'http://x').pathname,
    );
    if (!existsSync(file)) {
      response.writeHead(request.url === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}
