/** The built command in this process: some hundred wrong command lines take a second, where processes would take minutes. */
import { vi } from 'vitest';

const built: typeof import('../src/cli/program.ts') = await import(
  /* @vite-ignore */ new URL('../dist/cli/program.js', import.meta.url).href
);

/** All commands and their flags. */
export const { createProgram } = built;

/** How a command ended; one that fails as `main.ts` has it. */
export interface OutcomeHere {
  code: number;
  stdout: string;
  stderr: string;
}

/** The end of the last command that was begun: there is one stdout and one exit code. */
let turn: Promise<unknown> = Promise.resolve();

/** Runs a command line to its end, after those that were begun before. Signals are not listened for, except by trainings. */
export function tuningforkHere(...parameters: string[]): Promise<OutcomeHere> {
  const outcome = turn.then(() => run(parameters));
  turn = outcome.catch(() => {});
  return outcome;
}

async function run(parameters: readonly string[]): Promise<OutcomeHere> {
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) => {
    const told: string[] = [];
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => told.push(String(text)) > 0);
    return { told, spy };
  });
  const before = process.exitCode;
  process.exitCode = 0;
  const program = createProgram();
  try {
    const failed = await program.parseAsync(parameters, { from: 'user' }).then(
      () => undefined,
      (error: unknown) => built.printError(error, program.opts().verbose === true),
    );
    return {
      code: failed ?? Number(process.exitCode),
      stdout: stdout!.told.join(''),
      stderr: stderr!.told.join(''),
    };
  } finally {
    process.exitCode = before;
    stdout!.spy.mockRestore();
    stderr!.spy.mockRestore();
  }
}
