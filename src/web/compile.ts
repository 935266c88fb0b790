/** ONNX Runtime in a page: onnxruntime-web as WebAssembly, loaded when the first program is compiled. */
import type { InferenceSession as Ort } from 'onnxruntime-common';
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
 * console.log(`threads: ${threads} (${reason})`); // threads: 1 (the page is not cross-origin isolated)
 */
export function wasmThreads(wanted = 0): { threads: number; reason: string } {
  if (!page.crossOriginIsolated) return { threads: 1, reason: 'the page is not cross-origin isolated' };
  const cores = pageCores();
  return wanted === 0
    ? { threads: cores, reason: 'one for each core' }
    : { threads: wanted, reason: 'as requested' };
}

/**
 * Compiles a graph.
 * @param device `wasm`, which is also what `cpu` means here, or `webgpu`: see `chooseDevice`. Threads count for the first program of a page;
 * see {@link wasmThreads}
 * @throws OptionError for other devices, or if WebGPU cannot be used
 * @example
 * const program = await compile({ y: relu(input('x', [2])) });
 * const { y } = await program.run({ x: Float32Array.of(-1, 1) }); // [0, 1]
 */
export async function compile<Output extends string>(
  outputs: Readonly<Record<Output, GraphTensor>>,
  { name = 'wasm', threads = 0 }: Partial<Device> = {},
  options: OnnxOptions = {},
): Promise<Program<Output>> {
  if (name === 'webgpu') {
    const portable = { ...options, portable: true };
    return Program.compile(await webgpu(), outputs, WEBGPU, portable).catch((cause) => {
      throw new OptionError('device', `cannot be used here (${cause.message})`, name, {
        code: 'device',
        cause,
      });
    });
  }
  if (name !== 'wasm' && name !== 'cpu')
    throw new OptionError('device', 'not available in a page, which has wasm and webgpu', name);
  return Program.compile(await wasm(threads), outputs, WASM, options);
}

/** Loads an ONNX file as it is. */
export const load = async (bytes: Uint8Array, shapes: ProgramShapes): Promise<Program> =>
  Program.load(await wasm(0), bytes, shapes, WASM);

const COMMON = { enableMemPattern: false, logSeverityLevel: 3 } as const;
const WASM = { ...COMMON, executionProviders: ['wasm'] };
/** As in Node (src/node/runtime/device.ts): the layout whose convolutions are right, and nothing that silently runs as WebAssembly. */
const WEBGPU = {
  ...COMMON,
  executionProviders: [{ name: 'webgpu', preferredLayout: 'NCHW' }] as const,
  extra: { session: { disable_cpu_ep_fallback: '1' } },
};

async function wasm(wanted: number) {
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

/** Another build of ONNX Runtime, of 7 MB compressed. It does one thing at a time: calls wait for those before them. */
async function webgpu() {
  const ort = await import('onnxruntime-web/webgpu');
  ort.env.wasm.numThreads = 1; // the GPU does the work
  const { InferenceSession, Tensor } = ort;
  const create = (model: Uint8Array, options: Ort.SessionOptions) =>
    inTurn(async () => {
      const session = await InferenceSession.create(model, options);
      const run = session.run.bind(session) as (...given: unknown[]) => Promise<Ort.ReturnType>;
      return Object.assign(session, { run: (...given: unknown[]) => inTurn(() => run(...given)) });
    });
  return { InferenceSession: { create }, Tensor, allocatesOutputs: true };
}

let last: Promise<unknown> = Promise.resolve();
function inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
  const result = last.then(call);
  last = result.catch(() => {});
  return result;
}
