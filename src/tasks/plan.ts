/** What is compared: variants of a training, each run with the same seeds. */
import type { TrainingConfig } from '../train/config.ts';

/** A way to train, in its settings unlike the others. */
export interface Variant {
  name: string;
  /** What it sets otherwise than the others, for people. */
  settings: string;
  /** All of its settings; the seed is the plan's. */
  config: TrainingConfig;
}

/** The first variant is what the others are measured against. */
export interface ComparisonPlan {
  title: string;
  seeds: readonly number[];
  variants: readonly Variant[];
}

/** A name as it may stand in a path. @example folderName('CBAM, r = 4') // 'cbam-r-4' */
export function folderName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}
