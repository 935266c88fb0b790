/** The memory that a run will take: estimated before it begins, and refused if the machine has less. */
import { UserError } from '../../errors.ts';
import { type GraphMemory, graphMemory } from '../graph/memory.ts';
import { elements, type Shape, type Tensor } from '../graph/tensor.ts';

/** A run's memory, in bytes. */
export interface MemoryEstimate {
  /** The peak of the process, within 25 %. */
  bytes: number;
  /** What the machine, or the container, has. */
  machine: number;
}

export interface MemoryOptions {
  /** What the machine, or the container, has, in bytes. Unknown: nothing is estimated. */
  machine?: number;
  /** Where the programs will run: only CPU memory is estimated. Default cpu. */
  device?: string;
  /** Run even if it exceeds the machine's memory. */
  force?: boolean;
  /** Called before anything large is allocated. */
  onMemory?: (estimate: MemoryEstimate) => void;
}

/*
 * Measured on whole commands, on a CPU. ONNX Runtime's arena keeps gaps between tensors of different sizes; a model is in
 * memory as written, as read and as loaded.
 */
const PROCESS = 130e6;
const WORKER = 35e6;
const ARENA = 1.45;
const CONSTANT_COPIES = 4;
const FOLDED_COPIES = 1.2;

/** A recommended batch takes at most this share of the machine's memory: the estimate is off by up to 25 %. */
const COMFORTABLE = 0.75;

/** The bytes of float32 tensors. @example tensorBytes([[37, 96]]) // 14208 */
export const tensorBytes = (shapes: Iterable<Shape>): number =>
  4 * [...shapes].reduce((sum, shape) => sum + elements(shape), 0);

/** The peak of ONNX Runtime for programs that are loaded one after the other: while loading, or while all run. */
function programBytes(programs: readonly GraphMemory[]): number {
  let [kept, most] = [0, 0];
  for (const program of programs) {
    most = Math.max(most, kept + CONSTANT_COPIES * program.constants + FOLDED_COPIES * program.folded);
    kept += program.kept;
  }
  return Math.max(most, kept + ARENA * programs.reduce((sum, { results }) => sum + results, 0));
}

/**
 * The peak of a process that runs graphs.
 * @param programs their outputs, in the order in which they are compiled
 * @param arrays bytes of everything fed, fetched or held beside
 * @param workers threads that read pictures
 * @example processBytes([Object.values(trainingGraph(network, options).outputs)], 1e9, 2)
 */
export function processBytes(
  programs: readonly (readonly Tensor[])[],
  arrays: number,
  workers: number,
): number {
  return PROCESS + WORKER * workers + arrays + programBytes(programs.map(graphMemory));
}

const gigabytes = (bytes: number): string => {
  const digits = bytes < 9.95e9 ? 1 : 0;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${(bytes / 1e9).toLocaleString('en-US', options)} GB`;
};

/** @example describeMemory({ bytes: 1.93e9, machine: 25e9 }) // 'memory: about 1.9 GB of 25 GB' */
export const describeMemory = ({ bytes, machine }: MemoryEstimate): string =>
  `memory: about ${gigabytes(bytes)} of ${gigabytes(machine)}`;

/**
 * Reports the memory that a run will take, and refuses it if the machine has less.
 * @param what needs the memory, for the message: `--batch 4096`
 * @param batch that is asked for
 * @param estimate bytes for a batch
 * @param least a lower bound that costs nothing: if it exceeds the machine's memory, no graph is built
 * @throws UserError with the memory needed and a batch that would fit
 */
export function checkMemory(
  { machine, device = 'cpu', force = false, onMemory }: MemoryOptions,
  what: string,
  batch: number,
  estimate: (batch: number) => number,
  least: (batch: number) => number = () => 0,
): void {
  if (device !== 'cpu' || machine === undefined) return;
  const isHopeless = (size: number) => least(size) > machine;
  if (isHopeless(batch) && force) return; // building the graph may already be too much
  const bytes = isHopeless(batch) ? least(batch) : estimate(batch);
  if (bytes <= machine || force) {
    onMemory?.({ bytes, machine });
    return;
  }
  const smaller = largestThatFits(
    batch,
    (size) => !isHopeless(size) && estimate(size) <= COMFORTABLE * machine,
  );
  const needed = `${isHopeless(batch) ? 'more than' : 'about'} ${gigabytes(bytes)} of memory`;
  const advice =
    smaller === undefined
      ? 'no smaller batch would do'
      : `a batch of ${smaller.toLocaleString('en-US')} would take about ${gigabytes(estimate(smaller))}`;
  throw new UserError(
    `${what}: ${needed}, and the machine has ${gigabytes(machine)}; ${advice}; --force runs it nevertheless`,
  );
}

/** The first that fits of batch/2, batch/4, … */
function largestThatFits(batch: number, fits: (batch: number) => boolean): number | undefined {
  for (let size = Math.floor(batch / 2); size >= 1; size = Math.floor(size / 2)) if (fits(size)) return size;
  return undefined;
}
