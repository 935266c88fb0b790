/**
 * Lists and reads the files of a folder, a zip (in place, never unpacked) or a single file. References to files are plain
 * records, so that any thread can read them.
 */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { readBlob } from '../../files/blob.ts';
import { isHidden } from '../../files/path.ts';
import { LONGEST_TEXT } from '../../files/read.ts';
import {
  type FileReference,
  IMAGE_EXTENSIONS,
  type ParquetPicture,
  type PlainFile,
  type ZippedFile,
} from '../../files/reference.ts';
import { readBytes } from './read.ts';
import { isSystemFailure, unreadable } from './systemError.ts';
import { readZipped } from './zip.ts';

/** The target of a link; undefined if it is broken. */
const followed = (path: string) =>
  stat(path).catch((cause) => {
    if (isSystemFailure(cause)) throw cause;
    return undefined;
  });

/**
 * All files of a folder that are not hidden, named by their paths within it.
 * @param above the real paths of the folders above, to which links must not lead back; undefined to stay in this folder
 */
async function listFolder(folder: string, above: readonly string[] | undefined): Promise<PlainFile[]> {
  const here = above && [...above, await realpath(folder)];
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isHidden(name));
  const files: PlainFile[] = [];
  const visit = async (entry: Dirent) => {
    const path = join(folder, entry.name);
    const target = entry.isSymbolicLink() ? await followed(path) : entry;
    if (target?.isFile()) files.push({ kind: 'file', name: entry.name, path });
    if (!here || !target?.isDirectory() || here.includes(await realpath(path))) return;
    for (const file of await listFolder(path, here))
      files.push({ ...file, name: `${entry.name}/${file.name}` });
  };
  await Promise.all(entries.map(visit));
  return files;
}

/** The files of a source. */
interface Listing {
  /** With a wanted extension, sorted by name. */
  files: (PlainFile | ZippedFile)[];
  /** Names of the others, except hidden ones. */
  others: string[];
}

/**
 * Lists the files of a source, sorted by name (by code unit, the same on every machine). Zips are searched whole. Hidden files and
 * `__MACOSX` are left out.
 * @param path a folder, a `.zip`, or a file with one of the extensions
 * @param extensions in lower case, with the dot; `.JPG` is found as `.jpg`
 * @param isDeep enter the folders of a folder; files are named by their paths within it
 * @throws UserError if the path cannot be read, or is something else
 */
export async function listFiles(
  path: string,
  extensions: readonly string[],
  isDeep = false,
): Promise<Listing> {
  const extension = extname(path).toLowerCase();
  const isWanted = (name: string) => extensions.some((each) => name.toLowerCase().endsWith(each));
  let files: Listing['files'];
  const others: string[] = [];
  try {
    const about = await stat(path);
    if (about.isDirectory()) {
      files = [];
      for (const file of await listFolder(path, isDeep ? [] : undefined)) {
        if (isWanted(file.name)) files.push(file);
        else others.push(file.name);
      }
    } else if (!about.isFile())
      throw new UserError(`${path}: expected a file or folder, got a pipe or a device`, { code: 'file' });
    else if (extension === '.zip') {
      const { listZip } = await import('./zipDirectory.ts'); // loads yauzl, which threads that read pictures never need
      files = await listZip(path, (name) => {
        if (isHidden(name)) return false;
        if (!isWanted(name)) others.push(name);
        return isWanted(name);
      });
    } else if (isWanted(basename(path))) files = [{ kind: 'file', name: basename(path), path }];
    else throw new UserError(`${path}: expected a folder, a .zip or a file of type ${extensions.join(', ')}`);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)), others };
}

/**
 * The files of {@link listFiles}; folders within a folder are not searched.
 * @throws UserError also if there is no such file
 */
export async function listSource(
  path: string,
  extensions: readonly string[] = IMAGE_EXTENSIONS,
): Promise<Listing['files']> {
  const { files } = await listFiles(path, extensions);
  if (files.length === 0) throw new UserError(`${path}: contains no file of type ${extensions.join(', ')}`);
  return files;
}

async function readStored(picture: ParquetPicture): Promise<Uint8Array> {
  const { readParquetPicture } = await import('./parquet.ts'); // loads hyparquet, which few sources need
  return readParquetPicture(picture);
}

/**
 * Reads a whole file, in any thread.
 * @param most the largest length allowed, in bytes; checked before anything is read or inflated
 * @throws UserError that names the file (and its archive) if it is missing, truncated, damaged or too large; Error if the
 * system lacks a resource, such as file descriptors
 */
export function readReference(reference: FileReference, most = LONGEST_TEXT): Promise<Uint8Array> {
  if (reference.kind === 'file') return readBytes(reference.path, most);
  if (reference.kind === 'blob') return readBlob(reference, most);
  return reference.kind === 'zip' ? readZipped(reference, most) : readStored(reference);
}
