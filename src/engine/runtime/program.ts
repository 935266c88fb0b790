/** A compiled graph: arrays in, arrays out, on any package of ONNX Runtime. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import { asOutOfMemory } from '../../errors.ts';
import { elements, GraphError, type Shape, type Tensor, topologicalOrder } from '../graph/tensor.ts';
import { type OnnxOptions, writeOnnx } from '../onnx/write.ts';

/** The part of an ONNX Runtime package that a program needs; onnxruntime-node and onnxruntime-web both provide it. */
interface OnnxRuntime {
  InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  Tensor: typeof OrtTensor;
  /** True if it ignores preallocated output arrays, as onnxruntime-web does. Default false. */
  allocatesOutputs?: boolean;
}

const orOutOfMemory = (error: unknown): never => {
  throw asOutOfMemory(error);
};

/** Arrays by name, in row-major order. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** Shapes of a program's inputs and outputs, by name. */
export interface ProgramShapes<Output extends string = string> {
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly outputs: Readonly<Record<Output, Shape>>;
}

/**
 * A graph loaded into ONNX Runtime.
 * @example
 * const program = await compile({ y: relu(input('x', [2])) }, { name: 'cpu', threads: 2 });
 * const { y } = await program.run({ x: Float32Array.of(-1, 1) }); // [0, 1]
 * await program.release();
 */
export class Program<Output extends string = string> {
  private constructor(
    private readonly runtime: OnnxRuntime,
    private readonly session: InferenceSession,
    readonly inputs: Readonly<Record<string, Shape>>,
    readonly outputs: Readonly<Record<Output, Shape>>,
    private onFirstRun?: (session: InferenceSession) => void,
  ) {}

  /** Writes the graph of `outputs` as ONNX and loads it. @param onFirstRun called once, after the first run */
  static async compile<Output extends string>(
    runtime: OnnxRuntime,
    outputs: Readonly<Record<Output, Tensor>>,
    sessionOptions: InferenceSession.SessionOptions,
    onnxOptions: OnnxOptions = {},
    onFirstRun?: (session: InferenceSession) => void,
  ): Promise<Program<Output>> {
    const inputs: Record<string, Shape> = {};
    for (const { source, shape } of topologicalOrder(Object.values<Tensor>(outputs))) {
      if (source.kind === 'input') inputs[source.name] = shape;
    }
    const shapes = Object.fromEntries(
      Object.entries<Tensor>(outputs).map(([name, { shape }]) => [name, shape]),
    ) as Record<Output, Shape>;
    const bytes = writeOnnx(outputs, onnxOptions);
    return Program.load(runtime, bytes, { inputs, outputs: shapes }, sessionOptions, onFirstRun);
  }

  /** Loads an ONNX file. @param onFirstRun called once, after the first run */
  static async load<Output extends string>(
    runtime: OnnxRuntime,
    bytes: Uint8Array,
    { inputs, outputs }: ProgramShapes<Output>,
    sessionOptions: InferenceSession.SessionOptions,
    onFirstRun?: (session: InferenceSession) => void,
  ): Promise<Program<Output>> {
    const session = await runtime.InferenceSession.create(bytes, sessionOptions).catch(orOutOfMemory);
    return new Program(runtime, session, inputs, outputs, onFirstRun);
  }

  /**
   * Computes the outputs.
   * @param feeds an array for each input; others are ignored
   * @param fetches arrays to write outputs into (no copy is made); default: new arrays
   * @throws GraphError if an array is missing or its length does not fit; OutOfMemory
   */
  async run(feeds: Arrays, fetches: Arrays = {}): Promise<Record<Output, Float32Array>> {
    const results = Object.fromEntries(
      Object.entries<Shape>(this.outputs).map(([name, shape]) => [
        name,
        fetches[name] ?? new Float32Array(elements(shape)),
      ]),
    ) as Record<Output, Float32Array>;
    const { allocatesOutputs } = this.runtime;
    const fetched = await this.session
      .run(
        this.wrap(feeds, this.inputs),
        allocatesOutputs ? Object.keys(results) : this.wrap(results, this.outputs),
      )
      .catch(orOutOfMemory);
    if (allocatesOutputs) {
      for (const [name, array] of Object.entries<Float32Array>(results)) {
        array.set(fetched[name]!.data as Float32Array);
      }
    }
    const { onFirstRun } = this;
    this.onFirstRun = undefined;
    onFirstRun?.(this.session);
    return results;
  }

  private wrap(arrays: Arrays, shapes: Readonly<Record<string, Shape>>): Record<string, OrtTensor> {
    const tensors: Record<string, OrtTensor> = {};
    for (const [name, shape] of Object.entries(shapes)) {
      const data = arrays[name];
      if (data?.length !== elements(shape)) {
        throw new GraphError(`'${name}': expected ${elements(shape)} values, got ${data?.length ?? 'none'}`);
      }
      tensors[name] = new this.runtime.Tensor('float32', data, shape);
    }
    return tensors;
  }

  /** Frees the session's memory. */
  release(): Promise<void> {
    return this.session.release();
  }
}
