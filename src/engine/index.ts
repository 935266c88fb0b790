/** The engine in a page, on onnxruntime-web. Compiling the first program loads it. */
import { type Compile, fitOn } from './nn/fit.ts';

export * from './exports.ts';

/** Compiles a graph. The device is the CPU unless one is given. */
export const compile: Compile = async (outputs, device) =>
  (await import('../web/compile.ts')).compile(outputs, device);

/** Trains a network on arrays in memory; see `index.node.ts`. */
export const fit = fitOn(compile);
