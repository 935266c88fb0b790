/** Tables in Apache Parquet, all encodings and compressions (hyparquet). Integers of 64 bits keep all digits. */
import {
  type AsyncBuffer,
  type ColumnData,
  type FileMetaData,
  parquetMetadata,
  parquetRead,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UserError } from '../../errors.ts';
import type { Table, TableColumn, TableColumns, TableFormat, WantedColumns } from './table.ts';

const MAGIC = 'PAR1';

/** A leaf column's type: its logical type if it has one. */
const typeOf = ({ element }: SchemaTree): string =>
  (element.logical_type?.type ?? element.converted_type ?? element.type ?? 'group').toLowerCase();

/** A cell as text; '' where it is missing. */
function textOf(cell: unknown): string | undefined {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'string' || typeof cell === 'bigint' || typeof cell === 'boolean') return String(cell);
  if (typeof cell === 'number') return Number.isNaN(cell) ? '' : String(cell);
  return undefined;
}

/** A cell as a number; NaN where it is missing. */
function numberOf(cell: unknown): number | undefined {
  if (cell === null || cell === undefined) return Number.NaN;
  if (typeof cell === 'number' || typeof cell === 'bigint') return Number(cell);
  return undefined;
}

async function read(
  file: string,
  buffer: AsyncBuffer,
  metadata: FileMetaData,
  { texts = [], numbers = [] }: WantedColumns,
): Promise<TableColumns> {
  const rows = Number(metadata.num_rows);
  const place = (row: number) => `row ${row + 1}`;
  const fault = (row: number, problem: string) => new UserError(`${file} ${place(row)}: ${problem}`);
  const textCells = new Map(texts.map((name) => [name, new Array<string>(rows).fill('')]));
  const numberCells = new Map(numbers.map((name) => [name, new Float64Array(rows).fill(Number.NaN)]));
  const chunks: ColumnData[] = [];
  // hyparquet does not pass on what `onChunk` throws, so that cells are checked afterwards.
  const onChunk = (chunk: ColumnData) => chunks.push(chunk);
  const columns = [...new Set([...texts, ...numbers])];
  await parquetRead({ file: buffer, metadata, columns, compressors, onChunk });
  for (const { columnName, columnData, rowStart } of chunks) {
    const [asText, asNumber] = [textCells.get(columnName), numberCells.get(columnName)];
    for (let i = 0; i < columnData.length; i++) {
      const row = rowStart + i;
      const cell: unknown = columnData[i];
      const [text, value] = [asText && textOf(cell), asNumber && numberOf(cell)];
      if ((asText && text === undefined) || (asNumber && value === undefined)) {
        const got = Array.isArray(cell) ? 'a list' : `a ${typeof cell}`;
        throw fault(row, `${columnName}: expected ${asNumber ? 'a number' : 'text or a number'}, got ${got}`);
      }
      if (asText) asText[row] = text!;
      if (asNumber) asNumber[row] = value!;
    }
  }
  return { rows, texts: textCells, numbers: numberCells, place, fault };
}

export const parquet: TableFormat = {
  name: 'Parquet',
  matches: (head) => new TextDecoder().decode(head.subarray(0, 4)) === MAGIC,
  async open(bytes, file): Promise<Table> {
    const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const buffer: AsyncBuffer = {
      byteLength: whole.byteLength,
      slice: (start, end) => whole.slice(start, end),
    };
    const broken = (cause: unknown) =>
      new UserError(`${file}: cannot be read as Parquet: ${(cause as Error).message}`, { cause });
    let metadata: FileMetaData;
    let children: SchemaTree[];
    try {
      metadata = parquetMetadata(whole);
      ({ children } = parquetSchema(metadata));
    } catch (cause) {
      throw broken(cause);
    }
    const columns = children.map((child): TableColumn => ({ name: child.element.name, type: typeOf(child) }));
    return {
      file,
      format: 'Parquet',
      columns,
      read: (wanted) =>
        read(file, buffer, metadata, wanted).catch((cause) => {
          throw cause instanceof UserError ? cause : broken(cause);
        }),
    };
  },
};
