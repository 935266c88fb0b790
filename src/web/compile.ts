/** ONNX Runtime in a page: onnxruntime-web as WebAssembly, loaded when the first program is compiled. */
import type { Tensor as GraphTensor } from '../engine/graph/tensor.ts';
import type { OnnxOptions } from '../engine/onnx/write.ts';
import { Program, type ProgramShapes } from '../engine/runtime/program.ts';
import { OptionError } from '../errors.ts';
import type { Device } from '../platform.ts';

/** Node 20, which runs the examples, has no navigator. */
const page = globalThis as { crossOriginIsolated?: boolean; navigator?: { hardwareConcurrency: number } };

/** Cores of the machine, as the browser reports them. */
export const pageCores = (): number => page.navigator?.hardwareConcurrency ?? 1;

/**
 * The number of threads that WebAssembly gets in this page, and the reason for it. Threads share memory, which browsers allow only
 * in cross-origin isolated pages: those with the headers COOP `same-origin` and COEP `require-corp`.
 * @param wanted 0: one for each core
 * @example
 * const { threads, reason } = wasmThreads();
 * console.log(`${threads} threads: ${reason}`); // 1 threads: this host sends no isolation headers
 */
export function wasmThreads(wanted = 0): { threads: number; reason: string } {
  if (!page.crossOriginIsolated) return { threads: 1, reason: 'this host sends no isolation headers' };
  const cores = pageCores();
  return wanted === 0
    ? { threads: cores, reason: `the browser reports ${cores} cores` }
    : { threads: wanted, reason: 'as requested' };
}

/**
 * Compiles a graph. Threads need a cross-origin isolated page; see {@link wasmThreads}.
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

async function runtimeWith(wanted: number) {
  const ort = await import('onnxruntime-web/wasm');
  const { threads } = wasmThreads(wanted);
  ort.env.wasm.numThreads = threads;
  // By default each thread loads the script that contains ONNX Runtime, and with it whatever a bundler has put there or imports from it.
  if (threads > 1) ort.env.wasm.wasmPaths ??= THREADED_RUNTIME;
  const { InferenceSession, Tensor } = ort;
  return { InferenceSession, Tensor, allocatesOutputs: true };
}

/** The files of ONNX Runtime, as bundlers find them: they copy both and put in their addresses. */
const THREADED_RUNTIME = {
  mjs: new URL('onnxruntime-web/ort-wasm-simd-threaded.mjs', import.meta.url).href,
  wasm: new URL('onnxruntime-web/ort-wasm-simd-threaded.wasm', import.meta.url).href,
};
