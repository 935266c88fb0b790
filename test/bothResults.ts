/** Runs an ONNX file twice: as the graph that we build of it, and as it is, in ONNX Runtime. */
import ort from 'onnxruntime-node';
import { constant, elements, input } from '../src/engine/graph/tensor.ts';
import { buildOnnx } from '../src/engine/onnx/read/build.ts';
import { parseOnnx } from '../src/engine/onnx/read/parse.ts';
import { compile } from '../src/node/runtime/device.ts';
import { Random } from '../src/random/philox.ts';
import { difference } from './goldens.ts';

/** Our results and ONNX Runtime's for a file, by output. */
export async function bothResults(
  bytes: Uint8Array,
  shape: readonly number[],
  [low, high]: readonly [number, number] = [-1, 1],
) {
  const random = new Random(2, 'test');
  const x = Float32Array.from({ length: elements(shape) }, () => random.uniform(low, high));
  const file = parseOnnx(bytes, 'test.onnx');
  const state = (name: string) => {
    const { data, shape: size } = file.graph.initializers.get(name)!;
    return constant(data, size);
  };
  const { outputs } = file.graph;
  const built = buildOnnx(
    file,
    input('x', shape),
    outputs,
    { state, moves: () => false, update: () => {} },
    'test.onnx',
  );
  const program = await compile(Object.fromEntries(built.map((value, i) => [`r${i}`, value.tensor()])), {
    name: 'cpu',
    threads: 1,
  });
  const ours = await program.run({ x });
  await program.release();
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const theirs = await session.run({ [session.inputNames[0]!]: new ort.Tensor('float32', x, shape) });
  await session.release();
  return outputs.map((name, i) => ({
    ours: { shape: built[i]!.shape, data: ours[`r${i}`]! },
    theirs: { shape: theirs[name]!.dims, data: theirs[name]!.data as Float32Array },
  }));
}

/** The largest difference, as a share of the largest expected value if that is above 1. */
export function largestError(values: Float32Array, expected: Float32Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return difference(values, expected) / scale;
}
