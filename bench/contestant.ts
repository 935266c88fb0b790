/** Runs this project in its own process, so that its time and memory are measured like those of the peers. */
import { createInterface } from 'node:readline';
import { layerStep } from './layer.ts';
import type { Order } from './peer.ts';
import { packing, prediction, training } from './runs.ts';
import { plainPredictionStep, predictionStep, trainingStep } from './steps.ts';

/** Takes a step and may return figures. */
type Step = () => Promise<object>;

function prepare(order: Order): Promise<Step> | Step {
  switch (order.task) {
    case 'train':
      return trainingStep(order);
    case 'predict':
      return order.engine === 'conv' ? plainPredictionStep(order) : predictionStep(order);
    case 'layer':
      return layerStep(order);
    case 'training':
      return training(order);
    case 'prediction':
      return prediction(order);
    case 'packing':
      return packing(order);
  }
}

const answer = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
let step: Step | undefined;
const lines = createInterface(process.stdin).on('close', () => process.exit()); // the parent has ended
for await (const line of lines) {
  if (step === undefined) {
    step = await prepare(JSON.parse(line));
    answer({ versions: {} });
    continue;
  }
  const start = performance.now();
  const figures = await step();
  const seconds = (performance.now() - start) / 1000;
  answer({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024, ...figures });
}
