/** The networks by name. */
import type { AttentionDescription } from '../engine/nn/attention.ts';
import type { LayerDescription } from '../engine/nn/layers.ts';
import type { Pool } from '../engine/nn/pooling.ts';
import { OptionError } from '../errors.ts';
import type { Tree } from '../tree/tree.ts';
import type { GalaxyNetworkDescription } from './galaxyNetwork.ts';
import type { Head } from './head.ts';

/** Where dropout can be inserted, see `dropoutAt`. */
export const DROPOUT_PLACES = ['dense', 'pools', 'everywhere'] as const;
export type DropoutPlace = (typeof DROPOUT_PLACES)[number];

/** Options of a named network. */
export interface NetworkOptions {
  /** The network has one output for each answer of this tree. */
  tree: Tree;
  /** Odd kernel sizes of the four convolutions. */
  kernels?: readonly number[];
  /** Channels of the four convolutions. */
  channels?: readonly number[];
  /** Share of features dropped at the places of `dropoutAt`. Default 0. */
  dropout?: number;
  /** Default `dense`: before each fully connected layer. `pools`: whole channels after each pool. */
  dropoutAt?: DropoutPlace;
  /** Bands of the input, 1 to 5. Default 3. */
  bands?: number;
  /** If false, the convolutions have no batch norm. Default true. */
  batchNorm?: boolean;
  /** The function from logits to vote fractions. Default 'sigmoid'. */
  head?: Head;
}

/** Four convolutions, each with batch norm, ReLU, optional attention and a 2×2 pool; then the layers `rest`; then the outputs. */
interface NamedNetwork {
  summary: string;
  kernels: readonly number[];
  pools: readonly Pool[];
  attention?: AttentionDescription;
  rest: readonly LayerDescription[];
}

const CHANNELS = [32, 64, 128, 256];
const LARGE = [17, 13, 9, 7];
const SMALL = [7, 5, 3, 3];

/** The two versions of the report. */
const AUGUST: Pick<NamedNetwork, 'pools' | 'rest'> = {
  pools: ['max', 'max', 'max', 'average'],
  rest: [{ flatten: true }, { dense: 1024 }, { dense: 512 }],
};
const DECEMBER: Pick<NamedNetwork, 'pools' | 'rest'> = {
  pools: ['max', 'max', 'max', 'max'],
  rest: [{ convolution: { channels: 96, kernel: 1 } }, { flatten: true }],
};

// biome-ignore format: a table
const NETWORKS: Readonly<Record<string, NamedNetwork>> = {
  cnn: { ...AUGUST, kernels: LARGE, summary: 'the report, August 2024: three fully connected layers' },
  'cnn-cbam': { ...AUGUST, kernels: LARGE, attention: { cbam: { reduction: 1 } }, rest: AUGUST.rest.slice(0, -1), summary: 'August with CBAM, and two fully connected layers' },
  'cnn-cbam-dense3': { ...AUGUST, kernels: LARGE, attention: { cbam: { reduction: 1 } }, summary: "August with CBAM, and cnn's three fully connected layers" },
  'cnn-small': { ...AUGUST, kernels: SMALL, summary: 'August with small kernels' },
  baseline: { ...DECEMBER, kernels: LARGE, summary: 'the report, December 2024: a 1×1 convolution and one fully connected layer' },
  'baseline-cbam': { ...DECEMBER, kernels: LARGE, attention: { cbam: { reduction: 4 } }, summary: 'December with CBAM' },
  'baseline-ema': { ...DECEMBER, kernels: LARGE, attention: { ema: { factor: 32 } }, summary: 'December with efficient multi-scale attention' },
  'baseline-small': { ...DECEMBER, kernels: SMALL, summary: 'December with small kernels' },
};

/** @example networkNames() // ['cnn', 'cnn-cbam', 'cnn-small', 'baseline', …] */
export const networkNames = (): string[] => Object.keys(NETWORKS);

function find(name: string): NamedNetwork {
  if (!Object.hasOwn(NETWORKS, name)) {
    const names = networkNames().join(', ');
    throw new OptionError('network', `expected one of ${names}, or a .json file`, name);
  }
  return NETWORKS[name]!;
}

/**
 * The summary of a network, in one line.
 * @throws OptionError if there is no network of this name
 * @example networkSummary('baseline-cbam') // 'December with CBAM'
 */
export const networkSummary = (name: string): string => find(name).summary;

/**
 * The layers of a named network.
 * @throws OptionError if there is no network of this name, or an option does not fit it
 * @example describeNetwork('baseline', { tree: GALAXY_ZOO_2 }).layers.at(-1) // { dense: 37 }
 */
export function describeNetwork(name: string, options: NetworkOptions): GalaxyNetworkDescription {
  const { pools, attention, rest, kernels: usual } = find(name);
  const { kernels = usual, channels = CHANNELS, dropout = 0, dropoutAt = 'dense', head } = options;
  const norm = options.batchNorm === false ? { batchNorm: false } : {};
  for (const [option, values] of Object.entries({ kernels, channels })) {
    if (values.length !== pools.length) {
      const problem = `${name} has ${pools.length} convolutions, got ${values.length} numbers`;
      throw new OptionError(option, problem);
    }
  }
  const even = kernels.find((kernel) => kernel % 2 === 0);
  if (even !== undefined) throw new OptionError('kernels', `expected odd sizes, got ${even}`);
  const convolutions = pools.map(
    (pool, i): LayerDescription => ({
      convolution: {
        channels: channels[i]!,
        kernel: kernels[i]!,
        ...norm,
        ...(attention && { attention }),
        pool,
      },
    }),
  );
  const others = rest.map((layer) =>
    'convolution' in layer ? { convolution: { ...layer.convolution, ...norm } } : layer,
  );
  const layers = [...convolutions, ...others, { dense: options.tree.columns.length }];
  /** Dropout before a layer, and after it. */
  const around = (layer: LayerDescription): LayerDescription[] => {
    const isPooled = 'convolution' in layer && layer.convolution?.pool !== undefined;
    const before = 'dense' in layer && dropoutAt !== 'pools' ? [{ dropout }] : [];
    const after = isPooled && dropoutAt !== 'dense' ? [{ dropout }] : [];
    return [...before, layer, ...after];
  };
  return {
    input: { size: 128, channels: options.bands ?? 3 },
    layers: dropout > 0 ? layers.flatMap(around) : layers,
    ...(head && { head }),
  };
}
