/** The plan of a comparison: variants of the settings, each trained with the same seeds. */
import { z } from 'zod';
import { OptionError } from '../errors.ts';
import { isObject } from '../files/json.ts';
import { type TrainingConfig, trainingSchema } from '../train/config.ts';
import { checkedOptions, type variantSchema } from './options.ts';

type Settings = z.input<typeof variantSchema>;

/** Settings, checked together for each variant. */
const settingsSchema = z.custom<Settings>(isObject, 'expected an object').optional();

export const planSchema = z.strictObject({
  title: z.string().default('Comparison'),
  /** Each variant is trained with each seed. The seed determines the split, the initial weights, the order and the views. */
  seeds: z.array(z.int().min(0)).min(1, 'expected one or more'),
  /** Settings of all variants. */
  settings: settingsSchema,
  /** Variants with their own settings. The others are compared with the first. */
  variants: z
    .array(
      z.strictObject({
        name: z.string(),
        settings: settingsSchema,
        /** How it differs from the others. Default: its settings. */
        about: z.string().optional(),
      }),
    )
    .min(1, 'expected one or more'),
});

export type PlanOptions = z.input<typeof planSchema>;

export interface Variant {
  name: string;
  /** How it differs from the others, in words. */
  settings: string;
  /** All its settings; the seeds are the plan's. */
  config: TrainingConfig;
}

export interface ComparisonPlan {
  title: string;
  seeds: readonly number[];
  variants: readonly Variant[];
}

/** A name as part of a path. @example folderName('CBAM, r = 4') // 'cbam-r-4' */
export function folderName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

/** Checks a plan and resolves its settings. @throws OptionError for wrong seeds, names or settings */
export function planOf(options: PlanOptions): ComparisonPlan {
  const { title, seeds, settings: shared, variants } = checkedOptions(planSchema, options);
  if (new Set(seeds).size < seeds.length)
    throw new OptionError('seeds', `expected different numbers, got ${seeds.join(', ')}`);
  const folders = variants.map(({ name }) => folderName(name));
  const twice = folders.findIndex((name, i) => name === '' || folders.indexOf(name) < i);
  if (twice >= 0) {
    const problem = 'expected a name whose letters and digits differ from the others';
    throw new OptionError('variants', `${problem}, got '${variants[twice]!.name}'`);
  }
  return {
    title,
    seeds,
    variants: variants.map(({ name, settings, about }) => ({
      name,
      settings:
        about ??
        Object.entries(settings ?? {})
          .map((pair) => pair.join(' '))
          .join(', '),
      config: checkedOptions(trainingSchema, { ...shared, ...settings }),
    })),
  };
}
