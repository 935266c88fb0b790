/** The files of a drop, for a page's main thread: its folders cannot be read by a worker. */
import type { BlobFile } from '../files/reference.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';

/** A `FileSystemEntry` of the File and Directory Entries API. */
interface Entry {
  readonly isFile: boolean;
  /** From the root of what was dropped, `/folder/1.jpg`. */
  readonly fullPath: string;
}

interface FileEntry extends Entry {
  file(done: (file: Blob) => void, failed: (error: Error) => void): void;
}

interface FolderEntry extends Entry {
  createReader(): { readEntries(done: (entries: Entry[]) => void, failed: (error: Error) => void): void };
}

/** A `DataTransfer`. */
interface Drop {
  readonly items: ArrayLike<{
    webkitGetAsEntry(): Entry | null;
    getAsFile(): (Blob & { readonly name: string }) | null;
  }>;
}

/** The files of a drop, and those that cannot be read. */
export interface DroppedFiles {
  files: BlobFile[];
  failures: SkippedPicture[];
}

/** All entries of a folder; the browser gives a hundred at a time. */
async function entriesOf(folder: FolderEntry): Promise<Entry[]> {
  const reader = folder.createReader();
  const entries: Entry[] = [];
  for (;;) {
    const some = await new Promise<Entry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return entries;
    entries.push(...some);
  }
}

/**
 * The files of a drop, with those in its folders. Call it in the event's handler: afterwards the drop is empty.
 * @example
 * async function onDrop({ dataTransfer }: { dataTransfer: Parameters<typeof filesOfDrop>[0] }) {
 *   const { files, failures } = await filesOfDrop(dataTransfer);
 *   console.log(`${files.length} files, ${failures.length} unreadable`);
 * }
 */
export async function filesOfDrop({ items }: Drop): Promise<DroppedFiles> {
  const dropped: DroppedFiles = { files: [], failures: [] };
  const visit = async (entry: Entry): Promise<void> => {
    const name = entry.fullPath.replace(/^\//, '');
    try {
      if (entry.isFile) {
        const blob = await new Promise<Blob>((done, failed) => (entry as FileEntry).file(done, failed));
        dropped.files.push({ kind: 'blob', name, blob });
      } else for (const each of await entriesOf(entry as FolderEntry)) await visit(each);
    } catch (error) {
      dropped.failures.push({ name, reason: `cannot be read: ${(error as Error).message}` });
    }
  };
  // At once: they are lost after the event. A file that is not of a disk, as of another page, has no entry.
  const given = Array.from(items, (item) => item.webkitGetAsEntry() ?? item.getAsFile());
  for (const each of given) {
    if (each instanceof Blob) dropped.files.push({ kind: 'blob', name: each.name, blob: each });
    else if (each !== null) await visit(each);
  }
  return dropped;
}
