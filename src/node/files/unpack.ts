/** Unpacks files that are compressed as a whole, whatever their names. */
import { isGzip, unpacking } from '../../files/gunzip.ts';
import { gunzip } from './gunzip.ts';

const isBzip2 = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes.subarray(0, 3)) === 'BZh';

/**
 * The content of a file: unpacked if it is compressed by gzip or bzip2, otherwise as it is.
 * @param file its name, for messages
 * @param most the largest length of the content, in bytes
 * @throws UserError if the data are damaged, or longer; OutOfMemory
 */
export async function unpacked(bytes: Uint8Array, file: string, most: number): Promise<Uint8Array> {
  if (isGzip(bytes)) return await unpacking(file, () => gunzip(bytes, most));
  if (!isBzip2(bytes)) return bytes;
  const { bunzip } = await import('./bunzip.ts');
  return await unpacking(file, () => bunzip(bytes, most));
}
