/** Files of a page: in memory, or kept by the browser. */
import { openDB } from 'idb';
import { UserError } from '../errors.ts';
import { concatenated } from '../files/bytes.ts';
import type { Files } from '../platform.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Contents by path. */
interface Contents {
  get(path: string): Promise<Bytes | undefined>;
  set(path: string, content: Bytes): Promise<unknown>;
  delete(path: string): Promise<unknown>;
  paths(): Promise<string[]>;
  /** Runs `work` if nobody else holds the lock; else returns undefined. */
  whileLocked<Result>(folder: string, work: () => Promise<Result>): Promise<{ result: Result } | undefined>;
}

/** Files whose folders are prefixes of paths that end with `/`. */
const filesOf = (contents: Contents): Files => ({
  async open(path, use) {
    const content = await contents.get(path);
    if (content === undefined) throw new UserError(`${path}: no such file`, { code: 'file' });
    return use({
      bytes: content.length,
      async read(position, length) {
        if (position + length > content.length) {
          throw new UserError(`${path}: ends at byte ${content.length}: truncated`);
        }
        return content.slice(position, position + length);
      },
    });
  },
  exists: async (path) => (await contents.get(path)) !== undefined,
  async list(folder) {
    const inside = (await contents.paths()).filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).replace(/\/.*/, '')))];
  },
  async write(path, content) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : concatenated([content]);
    await contents.set(path, bytes);
  },
  async append(path, content) {
    await contents.set(path, concatenated([(await contents.get(path)) ?? new Uint8Array(), content]));
  },
  async remove(path) {
    await contents.delete(path);
  },
  async lock(folder, work) {
    const done = await contents.whileLocked(folder, work);
    if (done === undefined) throw new UserError(`${folder}: another task is using it`, { code: 'locked' });
    return done.result;
  },
});

/**
 * An empty file system that is lost with the page.
 * @example
 * const files = memoryFiles();
 * await files.write('notes.txt', 'lost');
 */
export function memoryFiles(): Files {
  const contents = new Map<string, Bytes>();
  const locked = new Set<string>();
  return filesOf({
    get: async (path) => contents.get(path),
    set: async (path, content) => contents.set(path, content),
    delete: async (path) => contents.delete(path),
    paths: async () => [...contents.keys()],
    async whileLocked(folder, work) {
      if (locked.has(folder)) return undefined;
      locked.add(folder);
      try {
        return { result: await work() };
      } finally {
        locked.delete(folder);
      }
    },
  });
}

/** The Web Locks API, which Node 20 lacks. */
interface Locks {
  request<Result>(
    name: string,
    options: { ifAvailable: true },
    work: (lock: object | null) => Promise<Result>,
  ): Promise<Result>;
}
const page = globalThis as unknown as { navigator: { locks: Locks } };

const STORE = 'files';

/**
 * Files that the browser keeps for the page, in IndexedDB. Only one tab at a time works in a folder.
 * @param database its name
 * @example
 * async function keep(text: string) {
 *   await storedFiles('my-page').write('notes.txt', text); // kept when the page is closed
 * }
 */
export function storedFiles(database = 'tuningfork-files'): Files {
  const opened = openDB(database, 1, { upgrade: (db) => void db.createObjectStore(STORE) });
  return filesOf({
    get: async (path) => (await opened).get(STORE, path),
    set: async (path, content) => (await opened).put(STORE, content, path),
    delete: async (path) => (await opened).delete(STORE, path),
    paths: async () => (await (await opened).getAllKeys(STORE)).map(String),
    whileLocked: (folder, work) =>
      page.navigator.locks.request(`${database}:${folder}`, { ifAvailable: true }, async (lock) =>
        lock === null ? undefined : { result: await work() },
      ),
  });
}
