/**
 * Rewrites ONNX files without decoding more of them than needed.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { concatenated } from '../../../files/bytes.ts';
import { type Field, fieldsOf, Message } from '../../../files/protobuf.ts';
import { isWeightArray, tensorOf } from './parse.ts';

/** A message with some of its fields, all of them integers, texts or messages. @param rewrite of messages, by field */
function copied(
  bytes: Uint8Array,
  kept: readonly number[],
  rewrite: Readonly<Record<number, (message: Uint8Array) => Uint8Array>> = {},
): Uint8Array {
  const copy = new Message();
  for (const [number, value] of fieldsOf(bytes)) {
    if (!kept.includes(number)) continue;
    if (typeof value === 'bigint') copy.integer(number, value);
    else copy.bytes(number, rewrite[number]?.(value) ?? value);
  }
  return copy.finish();
}

/** A tensor: its sizes, type and name, and its numbers unless they are weights. */
function withoutNumbers(bytes: Uint8Array): Uint8Array {
  if (!isWeightArray(tensorOf(bytes)[1])) return bytes;
  return concatenated([copied(bytes, [1, 2, 8]), new Message().integer(14, 1).finish()]);
}

const textOf = (fields: readonly Field[], number: number): string => {
  const value = fields.findLast(([each]) => each === number)?.[1];
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
};

/** A node without its documentation. */
function node(bytes: Uint8Array): Uint8Array {
  const isConstant = textOf([...fieldsOf(bytes)], 4) === 'Constant';
  return copied(bytes, [1, 2, 3, 4, 5, 7], isConstant ? { 5: constantAttribute } : {});
}

/** The attribute of a constant. Other than tensors, it may have numbers of fixed width, and is kept whole. */
function constantAttribute(bytes: Uint8Array): Uint8Array {
  const isTensor = [...fieldsOf(bytes)].some(([number]) => number === 5);
  return isTensor ? copied(bytes, [1, 5, 20], { 5: withoutNumbers }) : bytes;
}

const graph = (bytes: Uint8Array) => copied(bytes, [1, 2, 5, 11, 12], { 1: node, 5: withoutNumbers });
const called = (bytes: Uint8Array) => copied(bytes, [1, 4, 5, 6, 7, 9, 10, 11], { 7: node });

/**
 * An ONNX file without its weights, names of types and documentation. `parseOnnx` reads it as a skeleton.
 * @param bytes a file that `parseOnnx` reads
 * @example parseOnnx(withoutWeights(bytes), 'resnet50.onnx', true).graph.initializers.get('conv1.weight').data.length // 0
 */
export const withoutWeights = (bytes: Uint8Array): Uint8Array =>
  copied(bytes, [1, 7, 8, 25], { 7: graph, 25: called });

const FLOAT = 1;

/** A node that changes the type of numbers. */
const cast = (from: string, to: string, type: number) =>
  new Message()
    .string(1, from)
    .string(2, to)
    .string(4, 'Cast')
    .message(5, new Message().string(1, 'to').integer(3, type).integer(20, 2));

/** Names in the graph of {@link withEnds}. */
export const ENDS = { input: 'tuningfork.input', output: 'tuningfork.output' } as const;

/**
 * An ONNX file with an input of float32 and any size, and one output of float32, named as in {@link ENDS}.
 * @param input name of the file's input
 * @param type of its numbers, as in `TensorProto.DataType`
 * @param output name of a value of the graph
 */
export function withEnds(bytes: Uint8Array, input: string, type: number, output: string): Uint8Array {
  const value = (name: string) =>
    new Message().string(1, name).message(2, new Message().message(1, new Message().integer(1, FLOAT)));
  const rewritten = (graph: Uint8Array) =>
    concatenated([
      new Message().message(1, cast(ENDS.input, input, type)).finish(),
      copied(graph, [1, 2, 5]),
      new Message()
        .message(1, cast(output, ENDS.output, FLOAT))
        .message(11, value(ENDS.input))
        .message(12, value(ENDS.output))
        .finish(),
    ]);
  return copied(bytes, [1, 7, 8, 25], { 7: rewritten });
}
