/** Estimates the memory of a task, and refuses tasks that need more than the machine has. Only CPU memory is estimated. */
import { OptionError } from '../../errors.ts';
import type { TaskEvent } from '../../events.ts';
import { type GraphMemory, graphMemory } from '../graph/memory.ts';
import { elements, type Shape, type Tensor } from '../graph/tensor.ts';

/** Bytes that a task needs, to within a quarter, and bytes of the machine. */
type MemoryEstimate = Omit<Extract<TaskEvent, { kind: 'memory' }>, 'kind'>;

/*
 * Measured as the peak of whole commands on a CPU. ONNX Runtime's arena keeps gaps between tensors of different sizes. A model
 * is in memory three times: written, read and loaded.
 */
const PROCESS = 130e6;
const WORKER = 35e6;
const ARENA = 1.45;
const CONSTANT_COPIES = 4;
const FOLDED_COPIES = 1.2;

/** The share of the machine's memory that a recommended batch may take: estimates are off by up to a quarter. */
const COMFORTABLE = 0.75;

/** The bytes of float32 tensors of these shapes. */
export const tensorBytes = (shapes: Iterable<Shape>): number =>
  4 * [...shapes].reduce((sum, shape) => sum + elements(shape), 0);

/** The peak of ONNX Runtime: while one of the programs is being loaded, or while all run. */
function programBytes(programs: readonly GraphMemory[]): number {
  let [kept, most] = [0, 0];
  for (const program of programs) {
    most = Math.max(most, kept + CONSTANT_COPIES * program.constants + FOLDED_COPIES * program.folded);
    kept += program.kept;
  }
  return Math.max(most, kept + ARENA * programs.reduce((sum, { results }) => sum + results, 0));
}

/**
 * The peak of a process that runs graphs, in bytes.
 * @param programs the outputs of each graph, in the order of compilation
 * @param arrays bytes of inputs, outputs and other arrays
 * @param workers threads that read pictures
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

export const describeMemory = ({ bytes, machine }: MemoryEstimate): string =>
  `memory: about ${gigabytes(bytes)} of ${gigabytes(machine)}`;

interface MemoryCheck {
  /** Bytes of the machine; undefined if unknown: then nothing is checked. */
  machine: number | undefined;
  /** Other devices than the default, `cpu`, are not checked. */
  device?: string;
  /** Run the task even if it needs more than the machine has. */
  force?: boolean;
  onEvent?: (event: TaskEvent) => void;
}

/**
 * Reports the estimated memory of a task, and refuses the task if the machine has less.
 * @param estimate bytes for a batch size
 * @param least a lower bound that is cheap to compute; if it exceeds the machine's memory, `estimate` is not called
 * @param batch batch size of the task; undefined if it has none
 * @throws OptionError with the estimate, and a batch that would fit
 */
export function checkMemory(
  { machine, device = 'cpu', force = false, onEvent }: MemoryCheck,
  batch: number | undefined,
  estimate: (batch: number) => number,
  least: (batch: number) => number = () => 0,
): void {
  if (device !== 'cpu' || machine === undefined) return;
  const isHopeless = (size: number) => least(size) > machine;
  const bytesOf = (size: number) => (isHopeless(size) ? least(size) : estimate(size));
  const asked = batch ?? 1;
  if (isHopeless(asked) && force) return; // even building the graph may exceed the memory
  const bytes = bytesOf(asked);
  if (bytes <= machine || force) {
    onEvent?.({ kind: 'memory', bytes, machine });
    return;
  }
  const needed = `needs ${isHopeless(asked) ? 'more than' : 'about'} ${gigabytes(bytes)} of memory`;
  const had = `${needed}, and the machine has ${gigabytes(machine)}`;
  if (batch === undefined) throw new OptionError('force', `required: ${had}`, undefined, { code: 'memory' });
  let smaller = Math.floor(batch / 2);
  while (smaller >= 1 && bytesOf(smaller) > COMFORTABLE * machine) smaller = Math.floor(smaller / 2);
  const advice =
    smaller >= 1
      ? `a batch of ${smaller.toLocaleString('en-US')} would take about ${gigabytes(estimate(smaller))}`
      : 'no smaller batch would fit';
  const problem = `${had}; ${advice}; \`force\` runs it anyway`;
  throw new OptionError('batch', problem, batch, { code: 'memory' });
}
