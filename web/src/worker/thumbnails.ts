/** Thumbnails of what the network sees. */
import type { ImageReference } from '../../../src/picture/batch.ts';
import { type Preprocessing, toRgb } from '../../../src/picture/preprocessing.ts';
import type { Batch, Platform } from '../../../src/platform.ts';

/** A column of a batch in RGB of 8 bits, `[size, size, 3]`. */
function viewPixels({ data, job: { size, capacity } }: Batch, column: number, preprocessing: Preprocessing) {
  const { stretch, bands, normalisation } = preprocessing;
  const stored = new (stretch === undefined ? Uint8Array : Uint16Array)(size * size * bands.length);
  for (let i = 0; i < stored.length; i++) {
    const value = data[i * capacity + column]!;
    stored[i] = Math.round((value - normalisation.offset) / normalisation.scale);
  }
  return toRgb(stored, preprocessing);
}

/** RGB as RGBA. */
export function opaque(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from]!;
    rgba[to + 1] = rgb[from + 1]!;
    rgba[to + 2] = rgb[from + 2]!;
  }
  return rgba;
}

/** A square picture as a JPEG, to look at. */
export function jpegOf(rgb: Uint8Array, size: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(size, size);
  canvas.getContext('2d')!.putImageData(new ImageData(opaque(rgb), size, size), 0, 0);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
}

/** A platform that draws a thumbnail of the first view of each picture that it reads. */
export const withThumbnails = (
  platform: Platform,
  preprocessing: Preprocessing,
  thumbnails: Map<ImageReference, Promise<Blob>>,
): Platform => ({
  ...platform,
  pictures(workers) {
    const reader = platform.pictures(workers);
    return {
      ...reader,
      async *batches(jobs) {
        for await (const batch of reader.batches(jobs)) {
          const failed = new Set(batch.failures.map(({ item }) => item));
          let column = 0;
          for (const [item, { image, views }] of batch.job.items.entries()) {
            if (!failed.has(item)) {
              const pixels = viewPixels(batch, column, preprocessing);
              thumbnails.set(image, jpegOf(pixels, batch.job.size));
            }
            column += views.length;
          }
          yield batch;
        }
      },
    };
  },
});
