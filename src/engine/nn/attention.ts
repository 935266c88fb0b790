/** Attention over a map, after a convolution's ReLU. To add a kind, write its record in its own file and list it here. */
import { cbam } from './cbam.ts';
import { ema } from './ema.ts';
import type { OneOf } from './schema.ts';

/** The keys name the layers: `cbam1` follows `conv1`. */
export const ATTENTIONS = { cbam, ema };

/** `{ cbam: { reduction: 4 } }` or `{ ema: { factor: 32 } }`. */
export type AttentionDescription = OneOf<typeof ATTENTIONS>;
