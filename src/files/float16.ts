/** Numbers of 16 bits (IEEE 754 binary16), which Node 20 and pages have no array for. */

const word = new DataView(new ArrayBuffer(4));

/** The number that 16 bits encode. @example float16(0x3c00) // 1 */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest integer; of two, the even one. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/**
 * The 16 bits of the number nearest to a float32; of two, that with the even fraction. 65520 and more become infinite.
 * @example toFloat16(1 / 3) // 0x3555
 */
export function toFloat16(x: number): number {
  word.setFloat32(0, x);
  const bits = word.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(Math.fround(x));
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(((bits >>> 23) & 255) - 127, -14);
  // A fraction that rounds up to 2 carries into the exponent. Below 2^-14, the exponent's bits are 0.
  return sign | (((exponent + 14) << 10) + roundToEven(size * 2 ** (10 - exponent)));
}

let all: Float32Array | undefined;

/** The numbers that an array of 16 bits encodes, float32. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  all ??= Float32Array.from({ length: 2 ** 16 }, (_, each) => float16(each));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = all[bits[i]!]!; // ten times as fast as Float32Array.from
  return values;
}
