/**
 * A GalaxyID: a positive integer in decimal digits, exact as a number; undefined for any other text.
 *
 * @example
 * parseGalaxyId('100008'); // 100008
 */
export function parseGalaxyId(text: string): number | undefined {
  const id = /^\d+$/.test(text) ? Number(text) : 0;
  return id > 0 && Number.isSafeInteger(id) ? id : undefined;
}
