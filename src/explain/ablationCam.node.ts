/**
 * AblationCAM (Ramaswamy & Desai 2020): how much of an answer's score s₀ does each channel k of a layer carry? With the
 * channel set to zero the score is s_k; w_k = (s₀ - s_k) / s₀, and the map is relu(Σ w_k A_k), scaled to 0…1. Only the part
 * of the network behind the layer is run again, for many channels at a time.
 */
import { elements, input } from '../graph/tensor.ts';
import type { GalaxyNetwork } from '../networks/galaxyNetwork.ts';
import { constantState, inferenceBuild, inferenceGraph } from '../networks/inference.ts';
import { NCHW } from '../nn/layout.ts';
import { compile, type Device } from '../runtime/device.node.ts';

/** What each channel of a layer carries of an answer, and where. */
export interface AblationMap {
  /** Fractions of the whole picture, [37]. */
  scores: Float32Array;
  /** The layer's activations, [C, H, W]. */
  activations: Float32Array;
  /** w of each channel, [C]. */
  weights: Float64Array;
  /** 0…1, [H, W]; all zero where no channel speaks for the answer. */
  map: Float64Array;
  height: number;
  width: number;
}

/** A score below this carries no information on its parts, and its ratios would explode. */
const SMALLEST_SCORE = 1e-6;
const CHANNELS_AT_A_TIME = 32;

/** The layers that can be explained. @example layerNames(network) // ['conv1', 'conv2', …] */
export function layerNames(network: GalaxyNetwork): string[] {
  const names: string[] = [];
  const { size, channels } = network.description.input;
  const image = input('image', [1, channels, size, size]);
  const build = inferenceBuild((name) => {
    const { shape } = network.parameters.find((parameter) => parameter.name === name)!;
    return input(name, shape);
  }, 'direct');
  inferenceGraph(network, image, NCHW, {
    ...build,
    tap: (name, map) => {
      names.push(name);
      return map;
    },
  });
  return names;
}

/**
 * The AblationCAM of one picture.
 * @param image normalised, [3, H, W]
 * @param layer one of {@link layerNames}
 * @param answer the column, 0…36, whose score is explained
 * @throws RangeError where there is no such layer or column; GraphError where the picture is of another size
 * @example const { map } = await ablationCam(network, weights, image, 'conv4', 7, device);
 */
export async function ablationCam(
  network: GalaxyNetwork,
  weights: ReadonlyMap<string, Float32Array>,
  image: Float32Array,
  layer: string,
  answer: number,
  device: Device,
): Promise<AblationMap> {
  if (!(Number.isInteger(answer) && answer >= 0 && answer < network.outputs)) {
    throw new RangeError(`no answer ${answer}: expected 0…${network.outputs - 1}`);
  }
  const { size, channels } = network.description.input;
  const build = inferenceBuild(constantState(network, weights), 'direct');
  const picture = (batch: number) => input('image', [batch, channels, size, size]);

  let activationsTensor: ReturnType<typeof input> | undefined;
  const fractions = inferenceGraph(network, picture(1), NCHW, {
    ...build,
    tap: (name, map) => {
      if (name === layer) activationsTensor = map.tensor;
      return map;
    },
  });
  if (activationsTensor === undefined) {
    throw new RangeError(`no layer '${layer}': there are ${layerNames(network).join(', ')}`);
  }
  const [, maps, height, width] = activationsTensor.shape;
  const whole = await compile({ fractions, activations: activationsTensor }, device);
  const { fractions: scores, activations } = await whole.run({ image }).finally(() => whole.release());

  const batch = Math.min(CHANNELS_AT_A_TIME, maps);
  const rest = await compile(
    {
      fractions: inferenceGraph(network, picture(batch), NCHW, {
        ...build,
        tap: (name, map) =>
          name === layer ? { layout: NCHW, tensor: input('ablated', [batch, maps, height, width]) } : map,
      }),
    },
    device,
  );
  const ablatedScores = new Float64Array(maps);
  const places = height * width;
  const ablated = new Float32Array(elements([batch, maps, height, width]));
  try {
    for (let first = 0; first < maps; first += batch) {
      const count = Math.min(batch, maps - first);
      for (let i = 0; i < count; i++) {
        ablated.set(activations, i * maps * places);
        ablated.fill(0, (i * maps + first + i) * places, (i * maps + first + i + 1) * places);
      }
      const result = await rest.run({ ablated });
      for (let i = 0; i < count; i++)
        ablatedScores[first + i] = result.fractions[i * network.outputs + answer];
    }
  } finally {
    await rest.release();
  }

  const score = Math.max(scores[answer], SMALLEST_SCORE);
  const channelWeights = ablatedScores.map((ablatedScore) => (scores[answer] - ablatedScore) / score);
  const map = weightedMap(activations, channelWeights, places);
  return { scores, activations, weights: channelWeights, map, height, width };
}

/** relu(Σ w_k A_k), from its smallest to its largest value as 0…1; zero everywhere where it is flat. */
function weightedMap(activations: Float32Array, weights: Float64Array, places: number): Float64Array {
  const map = new Float64Array(places);
  weights.forEach((weight, k) => {
    for (let i = 0; i < places; i++) map[i] += weight * activations[k * places + i];
  });
  const positive = map.map((value) => Math.max(value, 0));
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  return high > low ? positive.map((value) => (value - low) / (high - low)) : positive.fill(0);
}
