/** Loads pictures of files, zips and stores. */
import { UserError } from '../../errors.ts';
import type { ImageReference } from '../../picture/batch.ts';
import { loadPicture } from '../../picture/decode.ts';
import type { LoadedPicture } from '../../picture/fillBatch.ts';
import { DEFAULT_PREPROCESSING, describeFrames, type FrameSettings } from '../../picture/preprocessing.ts';
import { nodeDecoder } from './decode.ts';
import { ImageStore } from './store.ts';

/** Loads pictures; a store is opened once. */
export class PictureLoader {
  private readonly stores = new Map<string, ImageStore>();

  /**
   * @throws ImageError if a file cannot be read as a picture; UserError if a store cannot be read, was replaced or has other
   * frames
   */
  async load(image: ImageReference, frames: FrameSettings = DEFAULT_PREPROCESSING): Promise<LoadedPicture> {
    if (image.kind !== 'record') return loadPicture(nodeDecoder, image, frames);
    const store = this.stores.get(image.path) ?? ImageStore.open(image.path);
    this.stores.set(image.path, store);
    if (image.identity !== undefined && image.identity !== store.identity) {
      throw new UserError(`${image.path}: has been replaced or changed since it was opened`);
    }
    const [packed, wanted] = [store.frames, frames].map(describeFrames);
    if (packed !== wanted)
      throw new UserError(`${image.path}: expected ${wanted}; its pictures are ${packed}`);
    return { record: store.read(image.index), flags: image.flags };
  }

  /** Closes the stores. */
  close(): void {
    for (const store of this.stores.values()) store.close();
  }
}

/**
 * Loads one picture.
 * @throws as `PictureLoader.load`
 * @example (await readPicture({ kind: 'file', name: '100008.jpg', path: '100008.jpg' })).square?.length // 539328
 */
export async function readPicture(image: ImageReference, frames?: FrameSettings): Promise<LoadedPicture> {
  const loader = new PictureLoader();
  try {
    return await loader.load(image, frames);
  } finally {
    loader.close();
  }
}
