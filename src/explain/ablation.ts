/**
 * AblationCAM (Ramaswamy & Desai 2020): the contribution of each channel k of a layer to an answer's score s₀. With the
 * channel set to zero the score is s_k; w_k = (s₀ - s_k) / s₀, and the map is relu(Σ w_k A_k), scaled to 0…1.
 */
import { type HeatMap, heatMap } from './heatMap.ts';

/** A layer and the size of its maps. */
export interface LayerMaps {
  layer: string;
  channels: number;
  height: number;
  width: number;
}

/** The scores of all answers with each channel of a layer set to zero. */
export interface Ablation extends LayerMaps {
  /** `[C, H, W]` */
  activations: Float32Array;
  /** s₀ of each answer, `[columns]`, computed like `ablatedScores`, so that rounding cancels out. */
  scores: Float32Array;
  /** s_k of each channel and answer, `[C, columns]`. */
  ablatedScores: Float32Array;
}

/** Smallest divisor; ratios to smaller scores are meaningless. */
export const SMALLEST_SCORE = 1e-6;

/** Contrast below this share of the largest activation is rounding of float32. */
const ROUNDING = 1e-5;

/**
 * w of each channel, `[C]`.
 * @param answer the column
 */
export function ablationWeights({ channels, scores, ablatedScores }: Ablation, answer: number): Float64Array {
  const score = scores[answer];
  return Float64Array.from(
    { length: channels },
    (_, k) => (score! - ablatedScores[k * scores.length + answer]!) / Math.max(score!, SMALLEST_SCORE),
  );
}

/**
 * relu(Σ w_k A_k), scaled; flat if no channel supports the answer.
 * @param weights `[C]`, of {@link ablationWeights}
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
