/** Names formats that are not read as tables, for messages. */
import { UserError } from '../../errors.ts';

interface ForeignFormat {
  readonly name: string;
  /** The end of the message. */
  readonly advice?: string;
  /** @param head the beginning of a file, as Latin 1 */
  matches(head: string): boolean;
}

/** The first that matches names the format. */
const FORMATS: readonly ForeignFormat[] = [
  {
    name: 'VOTable (XML)',
    advice: '; convert it to FITS or CSV, in TOPCAT or with astropy',
    matches: (head) => /^\s*<(?:\?xml[\s\S]*?<)?(?:\w+:)?VOTABLE\b/i.test(head),
  },
  { name: 'UTF-16', matches: (head) => /^(?:\u00ff\u00fe|\u00fe\u00ff)/.test(head) },
  { name: 'HTML', matches: (head) => /^\s*<(?:!doctype html|html)\b/i.test(head) },
  { name: 'SVG', matches: (head) => /^\s*(?:<\?xml[\s\S]*?)?<svg\b/i.test(head) },
  { name: 'XML', matches: (head) => /^\s*<\?xml\b/i.test(head) },
  { name: 'GIF', advice: '; save it as PNG', matches: (head) => /^GIF8[79]a/.test(head) },
  { name: 'BMP', advice: '; save it as PNG', matches: (head) => /^BM[\s\S]{4}\0{4}/.test(head) },
  { name: 'JSON Lines', matches: (head) => /^\s*\{.*\}\s*\n\s*\{/.test(head) },
  { name: 'JSON', matches: (head) => /^\s*(?:\{\s*["}]|\[\s*["{[\d\]-])/.test(head) },
  { name: 'zip or Excel', matches: (head) => head.startsWith('PK\u0003\u0004') },
  { name: 'HDF5', matches: (head) => head.slice(1, 4) === 'HDF' },
  { name: 'NumPy', matches: (head) => head.slice(1, 6) === 'NUMPY' },
  { name: 'binary data', matches: (head) => head.split('\n', 1)[0]!.includes('\0') },
];

/** The beginning of a file that is looked at, in bytes. */
const HEAD = 4096;

/**
 * The format of a file that is no table; undefined if it may be one.
 * @example foreignFormat(new TextEncoder().encode('{ "a": 1 }'))?.name // 'JSON'
 */
export function foreignFormat(bytes: Uint8Array): ForeignFormat | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, HEAD)).replace(/^\u00ef\u00bb\u00bf/, '');
  return FORMATS.find(({ matches }) => matches(head));
}

/**
 * @param expected in words
 * @throws UserError if a file is no table
 */
export function refuseForeign(bytes: Uint8Array, file: string, expected = 'a table'): void {
  const foreign = foreignFormat(bytes);
  if (foreign === undefined) return;
  const { name, advice = '' } = foreign;
  const wanted = name === 'UTF-16' ? 'UTF-8' : `${expected} (CSV, ECSV, FITS or Parquet)`;
  throw new UserError(`${file}: expected ${wanted}, got ${name}${advice}`);
}
