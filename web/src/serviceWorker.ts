/**
 * The service worker: keeps the page in the browser, so that it works offline, and adds the headers that threads need. All files of a
 * version are in one cache. A new version takes over when its cache is complete and no page of the old version is open.
 */
import { PAGE_HEADERS } from '../../src/tasks/pageHeaders.ts';

/** A version of the page; vite.config.ts puts it in front of this script. */
interface Build {
  version: string;
  /** By URL relative to the page, which is '' itself. `isLate`: cached only when it is fetched. */
  files: Readonly<Record<string, { integrity: string; isLate: boolean }>>;
}

declare const self: ServiceWorkerGlobalScope & { build: Build };

const { version, files } = self.build;
const { scope } = self.registration;
/** Other pages of the host have caches too. */
const PREFIX = `tuningfork ${scope} `;
const CACHE = PREFIX + version;

/** Fetches a file. @returns it with the page's headers @throws TypeError if the host has another version of it, or none */
async function download(name: string): Promise<Response> {
  const { integrity } = files[name]!;
  const cache = name.startsWith('assets/') ? 'default' : 'no-cache';
  const { ok, status, headers, body } = await fetch(scope + name, { integrity, cache });
  if (!ok) throw new TypeError(`${name}: the host answered ${status}`);
  return new Response(body, {
    headers: { 'Content-Type': headers.get('Content-Type') ?? '', ...PAGE_HEADERS },
  });
}

/** A file of this version, from its cache. If it is not there, it is put there first. */
async function fileNamed(name: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(scope + name);
  if (kept !== undefined) return kept;
  // Names of assets contain a hash, so that another version's file of the same name is the same.
  const response =
    (name.startsWith('assets/') && (await caches.match(scope + name))) || (await download(name));
  await cache.put(scope + name, response.clone());
  return response;
}

self.addEventListener('install', (event) => {
  const early = Object.keys(files).filter((name) => !files[name]!.isLate);
  event.waitUntil(Promise.all(early.map(fileNamed)));
});

async function takeOver(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener('activate', (event) => event.waitUntil(takeOver()));

self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method !== 'GET' || !url.startsWith(scope)) return;
  const name = url.slice(scope.length).replace(/[?#].*$|^index\.html$/, '');
  if (Object.hasOwn(files, name)) event.respondWith(fileNamed(name).catch(() => fetch(event.request)));
});

/** Looks for other pages, a tenth of a second apart: one that was closed or reloaded is listed for a moment longer. */
const MOST_LOOKS = 10;

async function isOnlyPage(): Promise<boolean> {
  for (let look = 1; ; look++) {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (pages.filter(({ url }) => url.startsWith(scope)).length === 1) return true;
    if (look === MOST_LOOKS) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A page asks for this version to take over, which it does if no other page is open. The answer goes to the page's port. */
async function takeOverFrom({ ports }: ExtendableMessageEvent): Promise<void> {
  const isOnly = await isOnlyPage();
  if (isOnly) await self.skipWaiting();
  ports[0]!.postMessage(isOnly);
}

self.addEventListener('message', (event) => event.waitUntil(takeOverFrom(event)));
