/** Unpacks bzip2. */
import Bunzip from 'seek-bzip';

/**
 * Unpacks bzip2 data.
 * @param most the largest length of the result in bytes
 * @throws Error if the data is damaged, or its content longer than `most`
 */
export function bunzip(bytes: Uint8Array, most: number): Uint8Array {
  let position = 0;
  let content = new Uint8Array(Math.min(8 * bytes.length, most));
  let length = 0;
  const input = {
    readByte() {
      if (position >= bytes.length) throw new Error(`ends at byte ${bytes.length}: truncated`);
      return bytes[position++]!;
    },
    read(buffer: Uint8Array, offset: number, count: number) {
      for (let i = 0; i < count; i++) buffer[offset + i] = input.readByte();
      return count;
    },
    eof: () => position >= bytes.length,
  };
  const writeByte = (byte: number) => {
    if (length === content.length) {
      if (length >= most) throw new Error(`longer than ${most} bytes`);
      const longer = new Uint8Array(Math.min(2 * length + 1024, most));
      longer.set(content);
      content = longer;
    }
    content[length++] = byte;
  };
  Bunzip.decode(input, { writeByte }, true);
  return content.subarray(0, length);
}
