/** The built command in this process, which saves starting another one. */
import { vi } from 'vitest';

const built: typeof import('../src/cli/program.ts') = await import(
  /* @vite-ignore */ new URL('../dist/cli/program.js', import.meta.url).href
);

/** All commands and their flags. */
export const { createProgram } = built;

/** How a command ended; its errors are printed as `main.ts` prints them. */
export interface OutcomeHere {
  code: number;
  stdout: string;
  stderr: string;
}

/** Signals to send, one after the other, once stdout or stderr matches. */
export interface Interruption {
  when: RegExp;
  send: readonly NodeJS.Signals[];
}

/** The end of the last command. Commands run one after the other, as there is only one stdout and one exit code. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Runs a command line after the previous ones have finished.
 * @param interruption of `train` and `serve`; other commands listen for signals only in their own processes. The signal arrives while
 * the matching line is being written, so that the training cannot get ahead of it.
 */
export function tuningforkHere(
  parameters: readonly string[],
  interruption?: Interruption,
): Promise<OutcomeHere> {
  const outcome = turn.then(() => run(parameters, interruption));
  turn = outcome.catch(() => {});
  return outcome;
}

/** Captures what is written to a stream. */
function capture(stream: NodeJS.WriteStream, onWrite: (all: string) => void) {
  const written: string[] = [];
  const spy = vi.spyOn(stream, 'write').mockImplementation((text) => {
    written.push(String(text));
    onWrite(written.join(''));
    return true;
  });
  return { written, restore: () => spy.mockRestore() };
}

/** @returns a function that sends the signals, once, to the listeners that are added from now on */
function interrupter({ when, send }: Interruption): (written: string) => void {
  const others = new Map(send.map((signal) => [signal, process.listeners(signal)]));
  let isSent = false;
  return (written) => {
    if (isSent || !when.test(written)) return;
    isSent = true;
    for (const signal of send) {
      const listeners = process.listeners(signal).filter((each) => !others.get(signal)!.includes(each));
      if (listeners.length === 0) throw new Error(`the command does not listen for ${signal}`);
      for (const listener of listeners) listener(signal);
    }
  };
}

async function run(parameters: readonly string[], interruption?: Interruption): Promise<OutcomeHere> {
  const onWrite = interruption ? interrupter(interruption) : () => {};
  const stdout = capture(process.stdout, onWrite);
  const stderr = capture(process.stderr, onWrite);
  const before = process.exitCode;
  process.exitCode = 0;
  const program = createProgram(parameters);
  try {
    const failed = await program.parseAsync(parameters, { from: 'user' }).then(
      () => undefined,
      (error: unknown) => built.printError(error, program.opts().verbose === true),
    );
    return {
      code: failed ?? Number(process.exitCode),
      stdout: stdout.written.join(''),
      stderr: stderr.written.join(''),
    };
  } finally {
    process.exitCode = before;
    stdout.restore();
    stderr.restore();
  }
}
