/**
 * Benchmarks against peers: `npm run bench -- [train|predict|latency|pipeline|scaling|cost|profile|sky|page]… [flags]`.
 *
 * The project and its peers take turns, each in its own process, after a warm-up. Prints medians and ratios and writes them
 * to bench/results.json, one entry per setting. Without a name it runs train, predict and latency (some minutes). A peer that
 * is not installed is skipped, with a hint how to install it. PyTorch is looked for in $PYTHON, python3 and
 * /usr/bin/python3, TensorFlow.js beside this package and in the folder $TFJS_DIR.
 *
 *     --network NAME   see `tuningfork networks`                    all but sky and page
 *     --batch N,…      images in a step, one setting for each       all but latency and sky
 *     --threads N      threads of the network                       all but sky and page
 *     --rounds N       turns of each                                all but sky
 *     --images DIR     JPEG files instead of generated ones         pipeline, scaling
 *     --sizes N,…      numbers of pictures, or of rows of votes     scaling, sky
 *
 * `npm run bench -- recipe NAME` measures nothing: it records the first steps of a recipe (bench/recipe.ts).
 * `npm run bench -- unlike --run DIR --images DIR` counts the pictures that are flagged `unlike-training` (bench/unlike.ts).
 * `npm run bench -- labels` compares ways to choose the galaxies to label (bench/labels.ts).
 * `npm run bench -- observations --data DIR` writes the tables of docs/observations.md (bench/observations.ts), and
 * `npm run bench -- accuracy` those of docs/accuracy.md (bench/accuracy.ts).
 */
import { statSync } from 'node:fs';
import { UserError } from '../src/errors.ts';
import { describeNetwork } from '../src/model/networks.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { accuracy } from './accuracy.ts';
import {
  type Benchmark,
  type Flag,
  type Outcome,
  parseCount,
  parseFlags,
  type Settings,
  threadsOf,
} from './benchmark.ts';
import { cost } from './cost.ts';
import { labels } from './labels.ts';
import { latency } from './latency.ts';
import { observations } from './observations.ts';
import { pageInBrowser } from './page.ts';
import { pipeline } from './pipeline.ts';
import { profiled } from './profile.ts';
import { recipe } from './recipe.ts';
import { saveOutcome } from './results.ts';
import { scaling } from './scaling.ts';
import { sky } from './sky.ts';
import { predict, train } from './speed.ts';
import { unlike } from './unlike.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  train,
  predict,
  latency,
  pipeline,
  scaling,
  cost,
  profile: profiled,
  sky,
  page: pageInBrowser,
};
const QUICK = ['train', 'predict', 'latency'];
const FLAGS: readonly Flag[] = ['network', 'batch', 'threads', 'rounds', 'sizes', 'images'];

/** Flags that change the setting and that no title shows. */
const UNTITLED: readonly Flag[] = ['threads', 'sizes', 'images'];

type Given = Partial<Record<Flag, string>>;

/** Reads the command line of the benchmarks. @throws UserError if it is wrong */
function readCommandLine(args: string[]): { names: string[]; given: Given } {
  const { values: given, positionals } = parseFlags(args, FLAGS);
  const names = positionals.length > 0 ? [...new Set(positionals)] : QUICK;
  for (const name of names) {
    if (!Object.hasOwn(BENCHMARKS, name)) throw new UserError(`there is no benchmark '${name}'`);
  }
  for (const flag of Object.keys(given) as Flag[]) {
    if (!names.some((name) => flag in BENCHMARKS[name]!.flags)) {
      throw new UserError(`--${flag}: ${names.join(', ')} has no such flag`);
    }
  }
  return { names, given };
}

/** A benchmark's settings: its defaults, and the flags that it takes. */
function settingsOf({ flags, fewestRounds }: Benchmark, given: Given): Settings {
  const text = (flag: Flag) => (flag in flags ? given[flag] : undefined) ?? flags[flag] ?? '1';
  const counts = (flag: Flag) => [
    ...new Set(
      text(flag)
        .split(',')
        .map((each) => parseCount(flag, each)),
    ),
  ];
  const network = 'network' in flags ? text('network') : '';
  if (network !== '') describeNetwork(network, { tree: GALAXY_ZOO_2 });
  const images = 'images' in flags ? text('images') || undefined : undefined;
  if (images !== undefined && !statSync(images, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`--images ${images}: there is no such folder`);
  const changed = UNTITLED.filter((flag) => flag in flags && text(flag) !== flags[flag]);
  return {
    network,
    batches: counts('batch'),
    threads: parseCount('threads', text('threads')),
    rounds: parseCount('rounds', text('rounds'), fewestRounds),
    sizes: counts('sizes'),
    images,
    changed: changed.map((flag) => `--${flag} ${text(flag)}`),
  };
}

/** A Markdown table with aligned columns; the first is aligned left. */
function formatTable(table: Outcome['table']): string {
  const widths = table[0]!.map((_, column) => Math.max(3, ...table.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |\n`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [header, ...rows] = table;
  return [header!, rule, ...rows].map(line).join('');
}

async function main(): Promise<void> {
  const [first, ...parameters] = process.argv.slice(2);
  if (first === 'recipe') return recipe(parameters);
  if (first === 'unlike') return unlike(parameters);
  if (first === 'labels') return labels(parameters);
  if (first === 'observations') return observations(parameters);
  if (first === 'accuracy') return accuracy(parameters);
  const { names, given } = readCommandLine(process.argv.slice(2));
  const orders = names.map((name) => ({ name, settings: settingsOf(BENCHMARKS[name]!, given) }));
  for (const { name, settings } of orders) {
    const { threads, rounds } = settings;
    for await (const outcome of BENCHMARKS[name]!.run(settings)) {
      process.stdout.write(`\n${name}, ${outcome.title}, ${threadsOf(threads)}, ${rounds} rounds\n`);
      process.stdout.write(formatTable(outcome.table));
      for (const note of outcome.notes ?? []) process.stdout.write(`  ${note}\n`);
      saveOutcome(name, settings, outcome);
    }
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  const list = Object.entries(BENCHMARKS).map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}\n`);
  list.push(
    `  ${'recipe'.padEnd(9)} records the first steps of a recipe: recipe NAME [--data DIR] [--batch N] [--out FILE]\n`,
  );
  list.push(
    `  ${'unlike'.padEnd(9)} counts flagged pictures: unlike --run DIR --images DIR [--pictures N] [--others DIR]\n`,
  );
  list.push(
    `  ${'labels'.padEnd(9)} compares ways to choose galaxies to label: labels [--pool N] [--test N] [--seeds N]\n`,
  );
  list.push(
    `  observations writes the tables of docs/observations.md: observations --data DIR [--keep DIR]\n`,
  );
  process.stderr.write(`bench: ${error.message}\nThere are:\n${list.join('')}`);
  process.exitCode = 2;
}
