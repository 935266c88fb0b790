/** Runs a network with each channel of a layer set to zero. Only the part after the layer runs again. */
import { multiply } from '../engine/graph/elementwise.ts';
import { input, type Tensor } from '../engine/graph/tensor.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { HWCN, NCHW, toHWCN } from '../engine/nn/layout.ts';
import type { Program } from '../engine/runtime/program.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { inferenceGraph } from '../model/inference.ts';
import { type Model, networkOf } from '../model/model.ts';
import type { Device, Platform } from '../platform.ts';
import type { Ablation, LayerMaps } from './ablation.ts';

/** The parts of a model that AblationCAM needs. */
type AblatedModel = Pick<Model, 'network' | 'weights' | 'tree'>;

/** Largest batch: one column per zeroed channel, and one with all channels. */
const MOST_COLUMNS = 48;

/** The taps of a network in order, with the shapes of their maps, `[C, H, W]`. */
function tapsOf(network: GalaxyNetwork): Map<string, readonly number[]> {
  const taps = new Map<string, readonly number[]>();
  const { size, channels } = network.description.input;
  const image = input('image', [1, channels, size, size]);
  const build = inferenceBuild((name) => {
    const { shape } = network.parameters.find((parameter) => parameter.name === name)!;
    return input(name, shape);
  }, 'direct');
  inferenceGraph(network, image, NCHW, {
    ...build,
    tap: (name, map) => {
      taps.set(name, map.tensor.shape.slice(1));
      return map;
    },
  });
  return taps;
}

/** The layers that can be explained: `conv1`, `conv2`, …. */
export const layerNames = (network: GalaxyNetwork): string[] => [...tapsOf(network).keys()];

/** The layers explained by default, one per block: its attention, or its convolution if it has none. */
export function shownLayers(network: GalaxyNetwork): string[] {
  const block = (name: string | undefined) => name?.match(/\d+$/)?.[0];
  return layerNames(network).filter((name, i, names) => block(names[i + 1]) !== block(name));
}

/** The outputs of a graph, by name. */
export type Outputs = Readonly<Record<string, Tensor>>;

/** The part of a network after a layer, for a batch of ablated channels. */
interface RestGraph extends LayerMaps {
  columns: number;
  /** `fractions` `[columns, answers]` of `activations` `[1, C, H, W]` times `kept` (0 or 1, `[1, 1, C, columns]`). */
  outputs: Outputs;
}

interface Rest extends Omit<RestGraph, 'outputs'> {
  program: Program;
}

/**
 * The graphs of an {@link AblationCam}: the whole network with the layers' maps, and the part after each layer.
 * @throws RangeError for an unknown layer
 */
export function ablationGraphs(
  model: AblatedModel,
  layers: readonly string[],
): { whole: Outputs; rests: RestGraph[] } {
  const network = networkOf(model);
  const taps = tapsOf(network);
  const unknown = layers.find((layer) => !taps.has(layer));
  if (unknown !== undefined) {
    throw new RangeError(`no layer '${unknown}': there are ${[...taps.keys()].join(', ')}`);
  }
  const { size, channels: colours } = network.description.input;
  const state = constantState(network, model.weights);
  const activations: Record<string, Tensor> = {};
  const image = input('image', [1, colours, size, size]);
  const fractions = inferenceGraph(network, image, NCHW, {
    ...inferenceBuild(state, 'direct'),
    tap: (name, map) => {
      if (layers.includes(name)) activations[name] = map.tensor;
      return map;
    },
  });
  const rests = layers.map((layer): RestGraph => {
    const [channels, height, width] = taps.get(layer)!;
    const columns = Math.ceil((channels! + 1) / Math.ceil((channels! + 1) / MOST_COLUMNS));
    const given = input('activations', [1, channels!, height!, width!]);
    const kept = input('kept', [1, 1, channels!, columns]);
    const tensor = multiply(toHWCN(given), kept);
    const image = input('image', [size, size, colours, columns]);
    const rest = inferenceGraph(network, image, HWCN, {
      ...inferenceBuild(state, 'auto'),
      tap: (name, map) => (name === layer ? { layout: HWCN, tensor } : map),
    });
    return {
      layer,
      channels: channels!,
      height: height!,
      width: width!,
      columns,
      outputs: { fractions: rest },
    };
  });
  return { whole: { fractions, ...activations }, rests };
}

/**
 * A model opened for AblationCAM. Its programs are compiled once, for any number of pictures; one set of runs per picture gives
 * the maps of all answers.
 */
export class AblationCam {
  private constructor(
    private readonly outputs: number,
    private readonly whole: Program,
    private readonly rests: readonly Rest[],
  ) {}

  /**
   * Uses the fastest convolutions: transforming the kernels of `baseline` takes 2 s, but saves more than that on the first picture.
   * @param layers some of {@link layerNames}
   * @throws RangeError for an unknown layer; UserError for an unusable device
   */
  static async open(
    platform: Platform,
    model: AblatedModel,
    layers: readonly string[],
    device: Device,
    { whole, rests }: ReturnType<typeof ablationGraphs> = ablationGraphs(model, layers),
  ): Promise<AblationCam> {
    const programs: Program[] = [];
    const compiled = async (outputs: Outputs) => {
      const program = await platform.compile(outputs, device);
      programs.push(program);
      return program;
    };
    try {
      const first = await compiled(whole);
      const parts: Rest[] = [];
      for (const { outputs, ...rest } of rests) parts.push({ ...rest, program: await compiled(outputs) });
      return new AblationCam(model.tree.columns.length, first, parts);
    } catch (error) {
      await Promise.all(programs.map((program) => program.release()));
      throw error;
    }
  }

  /**
   * The fractions of a picture, `[columns]`.
   * @param image normalised, `[3, H, W]`
   * @throws GraphError for another size; Error if the outputs are not finite
   */
  async fractions(image: Float32Array): Promise<Float32Array> {
    const { fractions } = await this.whole.run({ image });
    return checked(fractions!);
  }

  /**
   * The scores with each channel set to zero, for each layer in the given order.
   * @param image normalised, `[3, H, W]`
   */
  async ablate(image: Float32Array): Promise<Ablation[]> {
    const { fractions: _, ...activations } = await this.whole.run({ image });
    const ablations: Ablation[] = [];
    for (const rest of this.rests) ablations.push(await this.ablateLayer(rest, activations[rest.layer]!));
    return ablations;
  }

  private async ablateLayer(
    { program, columns, ...layer }: Rest,
    activations: Float32Array,
  ): Promise<Ablation> {
    const { channels } = layer;
    const all = new Float32Array((channels + 1) * this.outputs);
    const kept = new Float32Array(channels * columns);
    // Row 0 keeps all channels, row k + 1 all but channel k.
    for (let first = 0; first <= channels; first += columns) {
      const count = Math.min(columns, channels + 1 - first);
      kept.fill(1);
      for (let column = first === 0 ? 1 : 0; column < count; column++) {
        kept[(first + column - 1) * columns + column] = 0;
      }
      const { fractions } = await program.run({ activations, kept });
      all.set(fractions!.subarray(0, count * this.outputs), first * this.outputs);
    }
    checked(all);
    const scores = all.slice(0, this.outputs);
    return { ...layer, activations, scores, ablatedScores: all.subarray(this.outputs) };
  }

  /** Frees the programs. */
  async close(): Promise<void> {
    await Promise.all(
      [this.whole, ...this.rests.map(({ program }) => program)].map((each) => each.release()),
    );
  }
}

function checked(fractions: Float32Array): Float32Array {
  if (!fractions.every(Number.isFinite))
    throw new Error('the network outputs NaN or infinite fractions: its weights are broken');
  return fractions;
}
