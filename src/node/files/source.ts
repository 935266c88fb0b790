/**
 * Lists and reads the files of a folder, a zip (in place, never unpacked) or a single file. References to files are plain
 * records, so that any thread can read them.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { LONGEST_TEXT } from '../../files/read.ts';
import { type FileReference, IMAGE_EXTENSIONS, type PlainFile } from '../../files/reference.ts';
import { readBytes } from './read.ts';
import { isSystemFailure, unreadable } from './systemError.ts';
import { readZipped, zippedLabel } from './zip.ts';

/** A file's name for messages: its path, or `archive.zip:name`. */
export function referenceLabel(reference: FileReference): string {
  return reference.kind === 'file' ? reference.path : zippedLabel(reference);
}

/** Dot files, and those that macOS adds to zips, are not data. Names in a zip may begin with `./`. */
function isHidden(name: string): boolean {
  return name.split('/').some((part) => (part.startsWith('.') && part !== '.') || part === '__MACOSX');
}

async function listFolder(folder: string, isWanted: (name: string) => boolean): Promise<PlainFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => isWanted(name));
  const files = await Promise.all(
    entries.map(async (entry): Promise<PlainFile[]> => {
      const path = join(folder, entry.name);
      const target = entry.isSymbolicLink() ? await followed(path) : entry;
      return target?.isFile() ? [{ kind: 'file', name: entry.name, path }] : [];
    }),
  );
  return files.flat();
}

/** The target of a link; undefined if it is broken. */
const followed = (path: string) =>
  stat(path).catch((cause) => {
    if (isSystemFailure(cause)) throw cause;
    return undefined;
  });

/**
 * Lists the files of a source, sorted by name (by code unit, the same on every machine). Folders within a folder are not
 * searched; zips are searched whole. Hidden files and `__MACOSX` are left out.
 * @param path a folder, a `.zip`, or a file with one of the extensions
 * @param extensions in lower case, with the dot; `.JPG` is found as `.jpg`
 * @throws UserError if the path cannot be read, is something else, or has no such file
 */
export async function listSource(
  path: string,
  extensions: readonly string[] = IMAGE_EXTENSIONS,
): Promise<FileReference[]> {
  const extension = extname(path).toLowerCase();
  const hasExtension = (name: string) => extensions.some((each) => name.toLowerCase().endsWith(each));
  const isWanted = (name: string) => !isHidden(name) && hasExtension(name);
  let files: FileReference[];
  try {
    const about = await stat(path);
    if (about.isDirectory()) files = await listFolder(path, isWanted);
    else if (!about.isFile())
      throw new UserError(`${path}: expected a file or folder, got a pipe or a device`, { code: 'file' });
    else if (extension === '.zip') {
      const { listZip } = await import('./zipDirectory.ts'); // loads yauzl, which threads that read pictures never need
      files = await listZip(path, isWanted);
    } else if (hasExtension(basename(path))) files = [{ kind: 'file', name: basename(path), path }];
    else throw new UserError(`${path}: expected a folder, a .zip or a file of type ${extensions.join(', ')}`);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (files.length === 0) throw new UserError(`${path}: contains no file of type ${extensions.join(', ')}`);
  return files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/**
 * Reads a whole file, in any thread.
 * @param most the largest length allowed, in bytes; checked before anything is read or inflated
 * @throws UserError that names the file (and its archive) if it is missing, truncated, damaged or too large; Error if the
 * system lacks a resource, such as file descriptors
 */
export function readReference(reference: FileReference, most = LONGEST_TEXT): Promise<Uint8Array> {
  return reference.kind === 'file' ? readBytes(reference.path, most) : readZipped(reference, most);
}
