/** An explanation as a PNG, through sharp. */
import sharp, { type OverlayOptions } from 'sharp';
import { drawViews } from '../picture/draw.ts';
import { NEUTRAL_VIEW, toAffine } from '../picture/view.ts';
import type { AnswerExplanation } from './explanation.ts';
import { overlay } from './overlay.ts';
import { layOut, type Sheet } from './sheet.ts';

const BACKGROUND = '#0d1117';
const FONT = 'system-ui, sans-serif';

const svg = ({ width, height }: { width: number; height: number }, marks: string) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${FONT}">${marks}</svg>`,
  );

let fontsFound: Promise<boolean> | undefined;

/**
 * Whether this machine has fonts. Where there are none, librsvg draws every letter as the same box, so that words of
 * different letters look the same; sheets then have no words.
 */
export function hasFonts(): Promise<boolean> {
  const word = (letters: string) =>
    sharp(svg({ width: 80, height: 24 }, `<text y="18" font-size="16">${letters}</text>`))
      .raw()
      .toBuffer();
  fontsFound ??= Promise.all([word('lilt'), word('WMOB')]).then(([thin, wide]) => !thin.equals(wide));
  return fontsFound;
}

/** The central crop as the network sees it, enlarged bilinearly, [size, size, 3]. */
function cropOf(record: Uint8Array, size: number): Uint8Array {
  const pixels = new Float32Array(size * size * 3);
  drawViews([{ column: 0, record, affine: toAffine(NEUTRAL_VIEW, size) }], pixels, size, 1);
  return Uint8Array.from(pixels, (value) => Math.round((value + 1) * 127.5));
}

/**
 * Draws the sheet of an explanation: the crop that the network saw, the same under each map, the answer and its fraction.
 * @param name of the picture
 * @param record [212, 212, 3], of which the explanation is
 * @returns a PNG
 * @example await writeFile('100008.png', await drawSheet('100008.jpg', record, answers));
 */
export async function drawSheet(
  name: string,
  record: Uint8Array,
  answers: readonly AnswerExplanation[],
): Promise<Uint8Array> {
  const { width, height, tiles, marks }: Sheet = layOut(name, answers);
  const crops = new Map(
    [...new Set(tiles.map(({ size }) => size))].map((size) => [size, cropOf(record, size)]),
  );
  const layers: OverlayOptions[] = tiles.map(({ left, top, size, map }) => {
    const crop = crops.get(size)!;
    const pixels = map ? overlay(crop, map, size) : crop;
    return { input: Buffer.from(pixels), raw: { width: size, height: size, channels: 3 }, left, top };
  });
  const drawn = marks.join('\n');
  const shown = (await hasFonts()) ? drawn : drawn.replace(/<text[^>]*>[^<]*<\/text>/g, '');
  layers.push({ input: svg({ width, height }, shown), left: 0, top: 0 });
  return sharp({ create: { width, height, channels: 3, background: BACKGROUND } })
    .composite(layers)
    .png()
    .toBuffer();
}
