/** The platform of Node: onnxruntime-node, sharp in worker threads, and the file system. */
import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { Files, Platform } from '../platform.ts';
import { writeFileAtomically } from './files/atomic.ts';
import { withLock } from './files/lock.ts';
import { readFully, withFile } from './files/read.ts';
import { isMissing, unwritable } from './files/systemError.ts';
import { readPixels } from './pictures/pixels.ts';
import { ImageWorkers } from './pictures/workers.ts';
import { compile } from './runtime/device.ts';

/** Memory that this process may use: the machine's, or less in a container. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

const nodeFiles: Files = {
  open: (path, use) =>
    withFile(path, (file, bytes) =>
      use({ bytes, read: (position, length) => readFully(file, path, position, length) }),
    ),
  exists: (path) =>
    stat(path).then(
      () => true,
      (error) => !isMissing(error), // reading it tells the reason
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

/**
 * Tuning Fork's tasks in Node.
 * @example
 * for await (const { id, fractions } of predict(nodePlatform, model, galaxies)) console.log(id, fractions);
 */
export const nodePlatform: Platform = {
  compile,
  pictures: (workers) => new ImageWorkers(workers),
  readPixels,
  files: nodeFiles,
  memory: machineMemory,
  cores: availableParallelism(),
};
