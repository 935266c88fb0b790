/** ONNX Runtime in Node: its devices, and programs compiled for them. */
import * as ort from 'onnxruntime-node';
import type { Tensor } from '../../engine/graph/tensor.ts';
import type { OnnxOptions } from '../../engine/onnx/write.ts';
import { Program, type ProgramShapes } from '../../engine/runtime/program.ts';
import { OptionError, OutOfMemory } from '../../errors.ts';
import type { Device } from '../../platform.ts';
import { channelBlock } from './channelBlock.ts';
import { Profile, placementOf } from './profile.ts';

/*
 * ONNX Runtime reads these when the first program is compiled. By default, version 1.30 gives the machine an ID, counts
 * sessions in the user's folder and reports them to Microsoft. Its log goes to stderr; errors are thrown as well.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
ort.env.logLevel = 'fatal';

/** The execution providers of this build of ONNX Runtime, such as `cpu` and `webgpu`. */
function availableDevices(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

/**
 * The layout is [N, C, H, W]. In the default, [N, H, W, C], convolutions from 6 or 9 channels to 4, 8 or 12 were wrong in ONNX
 * Runtime 1.30 (tried: 1…13 channels to 1…12, with the Vulkan driver SwiftShader).
 */
const WEBGPU = { name: 'webgpu', preferredLayout: 'NCHW' } as const;

/** These optimizers are turned off: they merge fast transpositions of matrices into slow ones of many axes. */
const TRANSPOSE_OPTIMIZERS = 'TransposeOptimizer;TransposeOptimizer_CPUExecutionProvider';

/** ONNX Runtime's reason for refusing a device, without the place in its source. */
function reason(message: string): string {
  if (message.includes('fallback to CPU EP has been explicitly disabled')) {
    return 'it lacks operations of this network, which would silently run on the CPU';
  }
  return message.replace(/^.* was false\. /s, '').trim();
}

/** ONNX Runtime's options for a device. */
export function sessionOptions({ name, threads }: Device): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [name === WEBGPU.name ? WEBGPU : name],
    intraOpNumThreads: threads,
    // Sizes are fixed and the arena keeps its memory, so a memory pattern would save no time and double the memory.
    enableMemPattern: false,
    extra: {
      optimization: { disable_specified_optimizers: TRANSPOSE_OPTIMIZERS },
      ...(name !== 'cpu' && { session: { disable_cpu_ep_fallback: '1' } }),
    },
    logSeverityLevel: 4, // fatal: warnings are about our own graph, and errors are thrown
  };
}

/**
 * Compiles a graph for a device. Graphs for devices other than the CPU have only standard operators (webgpu lacks
 * `FusedMatMul`, for example). If a device lacks an operator, that is an error: nothing silently runs on the CPU.
 * @throws OptionError with the path `device`, if the device is not available or cannot be used; it lists the others
 */
export async function compile<Output extends string>(
  outputs: Readonly<Record<Output, Tensor>>,
  device: Device,
  options: OnnxOptions = {},
): Promise<Program<Output>> {
  const available = availableDevices();
  if (!available.includes(device.name)) {
    const has = `this ONNX Runtime has: ${available.join(', ')}`;
    throw new OptionError('device', `not available; ${has}`, device.name, { code: 'device' });
  }
  const isCpu = device.name === 'cpu';
  const portable = options.portable || !isCpu;
  const block = portable ? undefined : await channelBlock();
  const profile = device.onPlacement && new Profile();
  try {
    return await Program.compile(
      ort,
      outputs,
      { ...sessionOptions(device), ...profile?.sessionOptions },
      { ...options, portable, ...(block !== undefined && { channelBlock: block }) },
      profile &&
        ((session) => {
          session.endProfiling();
          device.onPlacement?.(placementOf(profile.read()));
        }),
    );
  } catch (cause) {
    profile?.discard();
    if (isCpu || cause instanceof OutOfMemory) throw cause;
    const others = available.filter((name) => name !== device.name).join(', ');
    const problem = `cannot be used here (${reason((cause as Error).message)}); this ONNX Runtime also has: ${others}`;
    throw new OptionError('device', problem, device.name, { code: 'device' });
  }
}

/** Loads an ONNX file as it is, on the CPU. Of its outputs, only the lengths need to be known. */
export const load = (bytes: Uint8Array, shapes: ProgramShapes): Promise<Program> => {
  const { InferenceSession, Tensor } = ort;
  const options = sessionOptions({ name: 'cpu', threads: 0 });
  return Program.load({ InferenceSession, Tensor, allocatesOutputs: true }, bytes, shapes, options);
};
