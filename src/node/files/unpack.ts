/** Unpacks files that are compressed as a whole, whatever their names. */
import { UserError } from '../../errors.ts';
import { gunzip } from './gunzip.ts';

const isGzip = ([first, second]: Uint8Array) => first === 0x1f && second === 0x8b;

/**
 * The content of a file: unpacked if it is gzipped, otherwise as it is.
 * @param file its name, for messages
 * @param most the largest length of the content, in bytes
 * @throws UserError if the data are damaged, or longer
 */
export async function unpacked(bytes: Uint8Array, file: string, most: number): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  try {
    return await gunzip(bytes, most);
  } catch (cause) {
    throw new UserError(`${file}: cannot be unpacked: ${(cause as Error).message}`, { cause });
  }
}
