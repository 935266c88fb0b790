/** Numbers and times in words. */
import type { TableEnding } from './protocol.ts';
import type { Work } from './state.ts';

/** The formats of tables. */
export const TABLES = Object.entries({
  '.csv': 'CSV',
  '.parquet': 'Parquet',
  '.jsonl': 'JSON Lines',
} satisfies Record<TableEnding, string>) as [TableEnding, string][];

/** @example counted(1, 'file') // '1 file' */
export const counted = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : nouns}`;

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(0)}\u00a0%`;

/** @example range(0.76, 1) // '76–100 %' */
export const range = (low: number, high: number): string =>
  `${(100 * low).toFixed(0)}–\u2060${percent(high)}`;

/** `, 2 min left`; empty until it can be estimated. */
export function timeLeft({ done, total, started }: Work): string {
  if (done === 0 || done === total) return '';
  return `, ${duration(((performance.now() - started) / done) * (total - done) * 0.001)} left`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
