/** The platform of a page: ONNX Runtime and decoders as WebAssembly, files in memory. */
import type { Platform } from '../platform.ts';
import { compile, load, pageCores } from './compile.ts';
import { memoryFiles } from './files.ts';
import { pictureReader, readPicture } from './pictures.ts';

/**
 * A platform without files at first. It reads pictures of blobs: `{ kind: 'blob', name, blob }`, as JPEG, PNG, WebP or FITS; and
 * of memory: `{ kind: 'pixels', name, pixels }`, or `{ kind: 'frame', name, frame }` for models with a stretch.
 * @example
 * const { files, cores } = webPlatform();
 * await files.write('notes.txt', `${cores} cores`);
 */
export const webPlatform = (): Platform => ({
  compile,
  load,
  pictures: pictureReader,
  readPicture,
  files: memoryFiles(),
  memory: () => undefined,
  cores: pageCores(),
});
