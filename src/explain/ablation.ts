/**
 * AblationCAM (Ramaswamy & Desai 2020): how much of an answer's score s₀ does each channel k of a layer carry? With the
 * channel set to zero the score is s_k; w_k = (s₀ - s_k) / s₀, and the map is relu(Σ w_k A_k), scaled to 0…1.
 */
import { type HeatMap, heatMap } from './heatMap.ts';

/** What became of all answers as the channels of a layer were set to zero, one after another. */
export interface Ablation {
  layer: string;
  channels: number;
  height: number;
  width: number;
  /** [C, H, W] */
  activations: Float32Array;
  /** s₀ of each answer, [37], of the same arithmetic as those below: differences hold no rounding of another. */
  scores: Float32Array;
  /** s_k of each channel and answer, [C, 37]. */
  ablatedScores: Float32Array;
}

/** A score below this carries no information on its parts, and its ratios would explode. */
export const SMALLEST_SCORE = 1e-6;

/** Weights are differences of float32 scores: less contrast than this share of the largest activation is rounding. */
const ROUNDING = 1e-5;

/**
 * w of each channel, [C].
 * @param answer 0…36
 * @example ablationWeights(ablation, columnNamed(GALAXY_ZOO_2, '4.1')!.index)
 */
export function ablationWeights({ channels, scores, ablatedScores }: Ablation, answer: number): Float64Array {
  const score = scores[answer];
  return Float64Array.from(
    { length: channels },
    (_, k) => (score! - ablatedScores[k * scores.length + answer]!) / Math.max(score!, SMALLEST_SCORE),
  );
}

/**
 * relu(Σ w_k A_k), scaled; flat where no channel speaks for the answer.
 * @param weights [C], of {@link ablationWeights}
 * @example ablationMap(ablation, ablationWeights(ablation, 7)).values // [H, W]
 */
export function ablationMap({ activations, height, width }: Ablation, weights: ArrayLike<number>): HeatMap {
  const places = height * width;
  const sum = new Float64Array(places);
  let largest = 0;
  for (let k = 0; k < weights.length; k++) {
    for (let i = 0; i < places; i++) {
      const activation = activations[k * places + i];
      sum[i]! += weights[k]! * activation!;
      if (activation! > largest) largest = activation!;
    }
  }
  return heatMap(
    sum.map((value) => Math.max(value, 0)),
    height,
    width,
    ROUNDING * largest,
  );
}
