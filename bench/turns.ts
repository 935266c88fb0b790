/** Peers take steps by turns in one run, so that a noisy machine is noisy for all. */
import type { Peer, PeerStep } from './peer.ts';

/** Who takes part, and in steps of how many images. */
export interface Contestant {
  name: string;
  peer: Peer;
  batch: number;
  /** Rounds that it takes part in, where it is too slow for all of them; it then has one round of warm-up. */
  fewerRounds?: number;
  turn?: Turn;
}

/**
 * The steps of one turn. The first ones may be left uncounted: caches are cold then, and idle threads of the one before
 * may still spin.
 */
export interface Turn {
  uncounted: number;
  counted: number;
}

const ONE_STEP: Turn = { uncounted: 0, counted: 1 };

/** Lets all take turns, round by round, and ends their processes; the steps that count, by name. */
export async function takeTurns<Step extends PeerStep>(
  contestants: readonly Contestant[],
  { rounds, warmUp }: { rounds: number; warmUp: number },
): Promise<Map<string, Step[]>> {
  const steps = new Map<string, Step[]>(contestants.map(({ name }) => [name, []]));
  try {
    for (let round = -warmUp; round < rounds; round++) {
      for (const { name, peer, fewerRounds, turn = ONE_STEP } of contestants) {
        if (fewerRounds !== undefined && (round < -1 || round >= fewerRounds)) continue;
        for (let i = -turn.uncounted; i < turn.counted; i++) {
          const step = await peer.step<Step>();
          if (round >= 0 && i >= 0) steps.get(name)!.push(step);
        }
      }
    }
  } finally {
    await Promise.all(contestants.map(({ peer }) => peer.close()));
  }
  return steps;
}

/** The value below which a share of the numbers lies, interpolated. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below]! + (at - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!);
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** Seconds of the median step. */
export const medianSeconds = (steps: readonly PeerStep[]): number =>
  median(steps.map(({ seconds }) => seconds));

/** The most memory that a peer's process has held, in gigabytes. */
export const peakGigabytes = (steps: readonly PeerStep[]): number =>
  Math.max(...steps.map(({ peakBytes }) => peakBytes)) / 1e9;
