/** The platform: everything that differs between Node and a web page. Training, prediction, evaluation and explanation take one. */
import type { Tensor } from './engine/graph/tensor.ts';
import type { Program, ProgramShapes } from './engine/runtime/program.ts';
import type { BatchJob, BatchReport, ImageReference } from './picture/batch.ts';
import type { LoadedPicture } from './picture/fillBatch.ts';
import type { FrameSettings } from './picture/preprocessing.ts';

/** Numbers of operations by device, then by type: `webgpu` → `Mul` → 327. */
export type Placement = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Where programs run. */
export interface Device {
  /** An execution provider of ONNX Runtime: `cpu`, `webgpu`, `cuda`, `dml`, `coreml`, `wasm`, … */
  name: string;
  /** Threads of one operation; 0: one for each core. */
  threads: number;
  /** Called once, with the operator placement of a program's first run; that run is profiled. */
  onPlacement?: (placement: Placement) => void;
}

/** A batch of views, ready for the network. */
export interface Batch<Job extends BatchJob = BatchJob> extends BatchReport {
  /** The job, with all its properties. */
  job: Job;
  /** `[size, size, bands, capacity]`, -1…1; columns that failed or are not filled are 0. */
  data: Float32Array<ArrayBuffer>;
  /** Columns that the job's views take. */
  filled: number;
}

/** Reads pictures and draws their views while the caller works on earlier ones. */
export interface PictureReader {
  /** Fills batches, strictly in order. The caller may stop iterating early. */
  batches<Job extends BatchJob>(
    jobs: Iterable<Job> | AsyncIterable<Job>,
  ): AsyncGenerator<Batch<Job>, void, undefined>;
  /** Takes back the memory of a batch and uses it for a later one. */
  recycle(data: Float32Array<ArrayBuffer>): void;
  /** Stops the reader; unfinished batches are rejected. */
  close(): Promise<void>;
}

/** A file that is open for reading. */
export interface OpenFile {
  /** The length of the file. */
  readonly bytes: number;
  /** Reads `length` bytes from `position`. @throws UserError if the file is shorter */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Files by path. All errors name the file. */
export interface Files {
  /** Calls `use` with an open file. @throws UserError if the file is missing, or is no file */
  open<Result>(path: string, use: (file: OpenFile) => Promise<Result>): Promise<Result>;
  exists(path: string): Promise<boolean>;
  /** The names in a folder; none if the folder is missing. */
  list(folder: string): Promise<string[]>;
  /** Writes a file, whole or not at all; makes missing folders. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Adds to the end of a file. */
  append(path: string, content: Uint8Array): Promise<void>;
  /** Removes a file, if it exists. */
  remove(path: string): Promise<void>;
  /**
   * Runs `work` while no other process works in the folder.
   * @throws UserError if another process works in it; errors of `work`
   */
  lock<Result>(folder: string, work: () => Promise<Result>): Promise<Result>;
}

export interface Platform {
  /** Compiles a graph. @throws OptionError with the path `device`, if the device cannot be used */
  compile<Output extends string>(
    outputs: Readonly<Record<Output, Tensor>>,
    device: Device,
  ): Promise<Program<Output>>;
  /**
   * Loads an ONNX file as it is, on the CPU.
   * @param bytes a file that `parseOnnx` has read
   * @param shapes of inputs and outputs; of outputs, only the lengths need to be known
   */
  load(bytes: Uint8Array, shapes: ProgramShapes): Promise<Program>;
  /** @param workers threads; default: one for each core */
  pictures(workers?: number): PictureReader;
  /**
   * Reads one picture: the central `square` of a file of 8 bits; the `record` from a pack, or with a stretch.
   * @param frames default: RGB of 8 bits
   * @throws ImageError if a file cannot be read as a picture; UserError if a store cannot be read
   */
  readPicture(image: ImageReference, frames?: FrameSettings): Promise<LoadedPicture>;
  readonly files: Files;
  /** The memory that this process may use, in bytes; undefined if unknown. */
  memory(): number | undefined;
  readonly cores: number;
}
