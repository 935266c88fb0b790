/** Node's files. */
import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import type { Files } from '../../platform.ts';
import { writeFileAtomically } from './atomic.ts';
import { withLock } from './lock.ts';
import { readFully, withFile } from './read.ts';
import { isMissing, unwritable } from './systemError.ts';

export const nodeFiles: Files = {
  open: (path, use) =>
    withFile(path, (file, bytes) =>
      use({ bytes, read: (position, length) => readFully(file, path, position, length) }),
    ),
  exists: (path) =>
    stat(path).then(
      () => true,
      (error) => !isMissing(error), // reading it reports the reason
    ),
  list: (folder) => readdir(folder).catch(() => []),
  write: writeFileAtomically,
  append: (path, content) =>
    appendFile(path, content).catch((cause) => {
      throw unwritable(path, cause);
    }),
  remove: (path) => rm(path, { force: true }),
  lock: withLock,
};
