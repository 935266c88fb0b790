/** Files in memory, for a page. */
import { UserError } from '../errors.ts';
import { concatenated } from '../files/bytes.ts';
import type { Files } from '../platform.ts';

/** An empty file system that is lost with the page. Folders are prefixes of paths that end with `/`. */
export function memoryFiles(): Files {
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  const locked = new Set<string>();
  return {
    async open(path, use) {
      const content = contents.get(path);
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
    exists: async (path) => contents.has(path),
    async list(folder) {
      const inside = [...contents.keys()].filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(inside.map((path) => path.slice(folder.length + 1).replace(/\/.*/, '')))];
    },
    async write(path, content) {
      contents.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content.slice());
    },
    async append(path, content) {
      contents.set(path, concatenated([contents.get(path) ?? new Uint8Array(), content]));
    },
    async remove(path) {
      contents.delete(path);
    },
    async lock(folder, work) {
      if (locked.has(folder)) throw new UserError(`${folder}: another task is using it`, { code: 'locked' });
      locked.add(folder);
      try {
        return await work();
      } finally {
        locked.delete(folder);
      }
    },
  };
}
