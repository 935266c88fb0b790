/**
 * Writes a graph as an ONNX file, in the protocol-buffer wire format of `onnx.proto`.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { Message } from '../../files/protobuf.ts';
import { GraphError, type Shape, type Tensor, topologicalOrder } from '../graph/tensor.ts';
import { type AttributeValue, Emitter, type Initializer, type OnnxNode } from './emitter.ts';

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE = { integer: 2, integers: 7 } as const;

function attributeMessage(name: string, value: AttributeValue): Message {
  const message = new Message().string(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, ATTRIBUTE.integer);
  for (const item of value) message.integer(8, item);
  return message.integer(20, ATTRIBUTE.integers);
}

function nodeMessage({ type, domain, inputs, output, attributes }: OnnxNode): Message {
  const message = new Message();
  for (const name of inputs) message.string(1, name);
  message.string(2, output).string(3, `${type}:${output}`).string(4, type);
  for (const [name, value] of Object.entries(attributes)) message.message(5, attributeMessage(name, value));
  return domain === '' ? message : message.string(7, domain);
}

function initializerMessage({ name, shape, data }: Initializer): Message {
  const message = new Message();
  for (const size of shape) message.integer(1, size);
  return message
    .integer(2, data instanceof Float32Array ? FLOAT : INT64)
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueMessage(name: string, shape: Shape, freeBatch: boolean): Message {
  const sizes = new Message();
  shape.forEach((size, axis) => {
    const isFree = freeBatch && axis === 0;
    sizes.message(1, isFree ? new Message().string(2, 'batch') : new Message().integer(1, size));
  });
  const tensor = new Message().integer(1, FLOAT).message(2, sizes);
  return new Message().string(1, name).message(2, new Message().message(1, tensor));
}

/** Names the outputs. An `Identity` node copies an output that is an input, a constant or already named. */
function nameOutputs(
  emitter: Emitter,
  outputs: Readonly<Record<string, Tensor>>,
  names: ReadonlyMap<Tensor, string>,
): void {
  const renamed = new Map<string, string>();
  const computed = new Set(emitter.nodes.map((node) => node.output));
  for (const [name, tensor] of Object.entries(outputs)) {
    const from = names.get(tensor)!;
    if (computed.has(from) && !renamed.has(from)) renamed.set(from, name);
    else emitter.nodes.push({ type: 'Identity', domain: '', inputs: [from], output: name, attributes: {} });
  }
  for (const node of emitter.nodes) {
    node.inputs = node.inputs.map((each) => renamed.get(each) ?? each);
    node.output = renamed.get(node.output) ?? node.output;
  }
}

export interface OnnxOptions {
  /** Standard ONNX operators only, for any runtime. Default: ONNX Runtime's own where they are faster. */
  portable?: boolean;
  /** The first axis of every input and output is the batch and may have any size. Default: all sizes are fixed. */
  freeBatch?: boolean;
  /**
   * Channels in a block of ONNX Runtime's own layout, [N, C / B, H, W, B], which depends on the processor. Default, and in portable files
   * and those for any batch: the layout is not used.
   */
  channelBlock?: number;
  /** Texts about the model by name: the file's `metadata_props`. */
  metadata?: ReadonlyMap<string, string>;
}

/**
 * The bytes of an ONNX model that computes `outputs` from the inputs of the graph, by name.
 * @throws GraphError if two inputs have the same name
 * @example
 * const x = input('x', [2, 2]);
 * const bytes = writeOnnx({ y: relu(x) });
 */
export function writeOnnx(outputs: Readonly<Record<string, Tensor>>, options: OnnxOptions = {}): Uint8Array {
  const { portable = false, freeBatch = false, channelBlock, metadata = new Map<string, string>() } = options;
  const emitter = new Emitter(portable, freeBatch, portable || freeBatch ? undefined : channelBlock);
  const names = new Map<Tensor, string>();
  const inputs = new Map<string, Shape>();
  for (const tensor of topologicalOrder(Object.values(outputs))) {
    const { source } = tensor;
    if (source.kind === 'input') {
      if (inputs.has(source.name)) throw new GraphError(`two inputs are named '${source.name}'`);
      inputs.set(source.name, tensor.shape);
      names.set(tensor, source.name);
    }
  }
  emitter.graph(Object.values(outputs), names);

  nameOutputs(emitter, outputs, names);
  const graph = new Message();
  for (const node of emitter.nodes) graph.message(1, nodeMessage(node));
  graph.string(2, 'tuningfork');
  const used = new Set(emitter.nodes.flatMap(({ inputs }) => inputs)); // a constant may be used transposed only
  for (const initializer of emitter.initializers) {
    if (used.has(initializer.name)) graph.message(5, initializerMessage(initializer));
  }
  for (const [name, shape] of inputs) graph.message(11, valueMessage(name, shape, freeBatch));
  for (const [name, { shape }] of Object.entries(outputs)) {
    graph.message(12, valueMessage(name, shape, freeBatch));
  }
  const opset = (domain: string, version: number) => new Message().string(1, domain).integer(2, version);
  const model = new Message().integer(1, IR_VERSION).string(2, 'tuningfork').message(7, graph);
  model.message(8, opset('', OPSET));
  const domains = new Set(emitter.nodes.map(({ domain }) => domain));
  for (const domain of domains) if (domain !== '') model.message(8, opset(domain, 1));
  for (const [name, text] of metadata) model.message(14, new Message().string(1, name).string(2, text));
  return model.finish();
}
