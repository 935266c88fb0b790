/** Iterates over lines. A list of them would take several times the memory of the text. */

/**
 * The lines of a text, numbered from 1, without blank ones. A byte-order mark is skipped.
 * @example [...numberedLines('a\n\nb\r\n')] // [[1, 'a'], [3, 'b\r']]
 */
export function* numberedLines(text: string): Generator<[line: number, content: string]> {
  let start = text.startsWith('\ufeff') ? 1 : 0;
  for (let line = 1; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const content = text.slice(start, end);
    if (content.trim() !== '') yield [line, content];
    start = end + 1;
  }
}
