/** Attention over a map, after a convolution's ReLU. To add a kind, write its record in a file of its own and name it here. */
import type { z } from 'zod';
import { cbam } from './cbam.ts';
import { ema } from './ema.ts';
import type { Build, Parameter } from './layer.ts';
import type { FeatureMap } from './layout.ts';
import type { OneOf, Zod } from './schema.ts';

export interface Attention {
  readonly parameters: readonly Parameter[];
  /** Multiply-adds of one map of size × size pixels. */
  multiplyAdds(size: number): number;
  forward(map: FeatureMap, build: Build): FeatureMap;
}

/** The record of a kind of attention; `D` is its description. */
export interface AttentionKind<D> {
  schema(zod: Zod): z.ZodType<D>;
  label(description: D): string;
  /**
   * @param prefix of its parameters' names
   * @throws GraphError if the channels cannot be shared out
   */
  place(description: D, channels: number, prefix: string): Attention;
}

/** The keys name the layers: `cbam1` follows `conv1`. */
export const ATTENTIONS = { cbam, ema };

/** `{ cbam: { reduction: 4 } }` or `{ ema: { factor: 32 } }`. */
export type AttentionDescription = OneOf<typeof ATTENTIONS>;

export function attentionOf(description: AttentionDescription) {
  const [[name, own]] = Object.entries(description) as [[keyof typeof ATTENTIONS, unknown]];
  return { name, own, kind: ATTENTIONS[name] as AttentionKind<unknown> };
}
