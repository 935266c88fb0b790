/** The engine in Node, on onnxruntime-node. Compiling the first program loads it. */
import { type Compile, fitOn } from './nn/fit.ts';

export * from './exports.ts';

/**
 * Compiles a graph. The device is the CPU unless one is given.
 * @example
 * const program = await compile({ y: relu(input('x', [2])) });
 * const { y } = await program.run({ x: Float32Array.of(-1, 1) }); // [0, 1]
 */
export const compile: Compile = async (outputs, device) =>
  (await import('../node/runtime/device.ts')).compile(outputs, { name: 'cpu', threads: 0, ...device });

/**
 * Trains a network on arrays in memory. The same seed, machine and threads give the same weights.
 * @throws GraphError if an input or a label does not fit the network
 * @example
 * const network = new Network({ input: { size: 2, channels: 1 }, layers: [{ flatten: true }, { dense: 2 }] });
 * const examples = { inputs: [[0, 0, 1, 1], [1, 1, 0, 0]], labels: [0, 1] };
 * const { predict } = await fit(network, examples, { epochs: 100, learningRate: 0.1 });
 * (await predict([[1, 1, 0, 0]]))[0][1] > 0.9; // true
 */
export const fit = fitOn(compile);
