/** The choice of the device that a page computes on: WebGPU if it computes correctly, else WebAssembly. */
import { convolution } from '../engine/graph/convolution.ts';
import { add, divide, relu, sigmoid, sqrt, square, subtract } from '../engine/graph/elementwise.ts';
import { gradients } from '../engine/graph/gradient.ts';
import { matmul } from '../engine/graph/matmul.ts';
import { mean } from '../engine/graph/reduce.ts';
import { reshape } from '../engine/graph/shape.ts';
import { constant, elements, input, type Shape, type Tensor } from '../engine/graph/tensor.ts';
import { Random } from '../random/philox.ts';
import { compile, wasmThreads } from './compile.ts';

/** The part of WebGPU that the choice needs. */
const page = globalThis as {
  navigator?: {
    gpu?: {
      requestAdapter(): Promise<null | {
        info: { vendor: string; architecture: string; isFallbackAdapter?: boolean };
      }>;
    };
  };
};

/** The device of a page's programs. */
export interface ChosenDevice {
  device: 'webgpu' | 'wasm';
  /** Threads of WebAssembly. */
  threads: number;
  /** The reason for the choice, such as `no GPU adapter`. */
  reason: string;
}

export interface ChooseDeviceOptions {
  /** False: WebAssembly only. Default true. */
  webgpu?: boolean;
  /** True: a GPU that the processor simulates counts too. Default false. */
  software?: boolean;
}

/**
 * Chooses WebGPU if this machine has a GPU that computes small graphs like WebAssembly, else WebAssembly. The build of ONNX Runtime for
 * WebGPU is fetched only if there is a GPU.
 * @example
 * const { device, threads, reason } = await chooseDevice();
 * console.log(`${device}, threads: ${threads} (${reason})`); // wasm, threads: 2 (no GPU adapter)
 */
export async function chooseDevice({
  webgpu = true,
  software = false,
}: ChooseDeviceOptions = {}): Promise<ChosenDevice> {
  const { threads, reason: threadsReason } = wasmThreads();
  const wasm = (reason: string): ChosenDevice => ({
    device: 'wasm',
    threads,
    reason: threads === 1 ? `${reason}; ${threadsReason}` : reason,
  });
  if (!webgpu) return wasm('WebGPU is turned off');
  const { gpu } = page.navigator ?? {};
  if (gpu === undefined) return wasm('this browser has no WebGPU');
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null) return wasm('no GPU adapter');
  const { vendor, architecture, isFallbackAdapter } = adapter.info;
  const name = [vendor, architecture].filter((each) => each !== '').join(' ') || 'GPU';
  if (isFallbackAdapter && !software) return wasm(`${name} only simulates a GPU`);
  const fault = await webgpuFault();
  return fault === undefined ? { device: 'webgpu', threads: 1, reason: name } : wasm(`${name}: ${fault}`);
}

/** The largest difference from WebAssembly, as a share of the largest value of the output. Faults that are known were larger than 1e-2. */
const TOLERANCE = 1e-4;

/**
 * Compares WebGPU with WebAssembly on small graphs: convolutions of 1 to 5 bands with both strides, a depthwise one, products of
 * matrices and gradients. Convolutions have been wrong in ONNX Runtime for some numbers of bands, and with strides.
 * @returns the first fault; undefined if all outputs agree to 1e-4 of their largest value
 */
async function webgpuFault(): Promise<string | undefined> {
  const { outputs, feeds } = checkedGraphs();
  try {
    const expected = await results('wasm', outputs, feeds);
    const got = await results('webgpu', outputs, feeds);
    for (const [name, values] of Object.entries(expected)) {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const difference = values.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - got[name]![i]!)),
        0,
      );
      if (!(difference <= TOLERANCE * largest))
        return `${name} differs from WebAssembly by ${(difference / largest).toPrecision(2)}`;
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

type Outputs = Record<string, Tensor>;
type Feeds = Record<string, Float32Array>;

async function results(name: string, outputs: Outputs, feeds: Feeds) {
  const program = await compile(outputs, { name });
  try {
    return await program.run(feeds);
  } finally {
    await program.release();
  }
}

/** The graphs of the comparison, in one program. The convolutions take inputs of the program: that is where faults have been. */
function checkedGraphs(): { outputs: Outputs; feeds: Feeds } {
  const random = new Random(1, 'check');
  const draw = (shape: Shape) => Float32Array.from({ length: elements(shape) }, () => random.uniform(-1, 1));
  const fixed = (shape: Shape) => constant(draw(shape), shape);
  const feeds: Feeds = {};
  const fed = (name: string, shape: Shape) => {
    feeds[name] = draw(shape);
    return input(name, shape);
  };
  const outputs: Outputs = {};
  for (const bands of [1, 3, 4, 5]) {
    const map = fed(`map${bands}`, [1, bands, 7, 6]);
    for (const stride of [1, 2]) {
      const name = `a convolution of ${bands} bands with stride ${stride}`;
      outputs[name] = convolution(map, fixed([4, bands, 3, 3]), { padding: [1, 1, 2, 1], stride });
    }
  }
  const map = fed('map', [2, 8, 7, 7]);
  outputs['a depthwise convolution'] = convolution(map, fixed([8, 1, 3, 3]), { padding: 1, groups: 8 });
  outputs['a matrix product'] = matmul(fed('matrix', [3, 7, 10]), fixed([3, 10, 9]));
  const kernel = fed('kernel', [6, 8, 3, 3]);
  const weights = fed('weights', [6 * 4 * 4, 4]);
  const features = reshape(relu(convolution(map, kernel, { padding: 1, stride: 2 })), [2, 6 * 4 * 4]);
  const loss = mean(square(subtract(sigmoid(matmul(features, weights)), 0.5)));
  for (const [i, gradient] of gradients(loss, [kernel, weights]).entries())
    outputs[`a training step, part ${i + 1}`] = divide(gradient, add(sqrt(mean(square(gradient))), 1e-8));
  return { outputs, feeds };
}
