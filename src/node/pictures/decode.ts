/** Pictures from files: JPEG and PNG → 8-bit RGB, through sharp (libvips, libjpeg-turbo). */
import { OutOfMemory, UserError } from '../../errors.ts';
import type { FileReference } from '../../files/reference.ts';
import { FRAME_SIZE } from '../../picture/record.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { readReference, referenceLabel } from '../files/source.ts';
import { loadSharp } from './sharp.ts';

/** The most pixels that a picture's header may declare; checked before decoding. */
const MAX_PIXELS = 64_000_000;

/** The most bytes of a picture's file; enough for {@link MAX_PIXELS}. */
const MAX_BYTES = 200_000_000;

/** A galaxy's picture in the challenge's size. */
interface Frame {
  /** `[424, 424, 3]`, RGB, 8 bits. */
  pixels: Uint8Array;
  /** The file had another size. */
  resampled: boolean;
}

const SIGNATURES = [
  [0xff, 0xd8, 0xff], // JPEG
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], // PNG
];

function checkSignature(bytes: Uint8Array, file: string): void {
  if (bytes.length === 0) throw new ImageError(file, 'the file is empty');
  if (SIGNATURES.some((signature) => signature.every((byte, i) => bytes[i] === byte))) return;
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 16));
  throw new ImageError(file, `neither JPEG nor PNG: it begins with ${JSON.stringify(start)}`);
}

/** The message of libvips, without function names and repetitions. */
function describeDecodeError(error: unknown): string {
  const { message } = error as Error;
  if (message.includes('exceeds pixel limit')) return `larger than ${MAX_PIXELS / 1e6} million pixels`;
  if (message.includes('libpng read error')) return 'damaged or truncated PNG';
  const lines = message.replaceAll(/Input buffer has |\bvips\w+: /gi, '').split('\n');
  return [...new Set(lines)].join('; ').replace(/:$/, '');
}

/**
 * Decodes a galaxy's picture. JPEGs are decoded bit for bit as by Pillow; EXIF orientation and colour profiles are ignored.
 * Grey and CMYK become RGB, 16 bits become 8, and transparent pixels are drawn on black, the sky. A picture of another size
 * than 424×424 is cropped to its central square and resampled (bilinear, antialiased).
 * @param bytes a whole JPEG or PNG file
 * @param file its name, for messages
 * @throws ImageError if the file is not an intact JPEG or PNG, or larger than `MAX_PIXELS`. A JPEG has no checksum: the decoder
 * may miss damage
 */
export async function decodeFrame(bytes: Uint8Array, file: string): Promise<Frame> {
  checkSignature(bytes, file);
  const sharp = await loadSharp();
  try {
    // failOn 'warning' is the strictest: damage inside a JPEG is only a warning to libjpeg.
    const { data, info } = await sharp(bytes, {
      failOn: 'warning',
      limitInputPixels: MAX_PIXELS,
      ignoreIcc: true,
    })
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    if (width === FRAME_SIZE && height === FRAME_SIZE) return { pixels: plain(data), resampled: false };
    return { pixels: await centralSquare(data, width, height), resampled: true };
  } catch (error) {
    const { message } = error as Error;
    if (message.includes('out of memory')) throw new OutOfMemory(`${file}: ${message}`, { cause: error });
    throw new ImageError(file, describeDecodeError(error));
  }
}

/**
 * Reads and decodes a galaxy's picture; see {@link decodeFrame}.
 * @throws ImageError if the file cannot be read or decoded; Error if the system lacks a resource
 */
export async function readFrame(reference: FileReference): Promise<Frame> {
  let bytes: Uint8Array;
  try {
    bytes = await readReference(reference, MAX_BYTES);
  } catch (error) {
    if (!(error instanceof UserError)) throw error; // the system's fault, not the file's
    const label = `${referenceLabel(reference)}: `;
    const { message } = error as Error;
    throw new ImageError(reference.name, message.startsWith(label) ? message.slice(label.length) : message);
  }
  return decodeFrame(bytes, reference.name);
}

async function centralSquare(data: Buffer, width: number, height: number): Promise<Uint8Array> {
  const side = Math.min(width, height);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const sharp = await loadSharp();
  const square = await sharp(data, { raw: { width, height, channels: 3 } })
    .extract({ left, top, width: side, height: side })
    .resize(FRAME_SIZE, FRAME_SIZE, { kernel: 'linear', fit: 'fill', fastShrinkOnLoad: false })
    .raw()
    .toBuffer();
  return plain(square);
}

/** The same bytes as a Uint8Array: code that gets both kinds runs slower, and a Buffer cannot be cloned for another thread. */
function plain(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
