/** Random number streams of the sky: numbers depend only on (seed, index, purpose). */
import { Random } from '../random/philox.ts';
import { FastRandom } from './noise.ts';

/** Purposes of an object's random numbers. Each has its own stream, so a change in one leaves the others unchanged. */
export const PURPOSES = { object: 0, details: 1, surroundings: 2, noise: 3, balance: 4 } as const;

/** The fast generator of one stream. */
export function fastRandom(seed: number, purpose: keyof typeof PURPOSES, index: number): FastRandom {
  return new FastRandom(new Random(seed, 'sky', index, PURPOSES[purpose]));
}
