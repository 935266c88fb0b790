/** Decodes JPEGs in a page with MozJPEG's decoder as WebAssembly. */
import { checkPixels, type DecodedPicture } from '../../picture/decode.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { Lazy } from './lazy.ts';
import { flattened, type Rgba } from './rgba.ts';

/** A component of a JPEG and its sampling factors. */
interface Component {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
  /** Of progressive JPEGs: the bits that are missing from each coefficient, in zigzag order; undefined if all are. */
  readonly missing: (number | undefined)[];
}

/** The frame header and the scans of a JPEG (ITU-T T.81, annex B). */
interface JpegStructure {
  readonly width: number;
  readonly height: number;
  readonly isProgressive: boolean;
  readonly components: readonly Component[];
}

/** True for the marker of a frame header. DHT, JPG and DAC have numbers among theirs. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** True for a marker without a segment: TEM and RST. */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
const [SOI, EOI, SOS] = [0xd8, 0xd9, 0xda];

/** Reads the structure of a JPEG as far as it goes; undefined without a frame. The decoder reports damage. */
function readStructure(bytes: Uint8Array): JpegStructure | undefined {
  const uint16 = (start: number) => ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
  let structure: JpegStructure | undefined;
  let at = 0;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return structure;
    const marker = bytes[++at]!;
    // A 0 follows a byte 0xff of the data, and 0xff may be repeated.
    if (marker === 0 || marker === 0xff || marker === SOI || isAlone(marker)) continue;
    if (marker === EOI || at + 3 > bytes.length) return structure;
    const start = at + 3;
    at += 1 + uint16(at + 1);
    if (at > bytes.length) return structure;
    if (isFrame(marker)) {
      structure = {
        height: uint16(start + 1),
        width: uint16(start + 3),
        isProgressive: marker === 0xc2 || marker === 0xca,
        components: Array.from({ length: bytes[start + 5]! }, (_, i) => {
          const [id = 0, sampling = 0] = bytes.subarray(start + 6 + 3 * i);
          return { id, horizontal: sampling >> 4, vertical: sampling & 15, missing: [] };
        }),
      };
    } else if (marker === SOS) {
      const count = bytes[start]!;
      const ids = Array.from({ length: count }, (_, i) => bytes[start + 1 + 2 * i]!);
      const [first = 0, last = 0, approximation = 0] = bytes.subarray(start + 1 + 2 * count);
      for (const { missing } of structure?.components.filter(({ id }) => ids.includes(id)) ?? [])
        for (let i = first; i <= Math.min(last, 63); i++) missing[i] = approximation & 15;
    }
  }
}

/** libjpeg smooths blocks of a progressive JPEG if one of these coefficients is incomplete; its versions do it differently. */
const SMOOTHED_COEFFICIENTS = 10;

/** The error for a kind of picture that sharp decodes differently. */
const refused = (file: string, kind: string) =>
  new ImageError(file, `a page cannot read ${kind}; save it as PNG`);

/** @throws ImageError if a JPEG has colours that are not decoded in a page */
function checkColours({ components }: JpegStructure, file: string): void {
  if (components.length === 4) throw refused(file, 'CMYK pictures');
  const tallest = Math.max(...components.map(({ vertical }) => vertical));
  const widest = Math.max(...components.map(({ horizontal }) => horizontal));
  // Only newer versions of libjpeg-turbo, such as sharp's, interpolate these colours.
  const isHalved = components.some((each) => each.horizontal === widest && 2 * each.vertical === tallest);
  if (isHalved) throw refused(file, 'JPEGs whose colours have half the height (4:4:0)');
}

/** @throws ImageError if a progressive JPEG is incomplete, though it has an end */
function checkScans({ components, isProgressive }: JpegStructure, file: string): void {
  const isComplete = ({ missing }: Component) =>
    Array.from({ length: SMOOTHED_COEFFICIENTS }, (_, i) => missing[i]).every((bits) => bits === 0);
  if (isProgressive && !components.every(isComplete))
    throw refused(file, 'progressive JPEGs without all their scans');
}

/** The decoder, and libjpeg's warnings and errors about the last picture. */
const decoder = new Lazy(async () => {
  const { default: start } = await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js');
  const messages: string[] = [];
  const options = { noInitialRun: true, printErr: (line: string) => messages.push(line) };
  const module = await start(options);
  const isTurned = false; // as EXIF says
  const decode = (bytes: Uint8Array): Rgba | null =>
    module.decode(bytes as Uint8Array<ArrayBuffer>, isTurned);
  return { decode, messages };
});

/** libjpeg's message as libvips words it. */
const reworded = (message: string) =>
  message === 'Premature end of JPEG file' ? 'premature end of JPEG image' : message;

/** libvips stops at the last row, and does not see data between it and the end. */
const isHarmless = (message: string) => /extraneous bytes before marker 0xd9$/.test(message);

/** Decodes a JPEG. @throws ImageError if it is damaged, too large, or of a kind that sharp decodes differently */
export async function decodeJpeg(bytes: Uint8Array, file: string): Promise<DecodedPicture> {
  const structure = readStructure(bytes);
  if (structure) {
    checkPixels(structure, file);
    checkColours(structure, file);
  }
  const { decode, messages } = await decoder.get();
  messages.length = 0;
  let decoded: Rgba | null = null;
  try {
    decoded = decode(bytes);
  } catch {
    decoder.forget(); // a fatal error leaves its memory in disorder
  }
  const damage = messages.filter((message) => !isHarmless(message)).map(reworded);
  if (damage.length > 0 || decoded === null) throw new ImageError(file, damage.join('; ') || 'damaged JPEG');
  if (structure) checkScans(structure, file);
  const { alpha: _, ...picture } = flattened(decoded);
  return picture;
}
