/** Another process that takes steps on request: one line in, one JSON line out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LayerOrder } from './layer.ts';
import type { RunOrder } from './runs.ts';
import type { StepOrder } from './steps.ts';

/** What a peer is asked to do; peers other than this project know the steps of a network alone. */
export type Order = StepOrder | LayerOrder | RunOrder;

/** What a peer says of a step; those that do more than one thing in it add figures of their own. */
export interface PeerStep {
  seconds: number;
  peakBytes: number;
}

/** What a peer says of itself when it is ready. */
interface About {
  versions: Record<string, string>;
}

export class Peer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    readonly about: About,
  ) {}

  /**
   * Starts a peer and sends it its order; undefined where it cannot run.
   * @param errors whether what it says on stderr is shown
   */
  static async start(
    command: string,
    args: readonly string[],
    order: Order,
    errors: 'shown' | 'hidden',
  ): Promise<Peer | undefined> {
    const stderr = errors === 'shown' ? 'inherit' : 'ignore';
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', stderr] });
    const failed = new Promise<undefined>((resolve) => child.once('error', () => resolve(undefined)));
    child.stdin!.on('error', () => {}); // a peer that ends at once is told by the missing answer
    const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
    child.stdin!.write(`${JSON.stringify(order)}\n`);
    const answer = await Promise.race([lines.next(), failed]);
    return answer === undefined || answer.done ? undefined : new Peer(child, lines, JSON.parse(answer.value));
  }

  /** Takes one step. */
  async step<Step extends PeerStep>(): Promise<Step> {
    this.child.stdin!.write('step\n');
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the peer has ended');
    return JSON.parse(value);
  }

  /** Ends the process; its memory is free when the promise is fulfilled. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill();
    await exit;
  }
}

const built = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** This project, or ONNX Runtime alone on its exported network. */
export async function startOwn(order: Order): Promise<Peer> {
  const peer = await Peer.start(process.execPath, [built('./contestant.js')], order, 'shown');
  if (peer === undefined) throw new Error('the contestant ended before it was ready');
  return peer;
}

/** PyTorch, with the first Python that has it: $PYTHON, python3, Debian's own. */
export async function startPyTorch(order: StepOrder): Promise<Peer | undefined> {
  for (const python of [process.env.PYTHON, 'python3', '/usr/bin/python3']) {
    const script = built('../../bench/pytorch_peer.py');
    const peer = python ? await Peer.start(python, [script], order, 'hidden') : undefined;
    if (peer !== undefined) return peer;
  }
  const hint = 'apt-get install python3-torch, or PYTHON=… for a Python that has it';
  process.stderr.write(`PyTorch is not here; to compare with it: ${hint}\n`);
  return undefined;
}

/** TensorFlow.js on its WebAssembly backend, from the packages beside this one or in the folder $TFJS_DIR. */
export async function startTensorFlow(order: StepOrder): Promise<Peer | undefined> {
  const peer = await Peer.start(process.execPath, [built('./tensorflow_peer.js')], order, 'hidden');
  if (peer !== undefined) return peer;
  const install = 'npm install --prefix /tmp/tfjs @tensorflow/tfjs @tensorflow/tfjs-backend-wasm';
  process.stderr.write(`TensorFlow.js is not here; to compare with it: ${install}, and TFJS_DIR=/tmp/tfjs\n`);
  return undefined;
}
