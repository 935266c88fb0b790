/** Reads tables of features. */
import { type FeatureTable, featureColumns, featuresAbout } from '../../data/featureTable.ts';
import { ID_COLUMN } from '../../data/idColumn.ts';
import { parquetTable } from '../../data/tables/parquet.ts';
import { UserError } from '../../errors.ts';
import { openParquet } from '../files/parquet.ts';

/** Columns that are read at once: the cells of all would take several times the memory of the features. */
const TOGETHER = 64;

/**
 * Reads a table of `tuningfork features`.
 * @throws UserError if the file is no such table, an ID is repeated, or a feature is not a finite number
 * @example
 * const { ids, values, width } = await readFeatures('features.parquet');
 * values.subarray(0, width); // those of ids[0]
 */
export async function readFeatures(file: string): Promise<FeatureTable> {
  const { buffer, metadata, columns } = await openParquet(file);
  const pairs = metadata.key_value_metadata ?? [];
  const about = featuresAbout(Object.fromEntries(pairs.map(({ key, value = '' }) => [key, value])), file);
  const width = columns.filter((name) => /^f\d+$/.test(name)).length;
  const names = featureColumns(width);
  const missing = [ID_COLUMN, ...names].find((name) => !columns.includes(name));
  if (about === undefined || width === 0 || missing !== undefined) {
    const reason =
      about === undefined
        ? 'its metadata names no network'
        : `it has no column ${width === 0 ? (names[0] ?? 'f0') : missing}`;
    throw new UserError(`${file}: expected a Parquet file of \`tuningfork features\`: ${reason}`);
  }
  const table = parquetTable(buffer, metadata, file);
  const { texts, fault } = await table.read({ texts: [ID_COLUMN] });
  const ids = texts.get(ID_COLUMN)!;
  const seen = new Set<string>();
  for (const [row, id] of ids.entries()) {
    if (id === '' || seen.has(id))
      throw fault(row, `${ID_COLUMN} ${id === '' ? 'is empty' : `${id} occurs twice`}`);
    seen.add(id);
  }
  const values = new Float32Array(ids.length * width);
  for (let start = 0; start < width; start += TOGETHER) {
    const wanted = names.slice(start, start + TOGETHER);
    const { numbers } = await table.read({ numbers: wanted });
    for (const [i, name] of wanted.entries()) {
      const cells = numbers.get(name)!;
      for (let row = 0, at = start + i; row < cells.length; row++, at += width) {
        const value = cells[row]!;
        if (!Number.isFinite(value)) throw fault(row, `${name}: expected a number, got ${value}`);
        values[at] = value;
      }
    }
  }
  return { file, ids, values, width, ...about };
}
