/** Proposes galaxies to label: those from which a model would learn most. */

export interface Candidates {
  /** Features of the galaxies, `[N, width]`. */
  readonly features: Float32Array;
  readonly width: number;
  /** Disagreement between the views of each galaxy, `[N]`, 0 or more. */
  readonly disagreement: ArrayLike<number>;
  /** Features of galaxies that have labels, `[M, width]`. */
  readonly labelled: Float32Array;
}

/** The features in units of their standard deviation over the candidates. */
function standardised({ features, width }: Candidates, of: Float32Array): Float32Array {
  const count = features.length / width;
  const [mean, square] = [new Float64Array(width), new Float64Array(width)];
  features.forEach((value, i) => {
    mean[i % width]! += value / count;
    square[i % width]! += value ** 2 / count;
  });
  const deviation = square.map((each, i) => Math.sqrt(Math.max(0, each - mean[i]! ** 2)) || 1);
  return of.map((value, i) => (value - mean[i % width]!) / deviation[i % width]!);
}

/**
 * Orders galaxies for labelling. Each next one has the largest product of its disagreement and its distance to the nearest galaxy
 * that is labelled or comes before it, in standardised features.
 * @param count galaxies to propose, at most
 * @returns indices of candidates
 * @example
 * const candidates = { features: Float32Array.of(0, 0.1, 5), width: 1, disagreement: [1, 1, 1], labelled: Float32Array.of(0) };
 * proposeGalaxies(candidates, 2); // [2, 1]
 */
export function proposeGalaxies(candidates: Candidates, count: number): number[] {
  const { width, disagreement } = candidates;
  const features = standardised(candidates, candidates.features);
  const labelled = standardised(candidates, candidates.labelled);
  const galaxies = features.length / width;
  const nearest = new Float64Array(galaxies).fill(Number.POSITIVE_INFINITY);
  const approach = (table: Float32Array, row: number) => {
    for (let i = 0; i < galaxies; i++) {
      let square = 0;
      for (let k = 0; k < width; k++) square += (features[i * width + k]! - table[row * width + k]!) ** 2;
      nearest[i] = Math.min(nearest[i]!, Math.sqrt(square));
    }
  };
  for (let row = 0; row < labelled.length / width; row++) approach(labelled, row);
  const proposed: number[] = [];
  const isTaken = new Uint8Array(galaxies);
  while (proposed.length < Math.min(count, galaxies)) {
    let best = -1;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < galaxies; i++) {
      // Without any label, the first is the one with the largest disagreement.
      const score = disagreement[i]! * (Number.isFinite(nearest[i]!) ? nearest[i]! : 1);
      if (isTaken[i] || score <= highest) continue;
      [best, highest] = [i, score];
    }
    isTaken[best] = 1;
    proposed.push(best);
    approach(features, best);
  }
  return proposed;
}
