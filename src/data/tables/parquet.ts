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
import {
  floatText,
  type Table,
  type TableColumn,
  type TableColumns,
  type TableFormat,
  type WantedColumns,
} from './table.ts';

const MAGIC = 'PAR1';

/** A leaf column's type: its logical type if it has one; of integers such as `uint8`. */
function typeOf({ element: { logical_type: logical, converted_type, type } }: SchemaTree): string {
  if (logical?.type === 'INTEGER') return `${logical.isSigned ? '' : 'u'}int${logical.bitWidth}`;
  return (logical?.type ?? converted_type ?? type ?? 'group').toLowerCase();
}

const FLOATS = ['float', 'double', 'float16'];

/** A cell as text; '' where it is missing. */
function textOf(cell: unknown, isFloat: boolean): string | undefined {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return '';
  if (typeof cell === 'number' && isFloat) return floatText(cell);
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'object' || typeof cell === 'function' || typeof cell === 'symbol') return undefined;
  return String(cell);
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
  floats: ReadonlySet<string>,
  { texts = [], numbers = [], most = Number.POSITIVE_INFINITY }: WantedColumns,
): Promise<TableColumns> {
  const rows = Math.min(Number(metadata.num_rows), most);
  const place = (row: number) => `row ${row + 1}`;
  const fault = (row: number, problem: string) => new UserError(`${file} ${place(row)}: ${problem}`);
  const textCells = new Map(texts.map((name) => [name, new Array<string>(rows).fill('')]));
  const numberCells = new Map(numbers.map((name) => [name, new Float64Array(rows).fill(Number.NaN)]));
  const chunks: ColumnData[] = [];
  // hyparquet does not pass on what `onChunk` throws, so that cells are checked afterwards.
  const onChunk = (chunk: ColumnData) => chunks.push(chunk);
  const columns = [...new Set([...texts, ...numbers])];
  await parquetRead({ file: buffer, metadata, columns, compressors, onChunk, rowEnd: rows });
  for (const { columnName, columnData, rowStart } of chunks) {
    const [asText, asNumber] = [textCells.get(columnName), numberCells.get(columnName)];
    const isFloat = floats.has(columnName);
    for (let i = 0; i < columnData.length && rowStart + i < rows; i++) {
      const row = rowStart + i;
      const cell: unknown = columnData[i];
      const text = asText && textOf(cell, isFloat);
      const value = asNumber && numberOf(cell);
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

/**
 * The table of a Parquet file; columns are read when they are asked for.
 * @param metadata its footer
 */
export function parquetTable(buffer: AsyncBuffer, metadata: FileMetaData, file: string): Table {
  const { children } = parquetSchema(metadata);
  const columns = children.map((child): TableColumn => ({ name: child.element.name, type: typeOf(child) }));
  const floats = new Set(columns.flatMap(({ name, type }) => (FLOATS.includes(type!) ? [name] : [])));
  return {
    file,
    format: 'Parquet',
    columns,
    read: (wanted) =>
      read(file, buffer, metadata, floats, wanted).catch((cause) => {
        throw asBroken(cause, file);
      }),
  };
}

/** An error that names the file; errors that name it already are unchanged. */
const asBroken = (cause: unknown, file: string): unknown =>
  cause instanceof UserError
    ? cause
    : new UserError(`${file}: cannot be read as Parquet: ${(cause as Error).message}`, { cause });

export const parquet: TableFormat = {
  name: 'Parquet',
  matches: (head) => new TextDecoder().decode(head.subarray(0, 4)) === MAGIC,
  async open(bytes, file): Promise<Table> {
    const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const buffer: AsyncBuffer = {
      byteLength: whole.byteLength,
      slice: (start, end) => whole.slice(start, end),
    };
    try {
      return parquetTable(buffer, parquetMetadata(whole), file);
    } catch (cause) {
      throw asBroken(cause, file);
    }
  },
};
