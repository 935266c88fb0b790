/** The architectures, by name. */
import { UserError } from '../errors.ts';
import type { LayerDescription, NetworkDescription } from '../nn/network.ts';
import type { Pool } from '../nn/pooling.ts';

/** What of a named network can be changed. */
export interface NetworkOptions {
  /** Kernel sizes of the four convolutions, odd. */
  kernels?: readonly number[];
  /** Channels of the four convolutions. */
  channels?: readonly number[];
  /** Share of features that are dropped before each fully connected layer. */
  dropout?: number;
}

interface NamedNetwork {
  summary: string;
  pools: readonly Pool[];
  /** Layers between the four convolutions and the 37 outputs. */
  rest: readonly LayerDescription[];
}

const KERNELS = [17, 13, 9, 7];
const CHANNELS = [32, 64, 128, 256];
const OUTPUTS = 37;

/** Both networks of the report, without attention: they share the four convolutions. */
const NETWORKS: Readonly<Record<string, NamedNetwork>> = {
  cnn: {
    summary: 'the report, August 2024: three fully connected layers',
    pools: ['max', 'max', 'max', 'average'],
    rest: [{ flatten: true }, { dense: 1024 }, { dense: 512 }],
  },
  baseline: {
    summary: 'the report, December 2024: a 1×1 convolution and one fully connected layer',
    pools: ['max', 'max', 'max', 'max'],
    rest: [{ convolution: { channels: 96, kernel: 1 } }, { flatten: true }],
  },
};

/** @example networkNames() // ['cnn', 'baseline'] */
export const networkNames = (): string[] => Object.keys(NETWORKS);

function find(name: string): NamedNetwork {
  if (!Object.hasOwn(NETWORKS, name)) {
    throw new UserError(`--network ${name}: there are ${networkNames().join(', ')}`);
  }
  return NETWORKS[name];
}

/** One line on what a network is. @throws UserError where there is none of the name */
export const networkSummary = (name: string): string => find(name).summary;

/**
 * The layers of a named network.
 * @throws UserError where there is none of the name, or an option does not fit
 * @example new Network(describeNetwork('baseline')).parameterCount // 2896709
 */
export function describeNetwork(name: string, options: NetworkOptions = {}): NetworkDescription {
  const { kernels = KERNELS, channels = CHANNELS, dropout = 0 } = options;
  const { pools, rest } = find(name);
  for (const [option, values] of Object.entries({ kernels, channels })) {
    if (values.length !== pools.length) {
      throw new UserError(
        `--${option}: ${name} has ${pools.length} convolutions, got ${values.length} numbers`,
      );
    }
  }
  const even = kernels.find((kernel) => kernel % 2 === 0);
  if (even !== undefined) throw new UserError(`--kernels: expected odd sizes, got ${even}`);
  const convolutions = pools.map(
    (pool, i): LayerDescription => ({
      convolution: { channels: channels[i], kernel: kernels[i], pool },
    }),
  );
  const dense = [...rest, { dense: OUTPUTS }].flatMap((layer): LayerDescription[] =>
    dropout > 0 && 'dense' in layer ? [{ dropout }, layer] : [layer],
  );
  return { input: { size: 128, channels: 3 }, layers: [...convolutions, ...dense] };
}
