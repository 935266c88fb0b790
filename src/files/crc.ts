/** Cyclic redundancy checks of 32 bits, reflected. */

/** The remainders of all bytes. */
const tableOf = (polynomial: number) =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });

function checksum(table: Uint32Array, bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

const ISO_3309 = tableOf(0xedb88320);
const CASTAGNOLI = tableOf(0x82f63b78);

/**
 * The checksum CRC-32 (ISO 3309) of gzip, PNG and zip.
 * @returns 0…2³² − 1
 * @example crc32(new TextEncoder().encode('123456789')) // 0xcbf43926
 */
export const crc32 = (bytes: Uint8Array): number => checksum(ISO_3309, bytes);

/**
 * The checksum CRC-32C (RFC 3720, appendix B.4).
 * @returns 0…2³² − 1
 * @example crc32c(new TextEncoder().encode('123456789')) // 0xe3069283
 */
export const crc32c = (bytes: Uint8Array): number => checksum(CASTAGNOLI, bytes);
