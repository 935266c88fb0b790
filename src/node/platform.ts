/** The platform of Node: onnxruntime-node, sharp in worker threads, and the file system. */
import { availableParallelism, totalmem } from 'node:os';
import type { Platform } from '../platform.ts';
import { nodeFiles } from './files/files.ts';
import { readPicture } from './pictures/loader.ts';
import { ImageWorkers } from './pictures/workers.ts';
import { compile, load } from './runtime/device.ts';

/** Memory that this process may use: the machine's, or the limit of its container. */
function machineMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** Node as a platform. */
export const nodePlatform: Platform = {
  compile,
  load,
  pictures: (workers) => new ImageWorkers(workers),
  readPicture,
  files: nodeFiles,
  memory: machineMemory,
  cores: availableParallelism(),
};
