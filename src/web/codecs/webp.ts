/** Decodes WebP in a page with libwebp as WebAssembly. */
import { checkPages, checkPixels, type DecodedPicture } from '../../picture/decode.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { Lazy } from './lazy.ts';
import { flattened, type Rgba } from './rgba.ts';

interface Size {
  width: number;
  height: number;
}

interface WebpStructure extends Size {
  /** The number of frames, if the picture is animated. */
  frames?: number;
  /** The end of the picture in the file, in bytes: what follows is not part of it. */
  end: number;
}

const HEADER_BYTES = 12;

/** Reads the chunks of a RIFF file (RFC 9649). @returns undefined if the file ends before its last chunk does */
function readStructure(bytes: Uint8Array): WebpStructure | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(4, true) + 8 > bytes.length) return undefined;
  const end = view.getUint32(4, true) + 8;
  let size: Size | undefined;
  let frames = 0;
  for (let at = HEADER_BYTES; at + 8 <= end; ) {
    const kind = new TextDecoder('latin1').decode(bytes.subarray(at, at + 4));
    const [start, length] = [at + 8, view.getUint32(at + 4, true)];
    if (start + length > end) return undefined;
    if (kind === 'ANMF') frames++;
    if (length >= 10) size ??= sizeIn(kind, view, start);
    at = start + length + (length % 2);
  }
  return size && { ...size, end, ...(frames > 0 && { frames }) };
}

/** The size in the header of a chunk; undefined in other chunks. */
function sizeIn(kind: string, view: DataView, start: number): Size | undefined {
  const bits24 = (at: number) => view.getUint32(at, true) & 0xffffff;
  if (kind === 'VP8X')
    return { width: bits24(start + 4) + 1, height: (view.getUint32(start + 6, true) >>> 8) + 1 };
  if (kind === 'VP8 ')
    return {
      width: view.getUint16(start + 6, true) & 0x3fff,
      height: view.getUint16(start + 8, true) & 0x3fff,
    };
  if (kind !== 'VP8L') return undefined;
  const bits = view.getUint32(start + 1, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

const decoder = new Lazy(async () => {
  const { default: start } = await import('@jsquash/webp/codec/dec/webp_dec.js');
  return await start({ noInitialRun: true });
});

/** Decodes a WebP picture. @throws ImageError if it is damaged, too large or animated */
export async function decodeWebp(bytes: Uint8Array, file: string): Promise<DecodedPicture> {
  const structure = readStructure(bytes);
  if (structure === undefined) throw new ImageError(file, 'corrupt header: webp: unable to parse image');
  checkPixels(structure, file);
  checkPages(structure.frames, file);
  const { decode } = await decoder.get();
  let decoded: Rgba | null = null;
  try {
    decoded = decode(bytes.subarray(0, structure.end) as Uint8Array<ArrayBuffer>);
  } catch {
    decoder.forget(); // it has run out of memory
  }
  if (decoded === null) throw new ImageError(file, 'unable to read pixels');
  return flattened(decoded);
}
