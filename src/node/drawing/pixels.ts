/** Drawings as PNG and JPEG, by sharp. */
import type { OverlayOptions } from 'sharp';
import { DEFAULT_PREPROCESSING } from '../../picture/preprocessing.ts';
import { squareSide } from '../../picture/record.ts';
import type { Sheet } from '../../report/svg.ts';
import { loadSharp } from '../pictures/sharp.ts';

/** Pixels of a PNG per pixel of its SVG, for print. */
const SCALE = 2;

/** Level of a PNG's compression: 6, the default, takes three times as long and saves 6 % of a chart's bytes. */
const COMPRESSION = 3;

/** An SVG file as a PNG of twice its size, on white. */
export async function pngOfSvg(svg: string): Promise<Uint8Array> {
  const sharp = await loadSharp();
  // librsvg draws on a white rectangle in less time than libvips lays a transparent picture on white.
  const onWhite = svg.replace(/<svg[^>]*>/, '$&<rect width="100%" height="100%" fill="#ffffff"/>');
  return sharp(Buffer.from(onWhite), { density: 72 * SCALE, limitInputPixels: false })
    .removeAlpha()
    .png({ compressionLevel: COMPRESSION })
    .toBuffer();
}

/**
 * A small JPEG of a galaxy as a data: URI, cropped as networks see it by default.
 * @param pixels `[size, size, 3]`, RGB, 8 bits
 * @param side of the JPEG, in pixels
 * @throws RangeError if the pixels are not a square
 */
export async function thumbnail(pixels: Uint8Array, side: number): Promise<string> {
  const size = squareSide(pixels);
  const crop = Math.max(1, Math.round((DEFAULT_PREPROCESSING.crop * size) / 2) * 2);
  const margin = Math.floor((size - crop) / 2);
  const sharp = await loadSharp();
  const jpeg = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .extract({ left: margin, top: margin, width: crop, height: crop })
    .resize(side, side)
    .jpeg({ quality: 82 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}

let fontsFound: Promise<boolean> | undefined;

/** True if this machine has fonts. Without them librsvg draws every letter as the same box. */
export function hasFonts(): Promise<boolean> {
  const word = async (letters: string) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="24" font-family="sans-serif"><text y="18" font-size="16">${letters}</text></svg>`;
    return (await loadSharp())(Buffer.from(svg)).raw().toBuffer();
  };
  fontsFound ??= Promise.all([word('lilt'), word('WMOB')]).then(([thin, wide]) => !thin.equals(wide));
  return fontsFound;
}

/** A sheet as a PNG; without text if this machine has no fonts. */
export async function pngOfSheet({ width, height, background, tiles, svg }: Sheet): Promise<Uint8Array> {
  const drawn = (await hasFonts()) ? svg : svg.replace(/<text[^>]*>[^<]*<\/text>/g, '');
  const layers = tiles.map(
    ({ left, top, size, pixels }): OverlayOptions => ({
      input: Buffer.from(pixels),
      raw: { width: size, height: size, channels: 3 },
      left,
      top,
    }),
  );
  const sharp = await loadSharp();
  return sharp({ create: { width, height, channels: 3, background } })
    .composite([...layers, { input: Buffer.from(drawn), left: 0, top: 0 }])
    .png()
    .toBuffer();
}
