/** Reads the colours that Kaggle's central-pixel benchmark looks at. */
import type { FileReference } from '../files/reference.ts';
import { readFrame } from '../node/pictures/decode.ts';
import { inOrder } from '../node/pictures/inOrder.ts';
import { centralColour } from './centralPixels.ts';

/** As many pictures are decoded side by side as Node has threads for it by default. */
const SIDE_BY_SIDE = 4;

/**
 * The mean colour of each picture's central 10×10 pixels.
 *
 * @returns `[N, 3]`, in the order given
 * @throws ImageError where a picture cannot be read
 * @example
 * centralPixelRmse(truth, await readCentralColours(galaxies.map(({ image }) => image)));
 */
export async function readCentralColours(
  images: readonly FileReference[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Float64Array> {
  const colours: number[] = [];
  const read = async (image: FileReference) => centralColour((await readFrame(image)).pixels);
  for await (const colour of inOrder(images, SIDE_BY_SIDE, read)) {
    colours.push(...colour);
    onProgress(colours.length / 3, images.length);
  }
  return Float64Array.from(colours);
}
