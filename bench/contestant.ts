/** This project as a peer of its own, in a process of its own, so that time and memory are counted as the others' are. */
import { createInterface } from 'node:readline';
import { input, type Tensor } from '../src/graph/tensor.ts';
import { constantState, inferenceBuild, inferenceGraph } from '../src/networks/inference.ts';
import { HWCN, NCHW } from '../src/nn/layout.ts';
import { Network, type NetworkDescription } from '../src/nn/network.ts';
import { compile } from '../src/runtime/device.node.ts';
import { TrainingStep, trainingGraph } from '../src/train/step.ts';

/** What a peer is asked to do. */
export interface Order {
  network: NetworkDescription;
  batch: number;
  threads: number;
  task: 'train' | 'predict';
  /** `conv`: the exported network's plain ONNX convolutions. */
  engine?: 'conv';
}

const random = (count: number, low: number) =>
  Float32Array.from({ length: count }, () => low + Math.random() * (1 - low));

async function prepare({
  network: description,
  batch,
  threads,
  task,
  engine,
}: Order): Promise<() => Promise<unknown>> {
  const network = new Network(description);
  const { size, channels } = description.input;
  const device = { name: 'cpu', threads };
  const image = random(size * size * channels * batch, -1);
  if (task === 'train') {
    const graph = trainingGraph(network, { batch, loss: 'bce', method: 'auto' });
    const step = new TrainingStep(await compile(graph.outputs, device), graph, network.initialState(1), 1);
    const target = random(batch * network.outputs, 0);
    let count = 0;
    return () => step.run(image, target, 1e-4, ++count);
  }
  const state = constantState(network, network.initialState(1));
  const fractions: Tensor =
    engine === 'conv'
      ? inferenceGraph(
          network,
          input('image', [batch, channels, size, size]),
          NCHW,
          inferenceBuild(state, 'direct'),
        )
      : inferenceGraph(
          network,
          input('image', [size, size, channels, batch]),
          HWCN,
          inferenceBuild(state, 'auto'),
        );
  const program = await compile({ fractions }, device);
  return () => program.run({ image });
}

const answer = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`);
let step: (() => Promise<unknown>) | undefined;
for await (const line of createInterface(process.stdin)) {
  if (step === undefined) {
    step = await prepare(JSON.parse(line));
    answer({});
    continue;
  }
  const start = performance.now();
  await step();
  answer({ seconds: (performance.now() - start) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 });
}
