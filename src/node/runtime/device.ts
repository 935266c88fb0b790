/** ONNX Runtime in Node: devices, threads, and compiled programs on them. */
import * as ort from 'onnxruntime-node';
import type { Tensor } from '../../engine/graph/tensor.ts';
import type { OnnxOptions } from '../../engine/onnx/write.ts';
import { Program } from '../../engine/runtime/program.ts';
import { OptionError, OutOfMemory } from '../../errors.ts';
import type { Device } from '../../platform.ts';
import { Profile, placementOf } from './profile.ts';

/*
 * Read when the first program is compiled. Unless told not to, ONNX Runtime 1.30 gives the machine a number, keeps count of its
 * sessions in the user's folder and sends it to Microsoft. And its own log goes to stderr: what matters of it is thrown.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
ort.env.logLevel = 'fatal';

/**
 * The execution providers of this build of ONNX Runtime.
 * @example availableDevices() // such as ['cpu', 'webgpu']
 */
export function availableDevices(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

/**
 * Maps stay [N, C, H, W]: in its default layout, [N, H, W, C], the provider of ONNX Runtime 1.30 convolved wrongly from 6 or 9
 * channels to 4, 8 or 12 (seen with the Vulkan driver SwiftShader, of 1…13 to 1…12).
 */
const WEBGPU = { name: 'webgpu', preferredLayout: 'NCHW' } as const;

/** Optimizers that make slow transpositions of many axes out of fast ones of a matrix: not wanted. */
const TRANSPOSE_OPTIMIZERS = 'TransposeOptimizer;TransposeOptimizer_CPUExecutionProvider';

/** Why ONNX Runtime refuses a device, without the place in its sources. */
function reason(message: string): string {
  if (message.includes('fallback to CPU EP has been explicitly disabled')) {
    return 'it lacks operations of this network, which would run on the CPU unnoticed';
  }
  return message.replace(/^.* was false\. /s, '').trim();
}

/** How ONNX Runtime is asked to run a program. */
export function sessionOptions({ name, threads }: Device): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [name === WEBGPU.name ? WEBGPU : name],
    intraOpNumThreads: threads,
    // Sizes are fixed and the arena keeps its memory: a pattern saves no time and takes as much memory again.
    enableMemPattern: false,
    extra: {
      optimization: { disable_specified_optimizers: TRANSPOSE_OPTIMIZERS },
      ...(name !== 'cpu' && { session: { disable_cpu_ep_fallback: '1' } }),
    },
    logSeverityLevel: 4, // fatal ones: warnings speak of the graph, which is ours, and errors are thrown
  };
}

/**
 * Compiles a graph for a device. For others than the CPU it is written in standard operators (webgpu lacks `FusedMatMul`, for
 * one), and what a device lacks nevertheless is an error: nothing runs on the CPU unnoticed.
 * @throws OptionError with the path `device`, if it is not there or cannot be used; it lists the others
 */
export async function compile<Output extends string>(
  outputs: Readonly<Record<Output, Tensor>>,
  device: Device,
  options: OnnxOptions = {},
): Promise<Program<Output>> {
  const available = availableDevices();
  if (!available.includes(device.name)) {
    const has = `this ONNX Runtime has: ${available.join(', ')}`;
    throw new OptionError('device', `not there; ${has}`, device.name, { code: 'device' });
  }
  const isCpu = device.name === 'cpu';
  const profile = device.onPlacement && new Profile();
  try {
    return await Program.compile(
      ort,
      outputs,
      { ...sessionOptions(device), ...profile?.sessionOptions },
      { ...options, portable: options.portable || !isCpu },
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
