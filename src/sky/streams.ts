/** Where the random numbers of the sky come from: (seed, index) and what they are for, and nothing else. */
import { Random } from '../random/philox.ts';
import { FastRandom } from './noise.ts';

/** What an object's random numbers are for: each has a stream of its own, so that one does not move the others. */
export const PARTS = { object: 0, details: 1, surroundings: 2, noise: 3, balance: 4 } as const;

/** Random numbers for a part of the picture of (seed, index). */
export function fastRandom(seed: number, part: keyof typeof PARTS, index: number): FastRandom {
  return new FastRandom(new Random(seed, 'sky', index, PARTS[part]));
}
