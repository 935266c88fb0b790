/** SVG as text: shapes, text and whole files. Positions and sizes are in pixels. */
import { escapeMarkup, oneLine } from './escape.ts';
import { LIGHT } from './palette.ts';

/** The DOM that charts are built in: a browser's `{ document }`, or `nodeDrawing()`. */
export interface Drawing {
  /** A DOM `Document`. */
  readonly document: object;
}

/** Square pictures with SVG drawn over them; the platform turns them into one picture. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** CSS colour. */
  readonly background: string;
  readonly tiles: readonly {
    readonly left: number;
    readonly top: number;
    readonly size: number;
    /** `[size, size, 3]` */
    readonly pixels: Uint8Array;
  }[];
  /** An SVG file of the sheet's size, drawn over the tiles. */
  readonly svg: string;
}

export const FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
const FONT_SIZE = 14;

/** Rounds pixels to a tenth. */
export const tenths = (value: number): string => String(Math.round(value * 10) / 10);

/** An upper estimate of the width of text, from the widths of Helvetica's letters. */
export function textWidth(text: string, size = FONT_SIZE): number {
  let width = 0;
  for (const letter of text) {
    if (/[\u1100-\uffff]|\p{Extended_Pictographic}/u.test(letter)) width += 1.05;
    else if (/[iljtfI.,:;'|! ()[\]-]/.test(letter)) width += 0.38;
    else if (/[mwMW%@]/.test(letter)) width += 0.98;
    else width += /[A-Z]/.test(letter) ? 0.74 : 0.62;
  }
  return width * size;
}

/** Cuts a text to `most` letters, the last of them `…`. */
export function shortened(text: string, most: number): string {
  const letters = [...oneLine(text)];
  return letters.length <= most ? letters.join('') : `${letters.slice(0, most - 1).join('')}…`;
}

/** Text in lines of at most `width` pixels, broken between words. */
export function wrapped(text: string, width: number, size = FONT_SIZE): string[] {
  const [first, ...rest] = oneLine(text).split(' ');
  const lines = [first!];
  for (const word of rest) {
    const longer = `${lines[lines.length - 1]} ${word}`;
    if (textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** One line of text, escaped. */
export const words = (x: number, y: number, text: string, attributes = ''): string =>
  `<text x="${tenths(x)}" y="${tenths(y)}"${attributes && ` ${attributes}`}>${escapeMarkup(oneLine(text))}</text>`;

export const rectangle = (x: number, y: number, width: number, height: number, attributes: string): string =>
  `<rect x="${tenths(x)}" y="${tenths(y)}" width="${tenths(width)}" height="${tenths(height)}" ${attributes}/>`;

export const line = (x1: number, y1: number, x2: number, y2: number, attributes: string): string =>
  `<line x1="${tenths(x1)}" y1="${tenths(y1)}" x2="${tenths(x2)}" y2="${tenths(y2)}" ${attributes}/>`;

export const polygon = (points: readonly (readonly [number, number])[], attributes: string): string =>
  `<polygon points="${points.map(([x, y]) => `${tenths(x)},${tenths(y)}`).join(' ')}" ${attributes}/>`;

/** An SVG file with a title and a white background. */
export function svgFile(
  {
    width,
    height,
    title,
    description,
  }: { width: number; height: number; title: string; description?: string },
  content: string,
): string {
  const about = description === undefined ? '' : `<desc>${escapeMarkup(description)}</desc>\n`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${FONTS}" font-size="${FONT_SIZE}" fill="${LIGHT.ink}">
<title>${escapeMarkup(oneLine(title))}</title>
${about}${rectangle(0, 0, width, height, 'fill="#ffffff"')}
${content}
</svg>
`;
}
