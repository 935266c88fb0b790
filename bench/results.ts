/** bench/results.json: the latest outcome of each benchmark in each setting, and the figures that the README is made from. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { env } from 'onnxruntime-node';
import type { Outcome, Settings } from './benchmark.ts';

const path = fileURLToPath(new URL('../../bench/results.json', import.meta.url));

/** Adds an outcome, in place of an older one of the same setting. */
export function saveOutcome(benchmark: string, { threads, rounds }: Settings, outcome: Outcome): void {
  const results = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const { title, rows, notes, headline } = outcome;
  const about = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${threads} threads of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    versions: { node: process.version, 'onnxruntime-node': env.versions.node, ...outcome.versions },
  };
  Object.assign(results, {
    ...about,
    versions: { ...results.versions, ...about.versions },
    ...headline,
    [benchmark]: { ...results[benchmark], [title]: { ...about, rounds, notes, rows } },
  });
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}
