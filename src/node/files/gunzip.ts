/** Unpacks gzip with zlib. */
import { gunzipSync } from 'node:zlib';
import type { Gunzip } from '../../files/gunzip.ts';

/** {@link Gunzip} with zlib. */
export const gunzip: Gunzip = (bytes, most) => {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, most) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new Error(`longer than ${most} bytes`);
    throw error;
  }
};
