/** Text for a terminal: without control characters, and its width in columns. */
import { printable } from '../errors.ts';

/** Escapes all control characters except line breaks: file names in the text are untrusted. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** A word of a command line, quoted if necessary. @example shellWord('my run') // "'my run'" */
export const shellWord = (text: string): string =>
  /^[\p{L}\p{N}_./:@%+=,-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Graphemes of two columns: East Asian scripts in full width, and emoji. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}])/u;
/** Marks without a column of their own. */
const NARROWEST = /^[\p{M}\u200b-\u200d]+$/u;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const columnsOf = (grapheme: string) => (WIDE.test(grapheme) ? 2 : NARROWEST.test(grapheme) ? 0 : 1);

/** The width of a line in columns. @example displayWidth('NGC 银河') // 8 */
export function displayWidth(line: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(line)) width += columnsOf(segment);
  return width;
}

/** The beginning of a line that fits into `columns`. @example cutToWidth('NGC 银河', 7) // 'NGC 银' */
export function cutToWidth(line: string, columns: number): string {
  let width = 0;
  for (const { segment, index } of graphemes.segment(line)) {
    width += columnsOf(segment);
    if (width > columns) return line.slice(0, index);
  }
  return line;
}

/** A number with its noun. @example counted(1, 'epoch', 'epochs') // '1 epoch' */
export const counted = (count: number, one: string, several: string): string =>
  `${count} ${count === 1 ? one : several}`;
