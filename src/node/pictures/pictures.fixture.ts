/** Pictures for tests: made-up ones, and the real galaxies and golden values of ../shared where they are at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { decodeSafetensors } from '../../files/safetensors.ts';

/** Random bytes `[height, width, 3]` that depend on the seed alone: the harshest picture for anything that interpolates. */
export function noise(width: number, height: number, seed = 1): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    return state >>> 24;
  });
}

/** A picture as a PNG file, which keeps every bit of it. */
export function png(pixels: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));
const goldens = `${shared}goldens/pixels.safetensors`;

/** The folder of real training images. */
export const galaxyFolder = `${shared}data/galaxy-zoo/images_training_rev1/`;

/** Whether ../shared is here; it is not part of the repository. */
export const hasShared = existsSync(goldens) && existsSync(galaxyFolder);

/** What a test that needs ../shared adds to its name. */
export const sharedNote = hasShared ? '' : ' (skipped: ../shared is not here)';

/** A golden value of pixels.safetensors. */
export function goldenPixels(name: string): Uint8Array {
  return decodeSafetensors(readFileSync(goldens), goldens).tensors.get(name)!.data as Uint8Array;
}
