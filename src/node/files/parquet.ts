/** Parquet files that hold pictures, as Hugging Face writes them: a column `image` of groups `{ bytes, path }`, or of bytes. */
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetTable } from '../../data/tables/parquet.ts';
import type { Table } from '../../data/tables/table.ts';
import { UserError } from '../../errors.ts';
import type { ParquetPicture } from '../../files/reference.ts';
import { readFully, withFile } from './read.ts';

/** A Parquet file whose footer was read. */
interface ParquetFile {
  buffer: AsyncBuffer;
  metadata: FileMetaData;
  /** Names of the top-level columns. */
  columns: string[];
  /** The column of pictures; undefined if there is none. */
  pictures?: { name: string; isGroup: boolean };
}

/** @throws UserError that names the file if it is not an intact Parquet file */
async function within<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof UserError || (cause as NodeJS.ErrnoException).syscall !== undefined) throw cause;
    throw new UserError(`${path}: cannot be read as Parquet: ${(cause as Error).message}`, { cause });
  }
}

/** Reads the footer of a Parquet file. @throws UserError that names the file if it is not an intact Parquet file */
export function openParquet(path: string): Promise<ParquetFile> {
  return within(path, async () => {
    const byteLength = await withFile(path, async (_, bytes) => bytes);
    const slice = (start: number, end = byteLength) =>
      withFile(path, async (file) => (await readFully(file, path, start, end - start)).buffer);
    const buffer = { byteLength, slice };
    const metadata = await parquetMetadataAsync(buffer);
    const { children } = parquetSchema(metadata);
    const isBytes = ({ element: { type, converted_type, logical_type } }: (typeof children)[number]) =>
      type === 'BYTE_ARRAY' && converted_type === undefined && logical_type === undefined;
    const group = children.find((each) =>
      each.children.some((child) => child.element.name === 'bytes' && isBytes(child)),
    );
    const found = group ?? children.find((each) => each.children.length === 0 && isBytes(each));
    return {
      ...{ buffer, metadata, columns: children.map(({ element }) => element.name) },
      ...(found && { pictures: { name: found.element.name, isGroup: found === group } }),
    };
  });
}

/** Metadata in which the groups of pictures have only their paths, so that no picture is read for its path. */
function withoutBytes(metadata: FileMetaData, column: string): FileMetaData {
  const start = metadata.schema.findIndex(({ name, num_children }) => name === column && num_children);
  const end = start + 1 + metadata.schema[start]!.num_children!;
  const schema = metadata.schema.flatMap((element, i) => {
    if (i === start) return [{ ...element, num_children: 1 }];
    return i > start && i < end && element.name !== 'path' ? [] : [element];
  });
  const row_groups = metadata.row_groups.map((group) => ({
    ...group,
    columns: group.columns.filter(({ meta_data }) => {
      const [name, child] = meta_data?.path_in_schema ?? [];
      return name !== column || child === 'path';
    }),
  }));
  return { ...metadata, schema, row_groups };
}

/** Pictures in the rows of a Parquet file. */
interface StoredPictures {
  pictures: ParquetPicture[];
  /** The other columns. */
  table: Table;
}

/**
 * The pictures of a Parquet file, one for each row; their bytes are not read. The name of a picture is its `path`, '' if it has none.
 * @throws UserError if the file is broken, or has no pictures
 */
export function listParquet(path: string): Promise<StoredPictures> {
  return within(path, async () => {
    const { buffer: file, pictures, metadata, columns } = await openParquet(path);
    if (pictures === undefined) {
      throw new UserError(
        `${path}: expected a column of pictures, such as image { bytes, path }, got ${columns}`,
      );
    }
    const { name, isGroup } = pictures;
    const hasPath =
      isGroup &&
      metadata.row_groups[0]?.columns.some((chunk) => chunk.meta_data?.path_in_schema[1] === 'path');
    const paths = hasPath
      ? await parquetReadObjects({
          file,
          metadata: withoutBytes(metadata, name),
          columns: [name],
          compressors,
        })
      : [];
    const whole = parquetTable(file, metadata, path);
    return {
      pictures: Array.from({ length: Number(metadata.num_rows) }, (_, row): ParquetPicture => {
        const stored = (paths[row]?.[name] as { path?: string | null } | null | undefined)?.path;
        return { kind: 'parquet', path, row, name: stored ?? '' };
      }),
      table: { ...whole, columns: whole.columns.filter((column) => column.name !== name) },
    };
  });
}

/** The pictures of a row group. The last one stays in memory, because the pictures of a batch lie together. */
interface RowGroup {
  path: string;
  start: number;
  end: number;
  rows: Promise<Record<string, unknown>[]>;
}

let lastFile: { path: string; file: Promise<ParquetFile> } | undefined;
let lastGroup: RowGroup | undefined;

/**
 * Reads the picture of a row. Its row group stays in memory until a picture of another one is read.
 * @throws UserError that names the file and the row
 */
export function readParquetPicture({ path, row }: ParquetPicture): Promise<Uint8Array> {
  return within(path, async () => {
    if (lastFile?.path !== path) lastFile = { path, file: openParquet(path) };
    const { buffer: file, metadata, pictures } = await lastFile.file;
    const { name, isGroup } = pictures!;
    if (lastGroup?.path !== path || row < lastGroup.start || row >= lastGroup.end) {
      let [start, end] = [0, 0];
      for (const { num_rows } of metadata.row_groups) {
        [start, end] = [end, end + Number(num_rows)];
        if (row < end) break;
      }
      const read = {
        file,
        metadata,
        columns: [name],
        rowStart: start,
        rowEnd: end,
        utf8: false,
        compressors,
      };
      lastGroup = { path, start, end, rows: parquetReadObjects(read) };
    }
    const group = lastGroup;
    const cell = (await group.rows)[row - group.start]?.[name];
    const bytes = isGroup ? (cell as { bytes?: unknown } | null)?.bytes : cell;
    if (!(bytes instanceof Uint8Array)) throw new UserError(`${path} row ${row + 1}: has no picture`);
    return bytes;
  });
}
