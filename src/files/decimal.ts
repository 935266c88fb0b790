/** Decimal numbers in flags and tables. */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Parses a decimal number; NaN for anything else, such as hexadecimal or thousands separators.
 * @example parseDecimal('1.5e-3') // 0.0015
 */
export const parseDecimal = (text: string): number => (DECIMAL.test(text) ? Number(text) : Number.NaN);

const INFINITE = /^[+-]?inf(?:inity)?$/i;

/**
 * Parses a decimal number or an infinity, as tables have them; NaN for anything else.
 * @example parseNumber('-inf') // -Infinity
 */
export function parseNumber(text: string): number {
  if (!INFINITE.test(text)) return parseDecimal(text);
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
