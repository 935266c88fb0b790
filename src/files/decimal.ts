/** Decimal numbers in flags and tables. */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Parses a decimal number; NaN for anything else, such as hexadecimal or thousands separators.
 * @example parseDecimal('1.5e-3') // 0.0015
 */
export const parseDecimal = (text: string): number => (DECIMAL.test(text) ? Number(text) : Number.NaN);
