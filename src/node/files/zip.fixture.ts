/** Writes small zips for tests: enough of PKWARE's APPNOTE for stored and deflated files, zip64 on demand. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipFixture {
  /** 0 stored, 8 deflated. */
  method?: 0 | 8;
  /** Sizes, offsets and counts in zip64 fields, as in archives of more than 65,535 files. */
  zip64?: boolean;
  /** Sizes behind the data (flag bit 3), as written by streaming packers. */
  sizesFollow?: boolean;
}

type Field = readonly [bytes: 2 | 4 | 8, value: number];

/** Stands for a 32-bit number that a zip64 field holds. */
const ELSEWHERE = 0xffffffff;

function record(...fields: readonly Field[]): Buffer {
  const buffer = Buffer.alloc(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return buffer;
}

/**
 * A zip of the given files, in the given order.
 *
 * @example
 * await writeFile('images.zip', zipFixture({ 'images/1.jpg': jpeg }, { method: 0 }));
 */
export function zipFixture(
  files: Record<string, string | Uint8Array>,
  { method = 8, zip64 = false, sizesFollow = false }: ZipFixture = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [fileName, file] of Object.entries(files)) {
    const name = Buffer.from(fileName);
    const content = Buffer.from(file);
    const data = method === 8 ? deflateRawSync(content) : content;
    const flags = 0x800 | (sizesFollow ? 8 : 0); // names are UTF-8
    const common: Field[] = [
      [2, 45],
      [2, flags],
      [2, method],
      [4, 0],
    ];
    const checksum: Field = [4, crc32(content)];
    const sizes: Field[] = [
      [4, data.length],
      [4, content.length],
    ];
    const none: Field[] = [
      [4, 0],
      [4, 0],
      [4, 0],
    ];
    const local = [
      record(
        [4, 0x04034b50],
        ...common,
        ...(sizesFollow ? none : [checksum, ...sizes]),
        [2, name.length],
        [2, 0],
      ),
      name,
      data,
      sizesFollow ? record([4, 0x08074b50], checksum, ...sizes) : Buffer.alloc(0),
    ];
    const extra = zip64
      ? record([2, 1], [2, 24], [8, content.length], [8, data.length], [8, offset])
      : Buffer.alloc(0);
    const listed: Field[] = zip64
      ? [
          [4, ELSEWHERE],
          [4, ELSEWHERE],
        ]
      : sizes;
    const place: Field[] = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, zip64 ? ELSEWHERE : offset],
    ];
    directory.push(
      record(
        [4, 0x02014b50],
        [2, 45],
        ...common,
        checksum,
        ...listed,
        [2, name.length],
        [2, extra.length],
        ...place,
      ),
      name,
      extra,
    );
    parts.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const count = Object.keys(files).length;
  const bytes = directory.reduce((sum, part) => sum + part.length, 0);
  if (zip64) {
    const counts: Field[] = [
      [8, count],
      [8, count],
      [8, bytes],
      [8, offset],
    ];
    directory.push(
      record([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], ...counts),
      record([4, 0x07064b50], [4, 0], [8, offset + bytes], [4, 1]),
    );
  }
  const counts: Field[] = zip64
    ? [
        [2, 0xffff],
        [2, 0xffff],
        [4, ELSEWHERE],
        [4, ELSEWHERE],
      ]
    : [
        [2, count],
        [2, count],
        [4, bytes],
        [4, offset],
      ];
  directory.push(record([4, 0x06054b50], [2, 0], [2, 0], ...counts, [2, 0]));
  return Buffer.concat([...parts, ...directory]);
}
