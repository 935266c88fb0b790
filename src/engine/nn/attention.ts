/** Attention over a map, behind a convolution's ReLU: by which rule, and what a rule consists of. */
import { cbam } from './cbam.ts';
import { ema } from './ema.ts';
import type { FeatureMap } from './layout.ts';
import type { Build, Parameter } from './module.ts';

/** CBAM, its MLP narrowed by `reduction`; or EMA (efficient multi-scale attention), over `factor` groups of channels. */
export type AttentionDescription = { cbam: { reduction: number } } | { ema: { factor: number } };

/** Attention over maps of so many channels. */
export interface Attention {
  /** 'cbam' or 'ema': what a layer with it is called, `cbam1`. */
  readonly kind: string;
  readonly parameters: readonly Parameter[];
  /** Multiply-adds of one map of so many pixels a side. */
  multiplyAdds(size: number): number;
  forward(map: FeatureMap, build: Build): FeatureMap;
}

/**
 * @param prefix of its parameters' names
 * @throws GraphError where the channels cannot be shared out
 * @example attention('3', 32, { cbam: { reduction: 4 } })
 */
export function attention(prefix: string, channels: number, description: AttentionDescription): Attention {
  return 'cbam' in description
    ? cbam(prefix, channels, description.cbam.reduction)
    : ema(prefix, channels, description.ema.factor);
}
