/** Small pictures that a page carries within itself. */
import sharp from 'sharp';

/** The share of a galaxy's picture that is shown, from its centre: what the report's networks see, 256 of 424 pixels. */
const SHOWN = 256 / 424;

/**
 * A small JPEG of a galaxy's centre, as a data: URI.
 *
 * @param pixels `[size, size, 3]`, RGB, 8 bits: a frame of 424 or a record of 212 pixels
 * @param side of the picture, in pixels
 * @throws RangeError where there are not so many pixels
 * @example
 * const { pixels } = await readFrame(galaxy.image);
 * const image = await thumbnail(pixels, 160);
 */
export async function thumbnail(pixels: Uint8Array, side: number): Promise<string> {
  const size = Math.sqrt(pixels.length / 3);
  if (!Number.isInteger(size))
    throw new RangeError(`expected [size, size, 3] pixels, got ${pixels.length} bytes`);
  const crop = Math.round((SHOWN * size) / 2) * 2;
  const margin = Math.floor((size - crop) / 2);
  const jpeg = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .extract({ left: margin, top: margin, width: crop, height: crop })
    .resize(side, side)
    .jpeg({ quality: 82 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
