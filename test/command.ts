/** Runs the built command `tuningfork` and reads the files that it leaves. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { EpochMetrics } from '../src/events.ts';
import { decodeSafetensors, type Safetensors } from '../src/files/safetensors.ts';
import { type Interruption, type OutcomeHere, tuningforkHere } from './here.ts';

/** The built command's file. */
export const entry = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Flags that may be given several times, by command. */
export const REPEATABLE: Readonly<Record<string, readonly string[]>> = {
  pack: ['--solutions', '--images'],
  train: ['--solutions', '--images', '--freeze', '--layer-lr'],
  compare: ['--solutions', '--images', '--freeze', '--layer-lr'],
  average: ['--predictions', '--run', '--model'],
  explain: ['--run', '--model', '--layer'],
  show: ['--solutions', '--images'],
};

/** Parameters in which later flags replace earlier ones: the command itself accepts a flag only once. */
export function lastValues(parameters: readonly string[]): string[] {
  const repeatable = Object.entries(REPEATABLE).find(([name]) => parameters.includes(name))?.[1] ?? [];
  return parameters.filter((each, i) => {
    const flag = each.startsWith('--') ? each : parameters[i - 1]!;
    const place = each.startsWith('--') ? i : i - 1;
    const hasValue = parameters[place + 1] !== undefined && !parameters[place + 1]!.startsWith('--');
    const isReplaced = parameters.indexOf(flag, place + 1) > place;
    return !(flag?.startsWith('--') && hasValue && isReplaced && !repeatable.includes(flag));
  });
}

/** How a command ended. */
export interface Outcome {
  /** Null if a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The output of a process, and how it ended. */
export function outcomeOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Temporary files and folders, with their contents. */
export const isUnfinished = (name: string): boolean => /\.tmp(\/|$)/.test(name);

/** Node flags that make a process send the signals to itself while it writes the matching line, so that nothing can happen in between. */
export function interruptingFlags({ when, send }: Interruption): string[] {
  const script = `
    import { isMainThread } from 'node:worker_threads';
    const { write } = process.stderr;
    let [written, isSent] = ['', !isMainThread];
    process.stderr.write = function (text, ...rest) {
      const result = write.call(this, text, ...rest);
      written += text;
      if (isSent || !${when}.test(written)) return result;
      isSent = true;
      for (const signal of ${JSON.stringify(send)}) process.kill(process.pid, signal);
      return result;
    };`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

/**
 * Runs the command in its own process; any exit code is accepted.
 * @param environment variables in addition to those of this process
 */
export function tuningfork(
  parameters: readonly string[],
  interruption?: Interruption,
  environment?: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const flags = interruption ? interruptingFlags(interruption) : [];
  return outcomeOf(
    spawn(process.execPath, [...flags, entry, ...lastValues(parameters)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    }),
  );
}

/** Runs the command in this process; any exit code is accepted. */
export const runHere = (parameters: readonly string[], interruption?: Interruption): Promise<OutcomeHere> =>
  tuningforkHere(lastValues(parameters), interruption);

/** Runs the command in this process and expects it to succeed. */
export async function succeed(...parameters: string[]): Promise<OutcomeHere> {
  const outcome = await runHere(parameters);
  expect(outcome, `tuningfork ${parameters.join(' ')}`).toMatchObject({ code: 0 });
  return outcome;
}

/** The JSON document of a command that succeeds and prints nothing on stderr. */
export async function succeedWithJson(...parameters: string[]) {
  const { stdout, stderr } = await succeed(...parameters, '--json', '--quiet');
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** The file of a network with the layers of `baseline`, but few channels, for pictures of 32×32. */
export const SMALL_NETWORK = fileURLToPath(new URL('fixtures/small.json', import.meta.url));

/** Settings of a training that takes a second. One thread of each kind, as several commands run at the same time. */
export const SMALL = [
  ...['--network', SMALL_NETWORK],
  ...['--batch', '8', '--epochs', '2', '--seed', '1', '--threads', '1', '--workers', '1'],
];

/** Put after `SMALL`: a network by name, for flags that a network's file does not allow. */
export const NAMED = ['--network', 'baseline', '--kernels', '3,3,3,3', '--channels', '4,4,4,4'];

/** `SMALL` without validation, which saves drawing most charts of the page. */
export const UNVALIDATED = [...SMALL, '--validation', '0'];

/** A folder for the tests of a file, and a function that removes it. */
export function temporaryFolder(): { path: (...names: string[]) => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tuningfork-'));
  return { path: (...names) => join(folder, ...names), remove: () => rmSync(folder, { recursive: true }) };
}

/** The names of all files below a folder, sorted. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** The same for a run, without times: an event file's name contains the second in which training began. */
export const filesOfRun = (run: string): string[] =>
  filesBelow(run).map((name) => name.replace(/tfevents\.\d+/, 'tfevents.TIME'));

/** Expects the same bits. Comparing large arrays by `toEqual` takes seconds. */
export function expectSameBits(value: ArrayBufferView, other: ArrayBufferView, name: string): void {
  const [bytes, others] = [value, other].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  expect(bytes!.equals(others!), name).toBe(true);
}

/** The bytes of a run's last checkpoint. */
export const checkpointBytes = (run: string): Buffer =>
  readFileSync(join(run, 'checkpoint', 'last.safetensors'));

/** Expects two runs to have bit-identical checkpoints. */
export function expectSameCheckpoints(run: string, other: string): void {
  const names = filesBelow(join(other, 'checkpoint'));
  expect(filesBelow(join(run, 'checkpoint'))).toEqual(names);
  for (const name of names) {
    const [bytes, others] = [run, other].map((each) => readFileSync(join(each, 'checkpoint', name)));
    expectSameBits(bytes!, others!, `${name} of ${run}`);
  }
}

/** A safetensors file. */
export const readTensors = (path: string): Safetensors => decodeSafetensors(readFileSync(path), path);

/** A run's lines of metrics, without the timings. */
export function readUntimedMetrics(run: string): Omit<EpochMetrics, 'imagesPerSecond' | 'seconds'>[] {
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { imagesPerSecond, seconds, ...metrics } = JSON.parse(line) as EpochMetrics;
    expect(imagesPerSecond).toBeGreaterThanOrEqual(0);
    expect(seconds).toBeGreaterThanOrEqual(0);
    return metrics;
  });
}
