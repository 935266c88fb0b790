/** What a benchmark is, for `main.ts`, and what all have in common. */
import { availableParallelism } from 'node:os';
import type { Contestant } from './turns.ts';

/** The flags of all benchmarks, as they are read. */
export interface Settings {
  network: string;
  batches: readonly number[];
  threads: number;
  rounds: number;
  sizes: readonly number[];
  /** A folder of JPEG files. */
  images: string | undefined;
  /** Flags that differ from the benchmark's defaults, where no outcome's title tells them. */
  changed: readonly string[];
}

export type Flag = 'network' | 'batch' | 'threads' | 'rounds' | 'sizes' | 'images';

/** What was measured in one setting. */
export interface Outcome {
  /** The setting. */
  title: string;
  /** As it is printed: a header, and then line by line. */
  table: readonly (readonly string[])[];
  /** What the table does not say. */
  notes?: readonly string[];
  /** As it is written to results.json. */
  rows: readonly object[];
  /** Figures that results.json has at its top. */
  headline: Readonly<Record<string, number>>;
  /** Of the peers, where there are any. */
  versions?: Readonly<Record<string, string>>;
}

export interface Benchmark {
  /** One line on what it measures. */
  summary: string;
  /** The flags that it takes, with their defaults. */
  flags: Partial<Record<Flag, string>>;
  fewestRounds: number;
  /** Gives each setting as it is done. */
  run(settings: Settings): AsyncGenerator<Outcome>;
}

/** The settings that the figures at the top of results.json are for. */
const HEADLINE = { network: 'baseline', batch: 96, threads: availableParallelism() };

/** Those settings as flags. */
export const HEADLINE_FLAGS = {
  network: HEADLINE.network,
  batch: `${HEADLINE.batch}`,
  threads: `${HEADLINE.threads}`,
};

/** The figures, where they are to stand at the top of results.json. */
export function headlineOf(
  { network, threads, images }: Settings,
  figures: Record<string, number>,
  batch = HEADLINE.batch,
): Record<string, number> {
  const isHeadline = network === HEADLINE.network && threads === HEADLINE.threads && batch === HEADLINE.batch;
  return isHeadline && images === undefined ? figures : {};
}

/** @example threadsOf(1) // '1 thread' */
export const threadsOf = (threads: number): string => `${threads} thread${threads === 1 ? '' : 's'}`;

/** Versions that peers have told. */
export const versionsOf = (contestants: readonly Contestant[]): Record<string, string> =>
  Object.assign({}, ...contestants.map(({ peer }) => peer.about.versions));

export const OWN = 'Tuning Fork';
export const PYTORCH = 'PyTorch';
export const PLAIN = 'ONNX Runtime, Conv';
export const TENSORFLOW = 'TensorFlow.js, wasm';
