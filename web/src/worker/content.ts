/** Recognises pictures and tables by their content. */
import { crc32 } from '../../../src/files/crc.ts';
import { isFitsName } from '../../../src/files/reference.ts';
import { type ImageReference, imageName } from '../../../src/picture/batch.ts';
import type { PictureContent } from '../protocol.ts';

/** The length of bytes and their checksum: equal for equal content. A zip lists both. */
export const fingerprint = (bytes: Uint8Array): string => `${bytes.length} ${crc32(bytes)}`;

/** The content of a picture, and how it is shown. @throws DOMException if its file cannot be read */
export async function contentOf(image: ImageReference): Promise<PictureContent> {
  if (image.kind === 'zip') return { content: `${image.bytes} ${image.crc32}`, shown: shownOf(image) };
  if (image.kind !== 'blob') return { content: imageName(image) }; // simulated
  return { content: fingerprint(new Uint8Array(await image.blob.arrayBuffer())), shown: shownOf(image) };
}

/** The stretch that shows a FITS file. */
const shownOf = ({ name, shown }: { name: string; shown?: string }) => (isFitsName(name) ? shown : undefined);
