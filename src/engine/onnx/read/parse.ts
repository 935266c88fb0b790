/**
 * Reads ONNX files, in the protocol-buffer wire format of `onnx.proto`, into plain values. Nothing is run.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { shorten, UserError } from '../../../errors.ts';
import { concatenated } from '../../../files/bytes.ts';
import { float16, fromFloat16 } from '../../../files/float16.ts';
import { type Field, fieldsOf, packedIntegers } from '../../../files/protobuf.ts';
import { elements, type Shape } from '../../graph/tensor.ts';

/** Numbers of a file. Integers and booleans are exact up to 2^53. */
export interface OnnxArray {
  readonly kind: 'float' | 'integer' | 'boolean';
  readonly shape: Shape;
  /** float32, or float64 of whole numbers. Empty if the file's weights lie elsewhere. */
  readonly data: Float32Array | Float64Array;
}

export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | OnnxArray
  | OnnxGraph
  /** The attribute of the function that is called. */
  | { readonly parameter: string };

/** A node of a file. */
export interface ParsedNode {
  readonly type: string;
  readonly domain: string;
  readonly name: string;
  /** An empty name is an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** An input of a graph. */
export interface OnnxInput {
  /** Of its numbers, as in `TensorProto.DataType`: 1 for float32. */
  readonly type: number;
  /** Size of each axis: a number, or undefined if it is free. */
  readonly shape: readonly (number | undefined)[];
}

export interface OnnxGraph {
  /** In an order in which each node follows its inputs. */
  readonly nodes: readonly ParsedNode[];
  readonly initializers: ReadonlyMap<string, OnnxArray>;
  readonly inputs: ReadonlyMap<string, OnnxInput>;
  readonly outputs: readonly string[];
}

/** A function of a file: nodes that are called like an operator. */
export interface OnnxFunction extends Pick<OnnxGraph, 'nodes' | 'outputs'> {
  readonly inputs: readonly string[];
  /** Values of attributes that a call may leave out. */
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
}

export interface OnnxFile {
  /** Version of the standard operators. */
  readonly opset: number;
  readonly graph: OnnxGraph;
  /** By `domain.name`. */
  readonly functions: ReadonlyMap<string, OnnxFunction>;
}

/** Of a file: nodes, graphs inside graphs, axes of a tensor, bytes of a name. */
export const LIMITS = { nodes: 100_000, depth: 8, axes: 8, name: 1000 } as const;

/** Thrown inside the parser; {@link parseOnnx} adds the file's name. */
class Malformed extends Error {}

/** Of a tensor that is not read. */
class Unread extends Malformed {
  constructor(
    readonly tensor: string,
    problem: string,
  ) {
    super(`tensor ${shorten(tensor, 100) || 'without a name'} ${problem}`);
  }
}

/** The name and the operator of a node, for messages. */
export const labelOf = ({ name, outputs, type }: ParsedNode): string =>
  `${shorten(name || (outputs[0] ?? ''), 100)} (${shorten(type, 100)})`;

const readFloat = (view: DataView, at: number): number => view.getFloat32(at, true);
const readFloat16 = (view: DataView, at: number): number => float16(view.getUint16(at, true));
const readDouble = (view: DataView, at: number): number => view.getFloat64(at, true);

/** Little-endian numbers of a type. */
function numbersOf(bytes: Uint8Array, { kind, bytes: width, read }: DataType): Float32Array | Float64Array {
  if (bytes.length % width !== 0) throw new RangeError('a list of numbers is cut off');
  // Fast: for weights.
  if (read === readFloat) return new Float32Array(new Uint8Array(bytes).buffer);
  if (read === readFloat16) return fromFloat16(new Uint16Array(new Uint8Array(bytes).buffer));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / width;
  const numbers = kind === 'float' ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = read(view, i * width);
  return numbers;
}

/** The fields of a message, by number. A field that is left out is 0, an empty text or an empty list. */
class Fields {
  private readonly values = new Map<number, Field[1][]>();

  constructor(bytes: Uint8Array) {
    for (const [number, value] of fieldsOf(bytes)) {
      const known = this.values.get(number);
      if (known) known.push(value);
      else this.values.set(number, [value]);
    }
  }

  has(number: number): boolean {
    return this.values.has(number);
  }

  messages(number: number): Uint8Array[] {
    return (this.values.get(number) ?? []).map((value) => {
      if (typeof value === 'bigint') throw new RangeError('a field has an integer, expected bytes');
      return value;
    });
  }

  texts(number: number): string[] {
    return this.messages(number).map((bytes) => {
      if (bytes.length > LIMITS.name) throw new Malformed(`has a name of ${bytes.length} bytes`);
      return new TextDecoder().decode(bytes);
    });
  }

  text(number: number): string {
    return this.texts(number).at(-1) ?? '';
  }

  integers(number: number): number[] {
    return (this.values.get(number) ?? []).flatMap((value) =>
      typeof value === 'bigint' ? [Number(value)] : Array.from(packedIntegers(value), Number),
    );
  }

  integer(number: number): number {
    return this.integers(number).at(-1) ?? 0;
  }

  /** The numbers of a repeated field, packed or not. */
  numbers(number: number, type: DataType): Float32Array | Float64Array {
    return numbersOf(concatenated(this.messages(number)), type);
  }

  floats(number: number): number[] {
    return Array.from(this.numbers(number, FLOAT32));
  }
}

/** Reads one file, and counts its nodes. */
class Reader {
  private nodes = 0;

  /** @param isSkeleton the file is written by `withoutWeights` */
  constructor(private readonly isSkeleton: boolean) {}

  file(bytes: Uint8Array): OnnxFile {
    const fields = new Fields(bytes);
    const versions = fields.messages(8).map((each) => new Fields(each));
    const opset = versions.find((each) => STANDARD_DOMAINS.includes(each.text(1)))?.integer(2);
    const graph = fields.messages(7).at(-1);
    if (graph === undefined) throw new Malformed('has no graph');
    if (opset === undefined) throw new Malformed('does not give the version of its operators');
    const functions = new Map(fields.messages(25).map((each) => this.function(each)));
    return { opset, graph: this.graph(graph, 0), functions };
  }

  private graph(bytes: Uint8Array, depth: number): OnnxGraph {
    if (depth > LIMITS.depth) throw new Malformed(`nests graphs deeper than ${LIMITS.depth}`);
    const fields = new Fields(bytes);
    if (fields.has(15)) throw new Malformed('has sparse tensors, which are not read');
    let nodes = fields.messages(1).map((each) => this.node(each, depth));
    const initializers = new Map(
      fields.messages(5).map((each) => {
        try {
          return tensorOf(each, this.isSkeleton);
        } catch (error) {
          if (!(error instanceof Unread)) throw error;
          const user = nodes.find(({ inputs }) => inputs.includes(error.tensor));
          throw new Malformed(user ? `node ${labelOf(user)}: ${error.message}` : error.message);
        }
      }),
    );
    const inputs = fields.messages(11).map(inputOf);
    if (depth === 0) {
      // Some exporters write weights as nodes.
      const weights = nodes.filter(isWeight);
      for (const { outputs, attributes } of weights)
        initializers.set(outputs[0] ?? '', attributes.get('value') as OnnxArray);
      nodes = nodes.filter((node) => !weights.includes(node));
    }
    return {
      nodes,
      initializers,
      // Files before IR version 4 list initializers as inputs, too.
      inputs: new Map(inputs.filter(([name]) => !initializers.has(name))),
      outputs: fields.messages(12).map((each) => new Fields(each).text(1)),
    };
  }

  private function(bytes: Uint8Array): [key: string, value: OnnxFunction] {
    const fields = new Fields(bytes);
    return [
      `${fields.text(10)}.${fields.text(1)}`,
      {
        inputs: fields.texts(4),
        outputs: fields.texts(5),
        nodes: fields.messages(7).map((each) => this.node(each, 0)),
        defaults: new Map(fields.messages(11).map((each) => this.attribute(each, 0))),
      },
    ];
  }

  private node(bytes: Uint8Array, depth: number): ParsedNode {
    if (++this.nodes > LIMITS.nodes) throw new Malformed(`has more than ${LIMITS.nodes} nodes`);
    const fields = new Fields(bytes);
    return {
      type: fields.text(4),
      domain: STANDARD_DOMAINS.includes(fields.text(7)) ? '' : fields.text(7),
      name: fields.text(3),
      inputs: fields.texts(1),
      outputs: fields.texts(2),
      attributes: new Map(fields.messages(5).map((each) => this.attribute(each, depth))),
    };
  }

  private attribute(bytes: Uint8Array, depth: number): [name: string, value: OnnxAttribute] {
    const fields = new Fields(bytes);
    const name = fields.text(1);
    if (fields.has(21)) return [name, { parameter: fields.text(21) }];
    switch (fields.integer(20)) {
      case 1:
        return [name, fields.floats(2)[0] ?? 0];
      case 2:
        return [name, fields.integer(3)];
      case 3:
        return [name, fields.text(4)];
      case 4:
        return [name, tensorOf(fields.messages(5)[0] ?? new Uint8Array(), this.isSkeleton)[1]];
      case 5:
        return [name, this.graph(fields.messages(6)[0] ?? new Uint8Array(), depth + 1)];
      case 6:
        return [name, fields.floats(7)];
      case 7:
        return [name, fields.integers(8)];
      case 8:
        return [name, fields.texts(9)];
      default:
        throw new Malformed(
          `attribute ${shorten(name)} has a value of an unknown kind, ${fields.integer(20)}`,
        );
    }
  }
}

/** A larger array of floats is a weight; a smaller one may be sizes, too. */
const MOST_SETTINGS = 16;

/** True for an array of weights, which `withoutWeights` leaves out. */
export const isWeightArray = ({ kind, shape }: Pick<OnnxArray, 'kind' | 'shape'>): boolean =>
  kind === 'float' && elements(shape) > MOST_SETTINGS;

/** True for a constant node of weights. */
function isWeight({ type, domain, attributes }: ParsedNode): boolean {
  const value = attributes.get('value');
  return (
    type === 'Constant' &&
    domain === '' &&
    typeof value === 'object' &&
    'shape' in value &&
    isWeightArray(value)
  );
}

const STANDARD_DOMAINS = ['', 'ai.onnx'];

/** The name, type and shape of a graph's input. */
function inputOf(bytes: Uint8Array): [name: string, input: OnnxInput] {
  const fields = new Fields(bytes);
  const inner = (message: Fields, number: number) =>
    new Fields(message.messages(number)[0] ?? new Uint8Array());
  const tensor = inner(inner(fields, 2), 1);
  const shape = inner(tensor, 2)
    .messages(1)
    .map((each) => new Fields(each).integer(1) || undefined);
  return [fields.text(1), { type: tensor.integer(1), shape }];
}

/** A tensor without its numbers. */
export function tensorHeader(bytes: Uint8Array) {
  const fields = new Fields(bytes);
  const name = fields.text(8);
  const label = `tensor ${shorten(name, 100) || 'without a name'}`;
  const format = DATA_TYPES[fields.integer(2)];
  if (!format) throw new Unread(name, `has data of type ${fields.integer(2)}, which is not read`);
  const shape = fields.integers(1);
  if (shape.length > LIMITS.axes || shape.some((size) => !(size >= 0)))
    throw new Malformed(`${label} has the shape [${shape.slice(0, 12)}]`);
  return { fields, name, label, format, shape, kind: format.kind };
}

/** A tensor of a file. @param mayBeApart its numbers may be missing */
export function tensorOf(bytes: Uint8Array, mayBeApart = false): [name: string, array: OnnxArray] {
  const { fields, name, label, format, kind, shape } = tensorHeader(bytes);
  const isApart = fields.integer(14) !== 0;
  if (isApart && !mayBeApart) throw new Unread(name, 'lies in another file: export the model as one file');
  if (isApart) return [name, { kind, shape, data: new Float32Array() }];
  const { fromInteger = Number } = format;
  const integers = () => [5, 7, 11].flatMap((number) => fields.integers(number)).map(fromInteger);
  const typed = () => {
    if (fields.has(4)) return fields.numbers(4, FLOAT32);
    return fields.has(10) ? fields.numbers(10, FLOAT64) : integers();
  };
  const [raw] = fields.messages(9);
  const values = raw ? numbersOf(raw, format) : typed();
  if (values.length !== elements(shape)) {
    throw new Malformed(`${label}: the shape [${shape}] has ${elements(shape)} values, got ${values.length}`);
  }
  if (Array.isArray(values))
    return [
      name,
      { kind, shape, data: kind === 'float' ? new Float32Array(values) : new Float64Array(values) },
    ];
  return [name, { kind, shape, data: values }];
}

interface DataType {
  kind: OnnxArray['kind'];
  bytes: number;
  read(view: DataView, at: number): number;
  /** The number that an integer of `int32_data` encodes. Default: the integer. */
  fromInteger?(bits: number): number;
}

const bfloat16 = (bits: number): number => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
};

const integer = (bytes: number, read: DataType['read']): DataType => ({ kind: 'integer', bytes, read });

const FLOAT32: DataType = { kind: 'float', bytes: 4, read: readFloat };
const FLOAT64: DataType = { kind: 'float', bytes: 8, read: readDouble };

/** `TensorProto.DataType`, little-endian. */
const DATA_TYPES: Readonly<Record<number, DataType>> = {
  1: FLOAT32,
  2: integer(1, (view, at) => view.getUint8(at)),
  3: integer(1, (view, at) => view.getInt8(at)),
  4: integer(2, (view, at) => view.getUint16(at, true)),
  5: integer(2, (view, at) => view.getInt16(at, true)),
  6: integer(4, (view, at) => view.getInt32(at, true)),
  7: integer(8, (view, at) => Number(view.getBigInt64(at, true))),
  9: { kind: 'boolean', bytes: 1, read: (view, at) => Math.min(1, view.getUint8(at)) },
  10: {
    kind: 'float',
    bytes: 2,
    read: readFloat16,
    fromInteger: float16,
  },
  11: FLOAT64,
  12: integer(4, (view, at) => view.getUint32(at, true)),
  13: integer(8, (view, at) => Number(view.getBigUint64(at, true))),
  16: {
    kind: 'float',
    bytes: 2,
    read: (view, at) => bfloat16(view.getUint16(at, true)),
    fromInteger: bfloat16,
  },
};

/**
 * Reads an ONNX file.
 * @param file name for messages
 * @param isSkeleton the file is written by `withoutWeights`: weights may be missing
 * @throws UserError that names the file if it is damaged, lies in several files, or holds data that are not read
 * @example parseOnnx(readFileSync('resnet50.onnx'), 'resnet50.onnx').opset // 17
 */
export function parseOnnx(bytes: Uint8Array, file: string, isSkeleton = false): OnnxFile {
  try {
    return new Reader(isSkeleton).file(bytes);
  } catch (error) {
    if (error instanceof Malformed) throw new UserError(`${file}: ${error.message}`);
    if (error instanceof RangeError)
      throw new UserError(`${file}: not an ONNX file, or damaged: ${error.message}`);
    throw error;
  }
}
