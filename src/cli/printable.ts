/** Text as a terminal takes it: nothing that steers it, and as wide as it is. */
import { printable } from '../errors.ts';

/** Lines of ours, in which what others have named may stand: all but the line breaks is made printable. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** A word of a command line, so that it can be pasted. @example shellWord('my run') // "'my run'" */
export const shellWord = (text: string): string =>
  /^[\p{L}\p{N}_./:@%+=,-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** What takes two columns: the scripts of East Asia in full width, and pictures of more than a letter's shape. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}])/u;
/** What takes none: marks that stand over the letter before. */
const NARROWEST = /^[\p{M}\u200b-\u200d]+$/u;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const columnsOf = (grapheme: string) => (WIDE.test(grapheme) ? 2 : NARROWEST.test(grapheme) ? 0 : 1);

/** How many columns a line takes. @example displayWidth('NGC 银河') // 8 */
export function displayWidth(line: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(line)) width += columnsOf(segment);
  return width;
}

/** The beginning of a line, as far as so many columns hold it. @example cutToWidth('NGC 银河', 7) // 'NGC 银' */
export function cutToWidth(line: string, columns: number): string {
  let width = 0;
  for (const { segment, index } of graphemes.segment(line)) {
    width += columnsOf(segment);
    if (width > columns) return line.slice(0, index);
  }
  return line;
}

/** A number and what it counts. @example counted(1, 'epoch', 'epochs') // '1 epoch' */
export const counted = (count: number, one: string, several: string): string =>
  `${count} ${count === 1 ? one : several}`;
