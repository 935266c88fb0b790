/** A Python that can run the documents' Python code. */
import { spawnSync } from 'node:child_process';

/** The modules that the code imports. */
const IMPORT = 'import numpy, onnxruntime, PIL';

const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter((each) => each !== undefined);

const tried = candidates.map((command) => {
  const { status, stderr, error } = spawnSync(command, ['-c', IMPORT], { encoding: 'utf8' });
  return { command, status, reason: error?.message ?? stderr.trim().split('\n').at(-1) };
});

/** The first of $PYTHON, python3 and Debian's own that has the modules. */
export const python = tried.find(({ status }) => status === 0)?.command;

/** Added to the names of tests that need it. */
export const pythonNote =
  python === undefined
    ? ` (skipped: ${tried.map(({ command, reason }) => `${command}: ${reason}`).join('; ')})`
    : '';

/** The lines that a program prints. @throws Error if it fails */
export function runPython(code: string): string[] {
  const { status, stdout, stderr } = spawnSync(python!, ['-c', code], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trimEnd().split('\n');
}
