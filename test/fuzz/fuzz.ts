/**
 * Fuzzing: a reader gets valid files and damaged ones. It must read the valid ones correctly; a damaged one it reads
 * consistently, or refuses in one readable line that names the file.
 *
 * `FUZZ_INPUTS` is the number of inputs of each target, `FUZZ_SEED` what they are drawn from. A campaign, with its figures:
 * FUZZ_INPUTS=1000000 npx vitest run test/fuzz/
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { Random } from '../../src/random/philox.ts';

const campaign = process.env.FUZZ_INPUTS;
const INPUTS = Number(campaign ?? 600);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** A folder for files that are rewritten for each input: in memory, if the system has such a folder. */
export function quickFolder(): string {
  const memory = '/dev/shm';
  const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'tuningfork-fuzz-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** One input in `SOUND` is valid. */
const SOUND = 16;

/** A valid input and its content. */
export interface Sample<Input, Result> {
  input: Input;
  result: Result;
}

/** A reader that is fuzzed. */
export interface Target<Input, Result> {
  /** The input's name, for test names. */
  name: string;
  /** The file's name, which a refusal must contain. */
  file: string | ((slot: number) => string);
  /** Number of inputs read at the same time, each in its own slot, from 0. Default 1. */
  slots?: number;
  /** Limit for the growth of the process, in MB. */
  growth: number;
  /** A valid input of random content. */
  sound(random: Random): Sample<Input, Result> | Promise<Sample<Input, Result>>;
  /** A damaged input. */
  spoilt(random: Random): Input | Promise<Input>;
  read(input: Input, slot: number): Result | Promise<Result>;
  /** Expects the result to be consistent: lengths, ranges, no duplicates. */
  check(result: Result): void;
}

/** Characters that no message may contain: they would control the terminal, or break the line. */
const UNREADABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const LONGEST = 2100;

function expectReadable(error: unknown, file: string): void {
  if (!(error instanceof UserError)) throw error;
  const { message } = error;
  if (UNREADABLE.test(message)) throw new Error(`not one readable line: ${JSON.stringify(message)}`);
  if (message.length > LONGEST) throw new Error(`${message.length} characters: ${message}`);
  if (!message.includes(file)) throw new Error(`does not name ${file}: ${message}`);
}

const megabytes = () => process.memoryUsage.rss() / 1e6;

const show = (input: unknown) =>
  input instanceof Uint8Array ? Buffer.from(input).toString('base64') : JSON.stringify(input);

/** Registers the test of a target. */
export function fuzz<Input, Result>(target: Target<Input, Result>): void {
  it(`${target.name}: valid input is read correctly, damaged input is read consistently or refused in a readable line`, {
    timeout: 120_000 + 100 * INPUTS,
  }, async () => {
    const { growth, slots = 1 } = target;
    const file = (slot: number) => (typeof target.file === 'string' ? target.file : target.file(slot));
    const count = { accepted: 0, refused: 0 };
    let slowest = 0;
    /** Memory of the process when caches and compilers are warm, and its peak, sampled now and then. */
    let [before, peak] = [megabytes(), 0];
    const prototype = Object.getOwnPropertyNames(Object.prototype);

    const readSound = async (random: Random, slot: number) => {
      const { input, result } = await target.sound(random);
      const outcome = await target.read(input, slot);
      target.check(outcome);
      // Vitest's toEqual takes longer than most readers.
      if (!isDeepStrictEqual(outcome, result)) expect(outcome).toEqual(result);
      count.accepted++;
    };
    const readSpoilt = async (random: Random, slot: number) => {
      const input = await target.spoilt(random);
      const started = performance.now();
      try {
        let outcome: Result | undefined;
        try {
          outcome = await target.read(input, slot);
        } catch (error) {
          expectReadable(error, file(slot));
          count.refused++;
          return;
        } finally {
          slowest = Math.max(slowest, performance.now() - started);
        }
        target.check(outcome);
        count.accepted++;
      } catch (cause) {
        throw new Error(`${show(input)}: ${(cause as Error).stack}`, { cause });
      }
    };
    let next = 0;
    const work = async (slot: number) => {
      while (next < INPUTS) {
        const i = next++;
        // Lets pending work finish, such as freeing memory.
        if (i % 256 === 0) await new Promise(setImmediate);
        if (i % 64 === 0) peak = Math.max(peak, megabytes());
        if (i === Math.min(1000, Math.floor(INPUTS / 2))) before = megabytes();
        const random = new Random(SEED, 'test', i);
        await (i % SOUND === 0 ? readSound : readSpoilt)(random, slot).catch((cause) => {
          throw new Error(`input ${i} of seed ${SEED}: ${cause.stack}`, { cause });
        });
      }
    };
    const used = process.cpuUsage();
    await Promise.all(Array.from({ length: slots }, (_, slot) => work(slot)));
    if (campaign !== undefined) {
      const { user, system } = process.cpuUsage(used);
      const figures = [
        `${target.name}: ${INPUTS} inputs`,
        `${count.accepted} accepted`,
        `${count.refused} refused`,
        `slowest ${slowest.toFixed(0)} ms${slots > 1 ? ` beside ${slots - 1} others` : ''}`,
        `peak ${peak.toFixed(0)} MB (${(peak - before).toFixed(0)} MB more than at the start)`,
        `${((user + system) / 1e6).toFixed(0)} s of processor time`,
      ];
      process.stderr.write(`${figures.join(', ')}\n`);
    }
    expect(count.refused).toBeGreaterThan(INPUTS / 8);
    expect(peak - before).toBeLessThan(growth);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototype);
  });
}
