/** Collects the nodes and initialisers that operations emit into one ONNX model. */
import { type Shape, type Tensor, topologicalOrder } from '../graph/tensor.ts';

export type AttributeValue = number | readonly number[];

export interface OnnxNode {
  type: string;
  domain: string;
  inputs: readonly string[];
  output: string;
  attributes: Readonly<Record<string, AttributeValue>>;
}

export interface Initializer {
  name: string;
  shape: Shape;
  data: Float32Array | BigInt64Array;
}

/** The domain of ONNX Runtime's own operators. */
export const CONTRIB_DOMAIN = 'com.microsoft';

/** The domain of its operators on maps in blocks of channels, [N, C / B, H, W, B]. */
export const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  /** Names of constants by content, so that equal ones are written once. */
  private readonly integerNames = new Map<string, string>();
  /** By value of a scalar or by array, then by shape. */
  private readonly floatNames = new Map<number | Float32Array, Map<string, string>>();

  constructor(
    readonly portable: boolean,
    readonly freeBatch: boolean,
    /** B of the layout [N, C / B, H, W, B]; undefined where ONNX Runtime does not have it. */
    readonly channelBlock?: number,
  ) {}

  /**
   * Emits the operations that a graph needs.
   * @param names of its inputs; those of all other tensors are added
   */
  graph(outputs: readonly Tensor[], names: Map<Tensor, string>): void {
    for (const tensor of topologicalOrder(outputs)) {
      const { source } = tensor;
      if (source.kind === 'constant') names.set(tensor, this.floats(source.data, tensor.shape));
      if (source.kind !== 'application') continue;
      const { application } = source;
      const from = application.inputs.map((each) => names.get(each)!);
      names.set(tensor, application.operation.emit(this, from, application));
    }
  }

  /** Adds a node and returns the name of its output. */
  node(type: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}, domain = '') {
    const output = `/${this.nodes.length}`; // names of inputs and outputs have no slash
    this.nodes.push({ type, domain, inputs, output, attributes });
    return output;
  }

  /** Adds a `Reshape` to a fixed shape. See {@link shape} for a free batch. */
  reshape(name: string, to: Shape): string {
    return this.node('Reshape', [name, this.integers(to)]);
  }

  /** The name of a constant int64 vector. */
  integers(values: readonly number[]): string {
    const key = values.join();
    const known = this.integerNames.get(key);
    if (known !== undefined) return known;
    const name = `/i${this.initializers.length}`;
    this.initializers.push({ name, shape: [values.length], data: BigInt64Array.from(values, BigInt) });
    this.integerNames.set(key, name);
    return name;
  }

  /** The name of a float32 constant. */
  floats(data: Float32Array, shape: Shape): string {
    const key = shape.length === 0 ? data[0]! : data;
    const names = this.floatNames.get(key) ?? new Map<string, string>();
    const known = names.get(shape.join());
    if (known !== undefined) return known;
    const name = `/c${this.initializers.length}`;
    this.initializers.push({ name, shape, data });
    this.floatNames.set(key, names.set(shape.join(), name));
    return name;
  }

  /** The name of a constant float32 scalar. */
  scalar(value: number): string {
    return this.floats(Float32Array.of(value), []);
  }

  /** The name of the target of a `Reshape`. With a free batch, the first axis is inferred (-1). */
  shape(to: Shape): string {
    return this.integers(this.freeBatch && to.length > 0 ? [-1, ...to.slice(1)] : to);
  }
}
