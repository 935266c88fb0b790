/** Builds the page into dist/page. Every URL in it is relative, so any folder of any static host serves it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { defineConfig, type Plugin } from 'vite';
import { CONTENT_SECURITY_POLICY, PAGE_HEADERS } from '../src/tasks/pageHeaders.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const page = join(here, '../dist/page');
const SERVICE_WORKER = 'service-worker.js';

/** Files that only some browsers need, and only on request. */
const LATE = /webgpu|asyncify/;

/** Some hosts do not know that .mjs files are scripts. */
const assetFileNames = ({ names }: { names: string[] }) =>
  `assets/[name]-[hash]${names[0]?.endsWith('.mjs') ? '.js' : '[extname]'}`;

const hash = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('base64');

/** Draws the icons, and puts the list of all files and their hashes in front of the service worker. */
const lastFiles: Plugin = {
  name: 'last-files',
  apply: 'build',
  async writeBundle() {
    for (const size of [192, 512])
      await sharp(join(here, 'public/icon.svg'))
        .resize(size)
        .png()
        .toFile(join(page, `icon-${size}.png`));
    const names = readdirSync(page, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(page.length + 1)
          .replaceAll(sep, '/'),
      )
      .filter((name) => name !== SERVICE_WORKER)
      .sort();
    const files = Object.fromEntries(
      names.map((name) => [
        name === 'index.html' ? '' : name,
        { integrity: `sha256-${hash(readFileSync(join(page, name)))}`, isLate: LATE.test(name) },
      ]),
    );
    const script = readFileSync(join(page, SERVICE_WORKER), 'utf8');
    const build = { version: hash(JSON.stringify(files) + script), files };
    writeFileSync(join(page, SERVICE_WORKER), `self.build = ${JSON.stringify(build)};\n${script}`);
  },
};

/** The page's own policy, for hosts that send no headers. */
const securityPolicy: Plugin = {
  name: 'security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

const { 'Content-Security-Policy': _, ...headers } = PAGE_HEADERS;

export default defineConfig({
  root: here,
  base: './',
  logLevel: 'warn',
  plugins: [securityPolicy, lastFiles],
  build: {
    target: 'es2022',
    outDir: page,
    emptyOutDir: true,
    // The Content-Security-Policy allows no scripts or styles inside the HTML.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2_000,
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: { page: join(here, 'index.html'), serviceWorker: join(here, 'src/serviceWorker.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'serviceWorker' ? SERVICE_WORKER : 'assets/[name]-[hash].js'),
        assetFileNames,
      },
    },
  },
  worker: { format: 'es', rolldownOptions: { output: { assetFileNames } } },
  server: { fs: { allow: ['..'] }, headers },
});
