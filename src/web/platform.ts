/** The platform of a page: ONNX Runtime as WebAssembly, pictures and files in memory. */
import type { Platform } from '../platform.ts';
import { compile, load, pageCores } from './compile.ts';
import { memoryFiles } from './files.ts';
import { memoryPixels, memoryReader } from './pictures.ts';

/**
 * A platform without files at first. It reads pictures from memory: `{ kind: 'pixels', name, pixels }`, or
 * `{ kind: 'frame', name, frame }` for models with a stretch.
 * @example
 * const { files, cores } = webPlatform();
 * await files.write('notes.txt', `${cores} cores`);
 */
export const webPlatform = (): Platform => ({
  compile,
  load,
  pictures: memoryReader,
  readPicture: async (image, frames) => memoryPixels(image, frames),
  files: memoryFiles(),
  memory: () => undefined,
  cores: pageCores(),
});
