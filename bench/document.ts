/** Documents with tables that a benchmark writes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { UserError } from '../src/errors.ts';

const END = '<!-- end of the tables -->';

/** Replaces the tables that a benchmark writes into a document. @throws UserError if the document has no place for them */
export function replaceTables(benchmark: string, document: string, markdown: string): void {
  const mark = `<!-- tables: npm run bench -- ${benchmark} -->`;
  const text = readFileSync(document, 'utf8');
  const [begin, end] = [text.indexOf(mark) + mark.length, text.indexOf(END)];
  if (begin < mark.length || end < begin) throw new UserError(`${document}: expected ${mark} and ${END}`);
  writeFileSync(document, `${text.slice(0, begin)}\n\n${markdown}\n${text.slice(end)}`);
}
