/**
 * The service worker: keeps the page in the browser, so that it works offline, and adds the headers that threads need. All files of a
 * version are in one cache. A new version takes over when its cache is complete: pages that are opened from then on are of this version.
 * Pages that are open keep theirs: the previous version's cache still answers for its files, whose names contain a hash.
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
  event.waitUntil(Promise.all(early.map(fileNamed)).then(() => self.skipWaiting()));
});

async function takeOver(): Promise<void> {
  // In the order of their creation.
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener('activate', (event) => event.waitUntil(takeOver()));

self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method !== 'GET' || !url.startsWith(scope)) return;
  const name = url.slice(scope.length).replace(/[?#].*$|^index\.html$/, '');
  const isOfThisVersion = Object.hasOwn(files, name);
  if (!isOfThisVersion && !name.startsWith('assets/')) return;
  const kept = isOfThisVersion ? fileNamed(name) : caches.match(url);
  event.respondWith(kept.catch(() => undefined).then((response) => response ?? fetch(event.request)));
});
