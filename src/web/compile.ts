/** ONNX Runtime in a page: onnxruntime-web as WebAssembly, loaded when the first program is compiled. */
import type { Tensor as GraphTensor } from '../engine/graph/tensor.ts';
import type { OnnxOptions } from '../engine/onnx/write.ts';
import { Program, type ProgramShapes } from '../engine/runtime/program.ts';
import { OptionError } from '../errors.ts';
import type { Device } from '../platform.ts';

/**
 * Compiles a graph. Threads need a cross-origin isolated page: headers COOP `same-origin` and COEP `require-corp`.
 * @param device `wasm`, which is also what `cpu` means here; threads count for the first program of a page
 * @throws OptionError for other devices
 * @example
 * const program = await compile({ y: relu(input('x', [2])) });
 * const { y } = await program.run({ x: Float32Array.of(-1, 1) }); // [0, 1]
 */
export async function compile<Output extends string>(
  outputs: Readonly<Record<Output, GraphTensor>>,
  { name = 'wasm', threads = 0 }: Partial<Device> = {},
  options: OnnxOptions = {},
): Promise<Program<Output>> {
  if (name !== 'wasm' && name !== 'cpu')
    throw new OptionError('device', 'not available in a page, which has wasm', name);
  return Program.compile(await runtimeWith(threads), outputs, SETTINGS, options);
}

/** Loads an ONNX file as it is. */
export const load = async (bytes: Uint8Array, shapes: ProgramShapes): Promise<Program> =>
  Program.load(await runtimeWith(0), bytes, shapes, SETTINGS);

const SETTINGS = { executionProviders: ['wasm'], enableMemPattern: false, logSeverityLevel: 3 } as const;

/** @param threads 0: ONNX Runtime decides */
async function runtimeWith(threads: number) {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = threads;
  const { InferenceSession, Tensor } = ort;
  return { InferenceSession, Tensor, allocatesOutputs: true };
}
