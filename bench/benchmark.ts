/** The contract of a benchmark, and constants that several share. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { UserError } from '../src/errors.ts';
import type { Contestant } from './turns.ts';

/** The parsed flags of all benchmarks. */
export interface Settings {
  network: string;
  batches: readonly number[];
  threads: number;
  rounds: number;
  sizes: readonly number[];
  /** A folder of JPEG files. */
  images: string | undefined;
  /** Flags that differ from the defaults and that no title shows. */
  changed: readonly string[];
}

export type Flag = 'network' | 'batch' | 'threads' | 'rounds' | 'sizes' | 'images';

/** The result of one setting. */
export interface Outcome {
  /** The setting. */
  title: string;
  /** For the terminal: a header, then rows. */
  table: readonly (readonly string[])[];
  /** Lines below the table. */
  notes?: readonly string[];
  /** For results.json. */
  rows: readonly object[];
  /** Figures for the top of results.json. */
  headline: Readonly<Record<string, number>>;
  /** Versions of the peers. */
  versions?: Readonly<Record<string, string>>;
}

export interface Benchmark {
  /** One line for the help. */
  summary: string;
  /** Its flags, with defaults. */
  flags: Partial<Record<Flag, string>>;
  fewestRounds: number;
  /** Yields each setting's outcome when it is done. */
  run(settings: Settings): AsyncGenerator<Outcome>;
}

/** The settings of the figures at the top of results.json. */
const HEADLINE = { network: 'baseline', batch: 96, threads: availableParallelism() };

/** The same settings as flags. */
export const HEADLINE_FLAGS = {
  network: HEADLINE.network,
  batch: `${HEADLINE.batch}`,
  threads: `${HEADLINE.threads}`,
};

/** The figures, if they were measured with the settings of the top of results.json. */
export function headlineOf(
  { network, threads, images }: Settings,
  figures: Record<string, number>,
  batch = HEADLINE.batch,
): Record<string, number> {
  const isHeadline = network === HEADLINE.network && threads === HEADLINE.threads && batch === HEADLINE.batch;
  return isHeadline && images === undefined ? figures : {};
}

/** Parses flags that take a text, and names. @throws UserError for a flag that is not in the list */
export function parseFlags<Name extends string>(
  args: string[],
  flags: readonly Name[],
): { values: Partial<Record<Name, string>>; positionals: string[] } {
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: 'string' } as const]));
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    return { values: values as Partial<Record<Name, string>>, positionals };
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

/** Parses a flag's number. @throws UserError unless it is a whole number, `least` or more */
export function parseCount(flag: string, text: string, least = 1): number {
  const number = Number(text);
  if (!(Number.isInteger(number) && number >= least)) {
    throw new UserError(`--${flag}: expected a whole number, ${least} or more, got '${text}'`);
  }
  return number;
}

/** @example threadsOf(1) // '1 thread' */
export const threadsOf = (threads: number): string => `${threads} thread${threads === 1 ? '' : 's'}`;

/** The versions of all peers. */
export const versionsOf = (contestants: readonly Contestant[]): Record<string, string> =>
  Object.assign({}, ...contestants.map(({ peer }) => peer.about.versions));

export const OWN = 'Tuning Fork';
export const PYTORCH = 'PyTorch';
export const PLAIN = 'ONNX Runtime, Conv';
export const TENSORFLOW = 'TensorFlow.js, wasm';
