/** Tuning Fork in a page. */
export type { Device } from '../platform.ts';
export { compile } from './compile.ts';
