/** The block of channels of ONNX Runtime's own layout on this processor. */
import * as ort from 'onnxruntime-node';
import { depthwise } from '../../engine/graph/depthwise.ts';
import { interpret } from '../../engine/graph/interpret.ts';
import { constant, input } from '../../engine/graph/tensor.ts';
import { Program } from '../../engine/runtime/program.ts';

/** The blocks of ONNX Runtime 1.30 on different processors. */
const BLOCKS = [16, 8];

/** Computes a small convolution in blocks. */
async function convolved(channelBlock: number): Promise<{ found: Float32Array; expected: Float64Array }> {
  const shape = [channelBlock, 1, 3, 3];
  const values = Float32Array.from({ length: channelBlock * 9 }, (_, i) => (i * 7) % 11);
  const y = depthwise(input('x', shape), constant(values, shape), { padding: 1 });
  const program = await Program.compile(ort, { y }, { intraOpNumThreads: 1 }, { channelBlock });
  try {
    const { y: found } = await program.run({ x: values });
    return { found, expected: interpret([y], { x: values })[0]!.data };
  } finally {
    await program.release();
  }
}

async function findBlock(): Promise<number | undefined> {
  for (const block of BLOCKS) {
    try {
      const { found, expected } = await convolved(block);
      if (expected.every((value, i) => value === found[i])) return block;
    } catch {
      // ONNX Runtime has no such layout, or blocks of another size.
    }
  }
  return undefined;
}

let answer: Promise<number | undefined> | undefined;

/** The block, found by trying, at the first call; undefined if ONNX Runtime has no such layout here. */
export function channelBlock(): Promise<number | undefined> {
  answer ??= findBlock();
  return answer;
}
