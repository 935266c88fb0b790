/** Reads the pixels of a file or record. */
import type { ImageReference } from '../../picture/batch.ts';
import { readFrame } from './decode.ts';
import { ImageStore } from './store.ts';

/**
 * A picture's pixels, RGB, 8 bits: `[424, 424, 3]` of a file, `[212, 212, 3]` of a record.
 * @throws ImageError if a file cannot be read as a picture; UserError if a store cannot be read
 * @example (await readPixels({ kind: 'file', name: '100008.jpg', path: '100008.jpg' })).length // 539328
 */
export async function readPixels(image: ImageReference): Promise<Uint8Array> {
  if (image.kind !== 'record') return (await readFrame(image)).pixels;
  const store = ImageStore.open(image.path);
  try {
    return store.read(image.index);
  } finally {
    store.close();
  }
}
