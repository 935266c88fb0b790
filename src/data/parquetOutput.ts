/** Tables as Apache Parquet (hyparquet-writer), a row group for each piece. Words of a list are one text, separated by spaces. */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { parseNumber } from '../files/decimal.ts';
import type { OutputCell, OutputFormat, OutputRow, OutputType } from './output.ts';

/** Parquet's types by ours. */
const TYPES = {
  float32: 'FLOAT',
  int64: 'INT64',
  float64: 'DOUBLE',
  text: 'STRING',
  words: 'STRING',
} as const satisfies Record<OutputType, string>;

function parquetValue(cell: OutputCell, type: OutputType) {
  if (cell === null) return null;
  if (type === 'int64') return BigInt(cell as string);
  if (type === 'float64') return parseNumber(cell as string);
  return typeof cell === 'object' ? cell.join(' ') : cell;
}

export const parquetOutput: OutputFormat = {
  ending: '.parquet',
  hasMetadata: true,
  encoder(columns, metadata) {
    const columnData = (rows: readonly OutputRow[]) =>
      columns.map(({ name, type, required = false }, i) => ({
        name,
        type: TYPES[type],
        nullable: !required,
        data: rows.map((row) => parquetValue(row[i]!, type)),
      }));
    const bytes = new ByteWriter();
    const kvMetadata = Object.entries(metadata).map(([key, value]) => ({ key, value }));
    const schema = schemaFromColumnData({ columnData: columnData([]) });
    const writer = new ParquetWriter({ writer: bytes, schema, kvMetadata, createdBy: 'tuningfork' });
    const take = () => {
      const piece = bytes.getBytes().slice();
      bytes.index = 0;
      return piece;
    };
    return {
      rows(rows) {
        void writer.write({ columnData: columnData(rows), rowGroupSize: Math.max(1, rows.length) }); // memory is written at once
        return take();
      },
      end() {
        void writer.finish();
        return take();
      },
    };
  },
};
