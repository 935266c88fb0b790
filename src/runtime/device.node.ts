/** ONNX Runtime in Node: devices, threads, and compiled programs on them. */
import * as ort from 'onnxruntime-node';
import { UserError } from '../errors.ts';
import type { OnnxOptions } from '../graph/onnx.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Program } from './program.ts';

/** Where programs run. */
export interface Device {
  /** An execution provider of ONNX Runtime: 'cpu', 'webgpu', 'cuda', 'dml', 'coreml', … */
  name: string;
  /** Threads of one operation; 0 lets ONNX Runtime take one for each core. */
  threads: number;
}

/**
 * The execution providers of this build of ONNX Runtime.
 * @example availableDevices() // ['cpu', 'webgpu']
 */
export function availableDevices(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

/**
 * Compiles a graph for a device.
 * @throws UserError where the device is not there, or cannot be used; it lists those that are
 * @example
 * const program = await compile({ y: relu(input('x', [2])) }, { name: 'cpu', threads: 2 });
 */
export async function compile(
  outputs: Readonly<Record<string, Tensor>>,
  device: Device,
  options: OnnxOptions = {},
): Promise<Program> {
  const available = availableDevices();
  if (!available.includes(device.name)) {
    throw new UserError(`--device ${device.name}: not there; this ONNX Runtime has: ${available.join(', ')}`);
  }
  try {
    return await Program.compile(
      ort,
      outputs,
      {
        executionProviders: [device.name],
        intraOpNumThreads: device.threads,
        // Sizes are fixed and the arena keeps its memory: a pattern saves no time and takes as much memory again.
        enableMemPattern: false,
        // It makes slow transpositions of many axes out of fast ones of a matrix.
        extra: { optimization: { disable_specified_optimizers: 'TransposeOptimizer' } },
        logSeverityLevel: 3, // errors: warnings speak of the graph, which is ours
      },
      options,
    );
  } catch (cause) {
    if (device.name === 'cpu') throw cause;
    const others = available.filter((name) => name !== device.name).join(', ');
    throw new UserError(
      `--device ${device.name}: cannot be used here (${(cause as Error).message}); this ONNX Runtime also has: ${others}`,
    );
  }
}
