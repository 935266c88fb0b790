/**
 * The TensorFlow.js peer of the benchmarks: the same network in inference, batch norm folded into the convolutions, on the
 * WebAssembly backend (SIMD, and in Node one thread). It has no training: its backend lacks the gradient of a kernel.
 */
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import type { StepOrder } from './steps.ts';

/** A tensor of TensorFlow.js. */
interface TfTensor {
  shape: number[];
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Activation = 'relu' | 'linear';

/** The part of `@tensorflow/tfjs` used here; it is not a dependency. */
interface TensorFlow {
  version: { tfjs: string };
  setBackend(name: string): Promise<boolean>;
  randomUniform(shape: readonly number[], low: number, high: number): TfTensor;
  tidy(compute: () => TfTensor): TfTensor;
  fused: {
    conv2d(options: {
      x: TfTensor;
      filter: TfTensor;
      bias: TfTensor;
      strides: number;
      pad: 'same';
      activation: Activation;
    }): TfTensor;
    matMul(options: { a: TfTensor; b: TfTensor; bias: TfTensor; activation: Activation }): TfTensor;
  };
  maxPool(x: TfTensor, size: number, strides: number, pad: 'valid'): TfTensor;
  avgPool(x: TfTensor, size: number, strides: number, pad: 'valid'): TfTensor;
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  sigmoid(x: TfTensor): TfTensor;
}

const require = createRequire(process.env.TFJS_DIR ? join(process.env.TFJS_DIR, 'from.js') : import.meta.url);
const tf: TensorFlow = require('@tensorflow/tfjs');
const wasm: { setWasmPaths(folder: string): void } = require('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend does not start');

const weights = (...shape: number[]) => tf.randomUniform(shape, -0.05, 0.05);

/** Throws if a part of a network has a setting that this peer does not know. */
function refuseOthers(part: object, known: readonly string[]): void {
  const unknown = Object.keys(part).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`this peer does not know ${unknown.join(', ')}`);
}

/** The layers of a network as functions of maps [N, H, W, C] and features [N, F]. */
function build(network: StepOrder['network']): ((x: TfTensor) => TfTensor)[] {
  refuseOthers(network, ['input', 'layers']);
  const { input, layers } = network;
  let [size, channels, features] = [input.size, input.channels, 0];
  return layers.flatMap((layer) => {
    refuseOthers(layer, ['convolution', 'flatten', 'dropout', 'dense']);
    if ('convolution' in layer) {
      refuseOthers(layer.convolution, ['channels', 'kernel', 'pool']);
      const { channels: outputs, kernel, pool } = layer.convolution;
      const [filter, bias] = [weights(kernel, kernel, channels, outputs), weights(outputs)];
      const how = { filter, bias, strides: 1, pad: 'same', activation: 'relu' } as const;
      const convolution = (x: TfTensor) => tf.fused.conv2d({ x, ...how });
      channels = outputs;
      if (pool === undefined) return [convolution];
      size /= 2;
      const reduce = pool === 'max' ? tf.maxPool : tf.avgPool;
      return [convolution, (x) => reduce(x, 2, 2, 'valid')];
    }
    if ('flatten' in layer) {
      features = size * size * channels;
      const count = features;
      return [(x) => tf.reshape(x, [x.shape[0]!, count])];
    }
    if ('dropout' in layer) return [];
    if (!('dense' in layer)) throw new Error(`the peer has no layer ${Object.keys(layer)[0]}`);
    const [b, bias] = [weights(features, layer.dense), weights(layer.dense)];
    features = layer.dense;
    return [(a) => tf.fused.matMul({ a, b, bias, activation: 'linear' })];
  });
}

const answer = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
let step: (() => Promise<void>) | undefined;
for await (const line of createInterface(process.stdin)) {
  if (step === undefined) {
    const { network, batch }: StepOrder = JSON.parse(line);
    const { size, channels } = network.input;
    const layers = build(network);
    const image = tf.randomUniform([batch, size, size, channels], -1, 1);
    step = async () => {
      const fractions = tf.tidy(() => tf.sigmoid(layers.reduce((x, layer) => layer(x), image)));
      await fractions.data();
      fractions.dispose();
    };
    answer({ versions: { tfjs: tf.version.tfjs } });
    continue;
  }
  const start = performance.now();
  await step();
  answer({ seconds: (performance.now() - start) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 });
}
