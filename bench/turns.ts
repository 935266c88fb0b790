/** Peers take turns, so that noise on the machine affects all of them. */
import type { Peer, PeerStep } from './peer.ts';

/** A peer in a benchmark. */
export interface Contestant {
  name: string;
  peer: Peer;
  batch: number;
  /** Rounds of a slow peer, after one warm-up. Default: all. */
  fewerRounds?: number;
  turn?: Turn;
}

/** The steps of one turn. The first may not count: caches are cold, and threads of the previous peer may still be busy. */
interface Turn {
  uncounted: number;
  counted: number;
}

const ONE_STEP: Turn = { uncounted: 0, counted: 1 };

/** Runs all rounds and ends the processes. Returns the counted steps by name. */
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

/** The interpolated quantile. */
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

/** Peak memory of a peer's process, in gigabytes. */
export const peakGigabytes = (steps: readonly PeerStep[]): number =>
  Math.max(...steps.map(({ peakBytes }) => peakBytes)) / 1e9;
