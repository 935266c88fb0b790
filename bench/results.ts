/** bench/results.json: the latest outcome of each benchmark in each setting, and the README's figures. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { env } from 'onnxruntime-node';
import { type Outcome, type Settings, threadsOf } from './benchmark.ts';

const path = fileURLToPath(new URL('../../bench/results.json', import.meta.url));

/** The widest vector instructions of the processor, which ratios to a peer depend on; nothing outside Linux. */
function vectorInstructions(): string[] {
  const info = '/proc/cpuinfo';
  const flags = existsSync(info) ? readFileSync(info, 'utf8') : '';
  if (/\bavx512f\b/.test(flags)) return ['AVX-512'];
  return /\bavx2\b/.test(flags) ? ['AVX2'] : [];
}

/**
 * Adds an outcome, or replaces that of the same setting: title, flags that differ from the defaults, and vector instructions.
 * Date, machine and versions at the top belong to the figures there.
 */
export function saveOutcome(
  benchmark: string,
  { threads, rounds, changed }: Settings,
  outcome: Outcome,
): void {
  const results = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const { title, rows, notes, headline } = outcome;
  const about = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${threadsOf(threads)} of ${cpus()[0]!.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    versions: { node: process.version, 'onnxruntime-node': env.versions.node, ...outcome.versions },
  };
  if (Object.keys(headline).length > 0) {
    const versions = { ...results.versions, ...about.versions };
    Object.assign(results, about, { versions }, headline);
  }
  const setting = [title, ...changed, ...vectorInstructions()].join(', ');
  results[benchmark] = { ...results[benchmark], [setting]: { ...about, rounds, notes, rows } };
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}
