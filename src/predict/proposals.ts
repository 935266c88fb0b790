/** Proposes galaxies to label: those that stand for many others of which the model is unsure. */

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

/** The distances of the rows of one table from those of another, `[one, other]`. */
function distances(one: Float32Array, other: Float32Array, width: number): Float32Array {
  const [rows, columns] = [one.length / width, other.length / width];
  const table = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let square = 0;
      for (let k = 0; k < width; k++) square += (one[i * width + k]! - other[j * width + k]!) ** 2;
      table[i * columns + j] = Math.sqrt(square);
    }
  }
  return table;
}

/**
 * Orders galaxies for labelling. Each next one lowers most the sum over all galaxies of their disagreement times their distance
 * to the nearest galaxy that is labelled or comes before it, in standardised features (greedy facility location: Nemhauser et
 * al. 1978, Mathematical Programming 14, 265).
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
  const between = distances(features, features, width);
  const farthest = between.reduce((most, each) => Math.max(most, each), 0);
  const nearest = new Float64Array(galaxies).fill(farthest);
  const ofLabelled = distances(features, labelled, width);
  ofLabelled.forEach((distance, i) => {
    const galaxy = Math.floor(i / (labelled.length / width));
    nearest[galaxy] = Math.min(nearest[galaxy]!, distance);
  });
  const proposed: number[] = [];
  const isTaken = new Uint8Array(galaxies);
  while (proposed.length < Math.min(count, galaxies)) {
    let best = -1;
    let highest = -1;
    for (let candidate = 0; candidate < galaxies; candidate++) {
      if (isTaken[candidate]) continue;
      let gain = 0;
      for (let i = 0; i < galaxies; i++) {
        const nearer = nearest[i]! - between[candidate * galaxies + i]!;
        if (nearer > 0) gain += disagreement[i]! * nearer;
      }
      if (gain > highest) [best, highest] = [candidate, gain];
    }
    isTaken[best] = 1;
    proposed.push(best);
    for (let i = 0; i < galaxies; i++) nearest[i] = Math.min(nearest[i]!, between[best * galaxies + i]!);
  }
  return proposed;
}
