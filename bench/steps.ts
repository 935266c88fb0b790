/** Single steps of a network, by this project and by plain ONNX Runtime. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { elements } from '../src/engine/graph/tensor.ts';
import { TrainingStep } from '../src/engine/nn/trainingStep.ts';
import type { Program } from '../src/engine/runtime/program.ts';
import { GalaxyNetwork, type GalaxyNetworkDescription } from '../src/model/galaxyNetwork.ts';
import type { Model } from '../src/model/model.ts';
import { compile } from '../src/node/runtime/device.ts';
import { DEFAULT_PREPROCESSING } from '../src/picture/preprocessing.ts';
import { exportOnnx } from '../src/predict/export.ts';
import { predictionOutputs } from '../src/predict/predict.ts';
import { trainingGraph } from '../src/train/step.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';

/** A step of training, or the prediction of a batch. */
export interface StepOrder {
  task: 'train' | 'predict';
  network: GalaxyNetworkDescription;
  batch: number;
  threads: number;
  /** `conv`: plain ONNX Runtime on the exported network. */
  engine?: 'conv';
}

/** Random numbers from `low` to `high`. */
export const random = (count: number, low: number, high: number) =>
  Float32Array.from({ length: count }, () => low + Math.random() * (high - low));

/** Random arrays for all inputs of a program. */
export const randomFeeds = ({ inputs }: Program): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, random(elements(shape), -1, 1)]));

export async function trainingStep({ network: description, batch, threads }: StepOrder) {
  const network = new GalaxyNetwork(description, GALAXY_ZOO_2);
  const { size, channels } = description.input;
  const graph = trainingGraph(network, { batch, loss: 'bce', method: 'auto' });
  const program = await compile(graph.outputs, { name: 'cpu', threads });
  const step = new TrainingStep(program, graph, network.initialState(1), 1);
  const image = random(size * size * channels * batch, -1, 1);
  const target = random(batch * network.outputs, 0, 1);
  let count = 0;
  return () => step.run({ image, target }, 1e-4, ++count).then(() => ({}));
}

/** A model with the initial weights of a training. */
export const untrained = (network: GalaxyNetworkDescription): Model => ({
  network,
  weights: new GalaxyNetwork(network, GALAXY_ZOO_2).initialState(1),
  tree: GALAXY_ZOO_2,
  preprocessing: DEFAULT_PREPROCESSING,
  provenance: { program: '', training: {}, steps: 0 },
  file: '',
});

/** Compiles the network as `predict` does for many pictures. */
export async function predictionStep({ network: description, batch, threads }: StepOrder) {
  const trained = untrained(description);
  const device = { name: 'cpu', threads };
  const program = await compile(predictionOutputs(trained, batch, Number.POSITIVE_INFINITY), device);
  const feeds = randomFeeds(program);
  return () => program.run(feeds).then(() => ({}));
}

export async function plainPredictionStep({ network: description, batch, threads }: StepOrder) {
  const { size, channels } = description.input;
  const model = exportOnnx(untrained(description));
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    logSeverityLevel: 3, // errors only
  });
  const pixels = random(batch * channels * size * size, 0, 255);
  const image = new Tensor('float32', pixels, [batch, channels, size, size]);
  return () => session.run({ image }).then(() => ({}));
}
