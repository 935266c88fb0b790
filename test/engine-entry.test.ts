/** The entry points as users get them: the modules that `tuningfork/engine` loads, and the `default` conditions in a browser. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import ts from 'typescript';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../src/model/model.ts';
import type { ChosenDevice } from '../src/web/chooseDevice.ts';
import { temporaryFolder } from './command.ts';
import { markdownBlocks } from './examples/collect.ts';
import { smallModel } from './fixtures/smallModel.ts';
import { galaxyFractions, galaxyIds, writeSky } from './galaxies.ts';

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

/** The example, as a module that calls `done`. */
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

  it('reaches only files of the engine and the rooms below it', () => {
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
    expect([...new Set(rooms)].sort()).toEqual(['engine', 'errors.js', 'files', 'random']);
  });
});

/** Chromium's own software driver. */
const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Runs modules in a page that vite has bundled. @returns the values that they assign to `globalThis.results`, by name */
async function inBrowser(modules: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  for (const [name, code] of Object.entries(modules)) writeFileSync(path(`${name}.js`), code);
  const names = Object.keys(modules);
  const start = `globalThis.results = {};\nfor (const each of [${names.map((name) => `() => import('./${name}.js')`)}]) await each();\n`;
  writeFileSync(path('index.html'), '<script type="module" src="main.js"></script>');
  writeFileSync(path('main.js'), `${start}globalThis.finished = true;\n`);
  await build({ root: path(), logLevel: 'error', build: { target: 'esnext', outDir: path('site') } });
  const server = await serve(path('site'));
  const browser = await chromium.launch({
    executablePath: BROWSER,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...SOFTWARE_WEBGPU],
  });
  try {
    const page = await browser.newPage();
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('globalThis.finished', undefined, { timeout: 100_000 }).catch(() => {
      throw new Error(`no result; the page said: ${heard.join('\n')}`);
    });
    expect(await page.evaluate<boolean>('crossOriginIsolated')).toBe(true);
    expect(heard).toEqual([]);
    return await page.evaluate<Record<string, unknown>>('globalThis.results');
  } finally {
    await browser.close();
    server.close();
  }
}

/** Two made-up pictures, as the page and Node compute them. */
const PICTURES = `[7, 11].map((factor) => ({
  id: String(factor),
  image: {
    kind: 'pixels',
    name: String(factor),
    pixels: Uint8Array.from({ length: 424 * 424 * 3 }, (_, i) => ((i * factor) % 2003) % 256),
  },
}))`;

/** A module that predicts the pictures with the model 'model.safetensors' and assigns the fractions. */
const predictionIn = (imports: string, model: string, platform: string, assign: string) => `
  ${imports}
  const bytes = new Uint8Array(${model});
  const fractions = [];
  const galaxies = ${PICTURES};
  for await (const each of predictGalaxies(${platform}, readModel(bytes, 'model.safetensors'), galaxies, { views: 4, batch: 4, workers: 1 }))
    fractions.push(...each.fractions);
  ${assign}`;

const LABELLED = galaxyIds(24);
const TRAINING = '{ epochs: 4, batch: 4, seed: 3, validation: 0.17 }';

/** A module that fine-tunes 'model.safetensors' on the labelled pictures of 'sky' and assigns the losses after each step. */
const TRAINED_IN_PAGE = `
  import { fineTune, openModel } from 'tuningfork/web';
  const labels = await (await fetch('labels.json')).json();
  const galaxies = await Promise.all(Object.entries(labels).map(async ([id, fractions]) => {
    const name = id + '.jpg';
    const blob = await (await fetch('sky/images_training_rev1/' + name)).blob();
    return { id, image: { kind: 'blob', name, blob }, fractions: Float64Array.from(fractions), weight: 1 };
  }));
  const losses = [];
  for await (const event of fineTune(await openModel('model.safetensors'), galaxies, ${TRAINING}))
    if (event.kind === 'step') losses.push(event.loss);
  globalThis.results.losses = losses;`;

/** The same in Node. */
const TRAINED_IN_NODE = `
  import { train } from 'tuningfork';
  const losses = [];
  const onEvent = (event) => event.kind === 'step' && losses.push(event.loss);
  await train({ data: 'public/sky', model: 'public/model.safetensors', ...${TRAINING}, out: 'trained', onEvent });
  console.log(JSON.stringify(losses));`;

/** The example of docs/page.md, given a picture and a broken file; assigns what it shows. */
function component(): string {
  const [block] = markdownBlocks(root, 'js').get('docs/page.md')!;
  expect(block!.code.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
  return `
    document.body.innerHTML = '<input type="file" multiple><ul></ul>';
    ${block!.code.replace('models/box.safetensors', 'model.safetensors')}
    const picture = await (await fetch('sky/images_training_rev1/${LABELLED[0]}.jpg')).blob();
    await classify([new File([picture], 'galaxy.jpg'), new File(['text'], 'broken.jpg')]);
    globalThis.results.component = [...list.children].map(({ textContent }) => textContent);`;
}

describe('in a browser', () => {
  let fromBrowser: {
    classifier: Result;
    prediction: number[];
    losses: number[];
    component: string[];
    hardware: ChosenDevice;
    software: ChosenDevice;
  };

  beforeAll(async () => {
    const model = encodeModel(smallModel());
    mkdirSync(path('public'));
    writeFileSync(path('public/model.safetensors'), model);
    await writeSky(path('public/sky'), LABELLED);
    const labels = LABELLED.map((id) => [id, Array.from(galaxyFractions(id))]);
    writeFileSync(path('public/labels.json'), JSON.stringify(Object.fromEntries(labels)));
    if (!hasBrowser) return;
    fromBrowser = (await inBrowser({
      classifier: `${classifier()}\nfunction done(result) { globalThis.results.classifier = result; }\n`,
      prediction: predictionIn(
        `import { readModel } from 'tuningfork'; import { predictGalaxies, webPlatform } from 'tuningfork/web';`,
        `await (await fetch('model.safetensors')).arrayBuffer()`,
        'webPlatform()',
        'globalThis.results.prediction = fractions;',
      ),
      devices: `
        import { chooseDevice } from 'tuningfork/web';
        globalThis.results.hardware = await chooseDevice();
        globalThis.results.software = await chooseDevice({ software: true });`,
      training: TRAINED_IN_PAGE,
      component: component(),
    })) as typeof fromBrowser;
  });

  it.skipIf(!hasBrowser)(`the classifier of docs/engine.md learns as in Node${skipped}`, () => {
    const code = `const done = (result) => console.log(JSON.stringify(result));\n${classifier()}`;
    const inNode: Result = JSON.parse(node(code));
    expect(inNode.accuracy).toBeGreaterThan(0.9);
    expect(inNode.losses[0]).toBeLessThan(Math.log(10) * 1.5);
    expect(inNode.losses.at(-1)).toBeLessThan(0.3 * inNode.losses[0]!);
    const { accuracy, losses } = fromBrowser.classifier;
    expect(accuracy).toBeGreaterThan(0.9);
    expect(losses).toHaveLength(inNode.losses.length);
    for (const [i, loss] of losses.entries()) {
      expect(Math.abs(loss - inNode.losses[i]!), `epoch ${i + 1}`).toBeLessThan(1e-4);
    }
  });

  it.skipIf(!hasBrowser)(`a model predicts as in Node${skipped}`, () => {
    const inNode: number[] = JSON.parse(
      node(
        predictionIn(
          `import { readFileSync } from 'node:fs'; import { readModel } from 'tuningfork';
           import { predictGalaxies } from '${root}/dist/predict/predict.js';
           import { nodePlatform } from '${root}/dist/node/platform.js';`,
          `readFileSync('public/model.safetensors')`,
          'nodePlatform',
          'console.log(JSON.stringify(fractions));',
        ),
      ),
    );
    expect(inNode).toHaveLength(2 * 37);
    expect(new Set(inNode).size).toBeGreaterThan(60);
    for (const [i, fraction] of fromBrowser.prediction.entries())
      expect(Math.abs(fraction - inNode[i]!)).toBeLessThan(1e-5);
  });

  it.skipIf(!hasBrowser)(
    `WebGPU is chosen if it passes its check; a simulated GPU is used on request only${skipped}`,
    () => {
      const { hardware, software } = fromBrowser;
      expect(hardware).toEqual({
        device: 'wasm',
        threads: availableParallelism(),
        reason: 'google swiftshader only simulates a GPU',
      });
      expect(software).toEqual({ device: 'webgpu', threads: 1, reason: 'google swiftshader' });
    },
  );

  it.skipIf(!hasBrowser)(`the example of docs/page.md classifies files${skipped}`, () => {
    expect(fromBrowser.component).toEqual([
      expect.stringMatching(/^broken\.jpg: not a JPEG, PNG, TIFF, WebP or FITS file/),
      expect.stringMatching(/^galaxy: (?:smooth|features or disk|star or artifact)/),
    ]);
  });

  it.skipIf(!hasBrowser)(`fine-tuning has the losses of Node${skipped}`, () => {
    const inNode: number[] = JSON.parse(node(TRAINED_IN_NODE));
    expect(inNode).toHaveLength(20);
    expect(inNode[0]).toBeGreaterThan(0.1);
    expect(fromBrowser.losses).toHaveLength(inNode.length);
    for (const [i, loss] of fromBrowser.losses.entries())
      expect(Math.abs(loss - inNode[i]!), `step ${i + 1}`).toBeLessThan(1e-4);
  });
});

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Serves a folder with the headers that threads require. */
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
