/** Numbers as people and tables write them. */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * The number that a text writes in decimal digits; NaN for all else, such as hexadecimal or a thousands separator.
 * @example parseDecimal('1.5e-3') // 0.0015
 */
export const parseDecimal = (text: string): number => (DECIMAL.test(text) ? Number(text) : Number.NaN);
