/** The block of channels of ONNX Runtime's own layout on this processor. */
import * as ort from 'onnxruntime-node';
import { depthwise } from '../../engine/graph/depthwise.ts';
import { interpret } from '../../engine/graph/interpret.ts';
import { constant, input } from '../../engine/graph/tensor.ts';
import { Program } from '../../engine/runtime/program.ts';

/** The blocks of ONNX Runtime 1.30 on different processors. */
const BLOCKS = [16, 8];

/** True if ONNX Runtime has operators for this block and computes a small convolution right. */
async function isRight(channelBlock: number): Promise<boolean> {
  const shape = [channelBlock, 1, 3, 3];
  const values = Float32Array.from({ length: channelBlock * 9 }, (_, i) => (i * 7) % 11);
  const y = depthwise(input('x', shape), constant(values, shape), { padding: 1 });
  const options = { intraOpNumThreads: 1 };
  const program = await Program.compile(ort, { y }, options, { channelBlock }).catch(() => undefined);
  if (!program) return false;
  const { y: found } = await program.run({ x: values });
  await program.release();
  return interpret([y], { x: values })[0]!.data.every((value, i) => value === found[i]);
}

async function findBlock(): Promise<number | undefined> {
  for (const block of BLOCKS) if (await isRight(block)) return block;
  return undefined;
}

let found: Promise<number | undefined> | undefined;

/** The block, found by trying, at the first call; undefined if ONNX Runtime has no such layout here. */
export function channelBlock(): Promise<number | undefined> {
  found ??= findBlock();
  return found;
}
