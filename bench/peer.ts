/** A peer is another process. It reads lines, takes a step for each and answers with a line of JSON. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LayerOrder } from './layer.ts';
import type { RunOrder } from './runs.ts';
import type { StepOrder } from './steps.ts';

/** A task for a peer; peers other than this project only know `StepOrder`. */
export type Order = StepOrder | LayerOrder | RunOrder;

/** A peer's answer to a step. Some peers add figures. */
export interface PeerStep {
  seconds: number;
  peakBytes: number;
}

/** A peer's first answer. */
interface About {
  versions: Record<string, string>;
}

/** An error line of Python or Node; Node prints its version after it. */
const ERROR = /^[\w.]*Error\b/;

/** The reason why a process ended or did not start: its last error on stderr, or else its last line. */
function reasonOfEnd(child: ChildProcess): Promise<string> {
  let last = '';
  const read = (line: string) => {
    if (line !== '' && (ERROR.test(line) || !ERROR.test(last))) last = line;
  };
  if (child.stderr) createInterface(child.stderr).on('line', read);
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(last || (signal ?? `exit code ${code}`)));
  });
}

export class Peer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    private readonly ended: Promise<string>,
    readonly about: About,
  ) {}

  /**
   * Starts a peer and sends it its order.
   * @param errors true to show its stderr
   * @throws Error with the reason if it cannot run
   */
  static async start(
    command: string,
    args: readonly string[],
    order: Order,
    errors: 'shown' | 'hidden',
  ): Promise<Peer> {
    const stderr = errors === 'shown' ? 'inherit' : 'pipe';
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', stderr] });
    const ended = reasonOfEnd(child);
    child.stdin!.on('error', () => {}); // a peer that ends at once gives no answer: see below
    const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
    child.stdin!.write(`${JSON.stringify(order)}\n`);
    const answer = await Promise.race([lines.next(), ended]);
    if (typeof answer === 'string' || answer.done) throw new Error(`does not start: ${await ended}`);
    return new Peer(child, lines, ended, JSON.parse(answer.value));
  }

  /** Takes one step. */
  async step<Step extends PeerStep>(): Promise<Step> {
    this.child.stdin!.write('step\n');
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the peer has ended: ${await this.ended}`);
    return JSON.parse(value);
  }

  /** Ends the process and waits until its memory is free. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill();
    await exit;
  }
}

const built = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Starts this project, or ONNX Runtime alone on the exported network. */
export const startOwn = (order: Order): Promise<Peer> =>
  Peer.start(process.execPath, [built('./contestant.js')], order, 'shown');

/** Starts a peer with the first command that works. If none works, prints the reason and how to install the peer. */
async function startFirst(
  name: string,
  commands: readonly string[],
  script: string,
  order: StepOrder,
  hint: string,
): Promise<Peer | undefined> {
  const reasons: string[] = [];
  for (const command of commands) {
    try {
      return await Peer.start(command, [script], order, 'hidden');
    } catch (error) {
      reasons.push(`  ${command}: ${(error as Error).message}\n`);
    }
  }
  process.stderr.write(`${name} is left out:\n${reasons.join('')}  to install it: ${hint}\n`);
  return undefined;
}

/** PyTorch in the first Python that has it: $PYTHON, python3, Debian's own. */
export function startPyTorch(order: StepOrder): Promise<Peer | undefined> {
  const { PYTHON } = process.env;
  const pythons = [...(PYTHON ? [PYTHON] : []), 'python3', '/usr/bin/python3'];
  const hint = 'python3 -m venv DIR && DIR/bin/pip install torch==2.13.0 numpy, and PYTHON=DIR/bin/python';
  return startFirst('PyTorch', pythons, built('../../bench/pytorch_peer.py'), order, hint);
}

/** TensorFlow.js on its WebAssembly backend, from the packages beside this one or in the folder $TFJS_DIR. */
export function startTensorFlow(order: StepOrder): Promise<Peer | undefined> {
  const install = 'npm install --prefix /tmp/tfjs @tensorflow/tfjs @tensorflow/tfjs-backend-wasm';
  const hint = `${install}, and TFJS_DIR=/tmp/tfjs`;
  return startFirst('TensorFlow.js', [process.execPath], built('./tensorflow_peer.js'), order, hint);
}
