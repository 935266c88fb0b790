/** The formats of tables that are written, and the format of a file. */
import { OptionError } from '../errors.ts';
import { csvOutput } from './csvOutput.ts';
import { jsonLinesOutput } from './jsonLinesOutput.ts';
import type { OutputFormat } from './output.ts';
import { parquetOutput } from './parquetOutput.ts';

const FORMATS: readonly OutputFormat[] = [csvOutput, parquetOutput, jsonLinesOutput];

/**
 * The format of a table by the ending of its name.
 * @param option the option that has the path, for messages
 * @throws OptionError if there is no such format
 * @example outputFormat('predictions.parquet').ending // '.parquet'
 */
export function outputFormat(path: string, option = 'out'): OutputFormat {
  const format = FORMATS.find(({ ending }) => path.toLowerCase().endsWith(ending));
  if (format !== undefined) return format;
  const endings = FORMATS.map(({ ending }) => ending);
  throw new OptionError(
    option,
    `expected a name that ends in ${endings.slice(0, -1).join(', ')} or ${endings.at(-1)}`,
    path,
  );
}
