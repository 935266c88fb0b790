/** How much memory a run will take: told before it begins, and refused where the machine has not so much. */
import { totalmem } from 'node:os';
import { type GraphMemory, graphMemory } from '../../engine/graph/memory.ts';
import { elements, type Shape, type Tensor } from '../../engine/graph/tensor.ts';
import { UserError } from '../../errors.ts';

/** A run's memory, in bytes. */
export interface MemoryEstimate {
  /** The most that the process will hold, within a quarter. */
  bytes: number;
  /** What the machine, or the container, has. */
  machine: number;
}

/** What is said of a run's memory, and whether it is heeded. */
export interface MemoryOptions {
  /** Where the run's programs are to run: nothing is known of the memory of others than the processor, nor told. Default cpu. */
  device?: string;
  /** Run even what takes more memory than the machine has. */
  force?: boolean;
  /** Is told before anything large is allocated. */
  onMemory?: (estimate: MemoryEstimate) => void;
}

/*
 * What was measured of whole commands, on a processor: the most that a process held. The arena of ONNX Runtime keeps pieces
 * between tensors of different sizes; a model is in memory as it was written, as it was read and as it is loaded.
 */
const PROCESS = 130e6;
const WORKER = 35e6;
const ARENA = 1.45;
const CONSTANT_COPIES = 4;
const FOLDED_COPIES = 1.2;

/** A batch is recommended that takes no more of the machine's memory: the estimate is off by up to a quarter. */
const COMFORTABLE = 0.75;

/** The bytes of float32 tensors. @example tensorBytes([[37, 96]]) // 14208 */
export const tensorBytes = (shapes: Iterable<Shape>): number =>
  4 * [...shapes].reduce((sum, shape) => sum + elements(shape), 0);

/** What ONNX Runtime takes for programs that are loaded one after the other: the most while one is, or while all run. */
function programBytes(programs: readonly GraphMemory[]): number {
  let [kept, most] = [0, 0];
  for (const program of programs) {
    most = Math.max(most, kept + CONSTANT_COPIES * program.constants + FOLDED_COPIES * program.folded);
    kept += program.kept;
  }
  return Math.max(most, kept + ARENA * programs.reduce((sum, { results }) => sum + results, 0));
}

/**
 * The most that a process holds which runs graphs.
 * @param programs their outputs, in the order in which they are compiled
 * @param arrays bytes of all that is fed, fetched, or lies beside
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

/** The memory that this process may use: the machine's, or less where a container is held to it. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
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
 * Tells what a run will take, and refuses it where the machine has not so much.
 * @param estimate the bytes of a batch of so many pictures
 * @param least a bound that costs nothing: above the machine's memory nothing is built to know it better
 * @param what asks for the memory, for the message: `--batch 4096`
 * @param batch that is asked for, where a smaller one is possible
 * @throws UserError that says how much it would take, and which batch would fit
 */
export function checkMemory(
  { device = 'cpu', force = false, onMemory }: MemoryOptions,
  what: string,
  batch: number,
  estimate: (batch: number) => number,
  least: (batch: number) => number = () => 0,
): void {
  if (device !== 'cpu') return;
  const machine = machineMemory();
  const isHopeless = (size: number) => least(size) > machine;
  if (isHopeless(batch) && force) return; // to build the graph may be too much already
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

/** The first that fits of half the batch, a quarter of it, and so on. */
function largestThatFits(batch: number, fits: (batch: number) => boolean): number | undefined {
  for (let size = Math.floor(batch / 2); size >= 1; size = Math.floor(size / 2)) if (fits(size)) return size;
  return undefined;
}
