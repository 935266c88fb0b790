/** Decodes PNG in a page with Rust's decoder as WebAssembly. It checks no checksums: they are checked here. */
import { crc32 } from '../../files/crc.ts';
import { checkPixels, type DecodedPicture, type RawPicture } from '../../picture/decode.ts';
import { bytesRefused } from '../../picture/fillBatch.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { Lazy } from './lazy.ts';
import { flattened, type Rgba } from './rgba.ts';

/** The header of a PNG. */
interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a value: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** 1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha. Colours of palettes are looked up. */
  readonly channels: number;
  /** The compressed pixels (zlib, RFC 1950), part by part. */
  readonly data: Uint8Array<ArrayBuffer>[];
}

const SIGNATURE_BYTES = 8;
/** Length and type before the data of a chunk, and the checksum after it. */
const CHUNK_BYTES = 12;
/** The chunks that a decoder must know (PNG 3, section 11.2), and the one that makes colours transparent. */
const CHECKED = ['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS'];
const isCritical = (type: string) => /^[A-Z]/.test(type);

/** Channels by colour type; a palette has RGB. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Reads the header and checks the chunks. @throws ImageError if the file is damaged, truncated or too large */
function readHeader(bytes: Uint8Array, file: string): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: PngHeader | undefined;
  for (let at = SIGNATURE_BYTES; at + CHUNK_BYTES <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = new TextDecoder('latin1').decode(bytes.subarray(at + 4, at + 8));
    const [start, end] = [at + 8, at + 8 + length];
    if (end + 4 > bytes.length) break;
    if (isCritical(type) && !CHECKED.includes(type))
      throw new ImageError(file, `unknown chunk ${JSON.stringify(type)} in a PNG`);
    if (CHECKED.includes(type) && crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) break;
    if (header === undefined) {
      const channels = CHANNELS[bytes[start + 9]!];
      if (type !== 'IHDR' || length !== 13 || channels === undefined) break;
      const [width, height, depth] = [view.getUint32(start), view.getUint32(start + 4), bytes[start + 8]!];
      if (width === 0 || height === 0) break;
      header = { width, height, depth, channels, data: [] };
      checkPixels(header, file);
    } else if (type === 'tRNS' && header.channels % 2 === 1) {
      header = { ...header, channels: header.channels + 1 };
    } else if (type === 'IDAT') {
      header.data.push(bytes.subarray(start, end) as Uint8Array<ArrayBuffer>);
    } else if (type === 'IEND') return header;
    at = end + 4;
  }
  throw new ImageError(file, header === undefined ? 'corrupt header' : 'damaged or truncated PNG');
}

const decoder = new Lazy(async () => {
  const module = await import('@jsquash/png/codec/pkg/squoosh_png.js');
  await module.default();
  return module;
});

/** Inflates data only to check it. @throws Error if it ends early, or its checksum is wrong */
const checkData = (data: Uint8Array<ArrayBuffer>[]) =>
  new Blob(data).stream().pipeThrough(new DecompressionStream('deflate')).pipeTo(new WritableStream());

/** The pixels, of 16 bits if the file has them. */
async function readPixels(bytes: Uint8Array, { depth, data }: PngHeader, file: string): Promise<Rgba> {
  const { decode, decode_rgba16 } = await decoder.get();
  try {
    await checkData(data);
    if (depth !== 16) return decode(bytes);
    const deep = decode_rgba16(bytes);
    const { width, height } = deep;
    const pixels = deep.data.slice(); // from the decoder's memory
    deep.free();
    return { width, height, data: pixels };
  } catch {
    throw new ImageError(file, 'damaged or truncated PNG');
  }
}

/** Decodes a PNG. @throws ImageError if it is damaged or too large */
export async function decodePng(bytes: Uint8Array, file: string): Promise<DecodedPicture> {
  return flattened(await readPixels(bytes, readHeader(bytes, file), file));
}

/** The values of a PNG of 16 bits. @throws ImageError if it is damaged, too large, or has fewer bits */
export async function decodeDeepPng(bytes: Uint8Array, file: string): Promise<RawPicture> {
  const header = readHeader(bytes, file);
  const { width, height, depth, channels } = header;
  if (depth !== 16) throw bytesRefused(file);
  const { data } = await readPixels(bytes, header, file);
  const values = new Uint16Array(width * height * channels);
  // Grey is in all three colours, and alpha is the last channel.
  const sources = [[0], [0, 3], [0, 1, 2], [0, 1, 2, 3]][channels - 1]!;
  for (let from = 0, to = 0; from < data.length; from += 4)
    for (const channel of sources) values[to++] = data[from + channel]!;
  return {
    format: 'PNG',
    hdu: null,
    shape: channels === 1 ? [height, width] : [height, width, channels],
    bitpix: 16,
    hasAlpha: channels % 2 === 0,
    values,
  };
}
