/** Another process that takes steps on request: one line in, one JSON line out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Order } from './contestant.ts';

export interface PeerStep {
  seconds: number;
  peakBytes: number;
}

export class Peer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    /** What the peer says of itself when it is ready. */
    readonly about: Record<string, unknown>,
  ) {}

  /** Starts a peer and sends it its order; undefined where it cannot run. */
  static async start(command: string, args: readonly string[], order: Order): Promise<Peer | undefined> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const failed = new Promise<undefined>((resolve) => child.once('error', () => resolve(undefined)));
    child.stdin.on('error', () => {}); // a peer that ends at once is told by the missing answer
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    child.stdin.write(`${JSON.stringify(order)}\n`);
    const answer = await Promise.race([lines.next(), failed]);
    return answer === undefined || answer.done ? undefined : new Peer(child, lines, JSON.parse(answer.value));
  }

  /** Takes one step. */
  async step(): Promise<PeerStep> {
    this.child.stdin!.write('step\n');
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the peer has ended');
    return JSON.parse(value);
  }

  close(): void {
    this.child.kill();
  }
}

/** This project, or ONNX Runtime's plain convolutions on its exported network. */
export async function startOwn(order: Order): Promise<Peer> {
  const peer = await Peer.start(
    process.execPath,
    [fileURLToPath(new URL('./contestant.js', import.meta.url))],
    order,
  );
  if (peer === undefined) throw new Error('the contestant ended before it was ready');
  return peer;
}

/** PyTorch, with the first Python that has it: $PYTHON, python3, Debian's own. */
export async function startPyTorch(order: Order): Promise<Peer | undefined> {
  const script = fileURLToPath(new URL('../../bench/pytorch_peer.py', import.meta.url));
  for (const python of [process.env.PYTHON, 'python3', '/usr/bin/python3']) {
    const peer = python ? await Peer.start(python, [script], order) : undefined;
    if (peer !== undefined) return peer;
  }
  return undefined;
}
