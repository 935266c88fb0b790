/**
 * Rewrites ONNX files without decoding more of them than needed.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { type Field, fieldsOf, Message } from '../../../files/protobuf.ts';
import type { PictureInput } from './build.ts';
import { isWeightArray, tensorHeader, tensorOf } from './parse.ts';

type Rewrite = (message: Uint8Array) => Uint8Array | Message;

/**
 * A message with some of its fields, all of them integers, texts or messages.
 * @param rewrite of messages, by field
 * @param copy the message that they are added to
 */
function copied(
  bytes: Uint8Array,
  kept: readonly number[],
  rewrite: Readonly<Record<number, Rewrite>> = {},
  copy = new Message(),
): Message {
  for (const [number, value] of fieldsOf(bytes)) {
    if (!kept.includes(number)) continue;
    if (typeof value === 'bigint') {
      copy.integer(number, value);
      continue;
    }
    const written = rewrite[number]?.(value) ?? value;
    if (written instanceof Message) copy.message(number, written);
    else copy.bytes(number, written);
  }
  return copy;
}

/** A tensor: its sizes, type and name, and its numbers unless they are weights. */
const withoutNumbers: Rewrite = (bytes) =>
  isWeightArray(tensorHeader(bytes)) ? copied(bytes, [1, 2, 8]).integer(14, 1) : bytes;

const textOf = (fields: readonly Field[], number: number): string => {
  const value = fields.findLast(([each]) => each === number)?.[1];
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
};

/** A node without its documentation. */
const node: Rewrite = (bytes) => {
  const isConstant = textOf([...fieldsOf(bytes)], 4) === 'Constant';
  return copied(bytes, [1, 2, 3, 4, 5, 7], isConstant ? { 5: constantAttribute } : {});
};

/** The attribute of a constant. Other than tensors, it may have numbers of fixed width, and is kept whole. */
const constantAttribute: Rewrite = (bytes) => {
  const isTensor = [...fieldsOf(bytes)].some(([number]) => number === 5);
  return isTensor ? copied(bytes, [1, 5, 20], { 5: withoutNumbers }) : bytes;
};

const graph: Rewrite = (bytes) => copied(bytes, [1, 2, 5, 11, 12], { 1: node, 5: withoutNumbers });

/** A function. @param node rewrites its nodes */
const called =
  (node: Rewrite): Rewrite =>
  (bytes) =>
    copied(bytes, [1, 4, 5, 6, 7, 9, 10, 11], { 7: node });

/**
 * An ONNX file without its weights, names of types and documentation. `parseOnnx` reads it as a skeleton.
 * @param bytes a file that `parseOnnx` reads
 * @example parseOnnx(withoutWeights(bytes), 'resnet50.onnx', true).graph.initializers.get('conv1.weight').data.length // 0
 */
export const withoutWeights = (bytes: Uint8Array): Uint8Array =>
  copied(bytes, [1, 7, 8, 25], { 7: graph, 25: called(node) }).finish();

const FLOAT = 1;

/** float16 and bfloat16: computed in float32, here as in the graph that is built of the file. */
const HALVES = [10, 16];

const asFloat32 = (type: number): number => (HALVES.includes(type) ? FLOAT : type);

const float32Tensor: Rewrite = (bytes) => {
  const { fields } = tensorHeader(bytes);
  if (!HALVES.includes(fields.integer(2))) return bytes;
  const { data } = tensorOf(bytes)[1];
  return copied(bytes, [1, 8]).integer(2, FLOAT).bytes(9, new Uint8Array(data.buffer));
};

/** Attributes that are types of numbers. */
const TYPES = ['to', 'dtype'];

const float32Attribute: Rewrite = (bytes) => {
  const fields = [...fieldsOf(bytes)];
  const type = fields.findLast(([number]) => number === 3)?.[1];
  if (typeof type === 'bigint' && TYPES.includes(textOf(fields, 1)))
    return copied(bytes, [1, 20]).integer(3, asFloat32(Number(type)));
  const isNested = fields.some(([number]) => number === 5 || number === 6);
  return isNested ? copied(bytes, [1, 5, 6, 20], { 5: float32Tensor, 6: float32Graph }) : bytes;
};

const float32Node: Rewrite = (bytes) => copied(bytes, [1, 2, 3, 4, 5, 7], { 5: float32Attribute });

/** A graph inside a node. Its outputs lose their types. */
const float32Graph: Rewrite = (bytes) =>
  copied(bytes, [1, 2, 5, 12], { 1: float32Node, 5: float32Tensor, 12: (output) => copied(output, [1]) });

/** A node of one input and one output. */
const simpleNode = (type: string, from: string, to: string, ...attributes: readonly Message[]) =>
  attributes.reduce(
    (message, attribute) => message.message(5, attribute),
    new Message().string(1, from).string(2, to).string(4, type),
  );

const cast = (from: string, to: string, type: number) =>
  simpleNode('Cast', from, to, new Message().string(1, 'to').integer(3, type).integer(20, 2));

const transposed = (from: string, to: string, axes: readonly number[]) =>
  simpleNode(
    'Transpose',
    from,
    to,
    axes.reduce((message, axis) => message.integer(8, axis), new Message().string(1, 'perm').integer(20, 7)),
  );

/** Names in the graph of {@link withEnds}. */
export const ENDS = { input: 'tuningfork.input', output: 'tuningfork.output' } as const;

/** A version of the file format that has all that is read. ONNX Runtime may refuse newer ones. */
const FORMAT = 10;

/**
 * An ONNX file with an input [N, C, H, W] and one output, both of float32, named as in {@link ENDS}. Numbers of 16 bits become
 * float32.
 * @param input of the file
 * @param output name of a value of the graph
 * @param isTokens the value is [N, T, F]; the output is its mean [N, F, 1]
 */
export function withEnds(
  bytes: Uint8Array,
  input: PictureInput,
  output: string,
  isTokens: boolean,
): Uint8Array {
  const value = (name: string) =>
    new Message().string(1, name).message(2, new Message().message(1, new Message().integer(1, FLOAT)));
  const own = (name: string) => `${ENDS.input}.${name}`;
  const rewritten: Rewrite = (graph) => {
    const ends = new Message();
    const picture = input.isChannelsLast ? own('turned') : ENDS.input;
    if (input.isChannelsLast) ends.message(1, transposed(ENDS.input, picture, [0, 2, 3, 1]));
    ends.message(1, cast(picture, input.name, asFloat32(input.type)));
    copied(graph, [1, 2, 5], { 1: float32Node, 5: float32Tensor }, ends);
    if (isTokens) {
      ends
        .message(1, cast(output, own('tokens'), FLOAT))
        .message(1, transposed(own('tokens'), own('features'), [0, 2, 1]))
        .message(1, simpleNode('GlobalAveragePool', own('features'), ENDS.output));
    } else ends.message(1, cast(output, ENDS.output, FLOAT));
    return ends.message(11, value(ENDS.input)).message(12, value(ENDS.output));
  };
  return copied(
    bytes,
    [7, 8, 25],
    { 7: rewritten, 25: called(float32Node) },
    new Message().integer(1, FORMAT),
  ).finish();
}
