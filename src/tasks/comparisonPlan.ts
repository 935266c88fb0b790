/** The plan of a comparison: variants of the settings, each trained with one or more seeds. */
import { z } from 'zod';
import { OptionError } from '../errors.ts';
import { isObject } from '../files/json.ts';
import { overridden, type TrainingConfig, trainingSchema } from '../train/config.ts';
import { checkedOptions, type variantSchema } from './options.ts';

type Settings = z.input<typeof variantSchema>;

/** Settings, checked together for each variant. */
const settingsSchema = z.custom<Settings>(isObject, 'expected an object').optional();

const seedsSchema = z.array(z.int().min(0)).min(1, 'expected one or more');

export const planSchema = z.strictObject({
  title: z.string().default('Comparison'),
  /**
   * Each variant is trained with each seed. The seed determines the initial weights, the order and the views; without a
   * `splitSeed`, also the split. Default: 1.
   */
  seeds: seedsSchema.default([1]),
  /** Settings of all variants. */
  settings: settingsSchema,
  /** Variants with their own settings. The others are compared with the first. */
  variants: z
    .array(
      z.strictObject({
        name: z.string(),
        settings: settingsSchema,
        /** Its own seeds. Only with a `splitSeed`: otherwise the seed determines the galaxies that it is scored on. */
        seeds: seedsSchema.optional(),
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
  /** All its settings but the seed. */
  config: TrainingConfig;
  /** Those of them that the plan has. */
  given: Settings;
  seeds: readonly number[];
}

export interface ComparisonPlan {
  title: string;
  variants: readonly Variant[];
}

/** A name as part of a path. @example folderName('CBAM, r = 4') // 'cbam-r-4' */
export function folderName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

/** @throws OptionError if a seed occurs twice */
function differentSeeds(option: string, seeds: readonly number[]): readonly number[] {
  if (new Set(seeds).size === seeds.length) return seeds;
  throw new OptionError(option, `expected different numbers, got ${seeds.join(', ')}`);
}

/** Checks a plan and resolves its settings. @throws OptionError for wrong seeds, names or settings */
export function planOf(options: PlanOptions): ComparisonPlan {
  const { title, seeds, settings: shared, variants } = checkedOptions(planSchema, options);
  const folders = variants.map(({ name }) => folderName(name));
  const twice = folders.findIndex((name, i) => name === '' || folders.indexOf(name) < i);
  if (twice >= 0) {
    const problem = 'expected a name whose letters and digits differ from the others';
    throw new OptionError('variants', `${problem}, got '${variants[twice]!.name}'`);
  }
  return {
    title,
    variants: variants.map(({ name, settings, about, ...own }, i) => {
      const given = overridden(shared ?? {}, settings ?? {});
      const config = checkedOptions(trainingSchema, given);
      if (own.seeds && config.splitSeed === undefined) {
        const problem =
          'requires `splitSeed`: otherwise the seed determines the galaxies that a variant is scored on';
        throw new OptionError(`variants.${i}.seeds`, problem);
      }
      const words = Object.entries(settings ?? {}).map((pair) => pair.join(' '));
      return {
        name,
        settings: about ?? words.join(', '),
        config,
        given,
        seeds: differentSeeds(own.seeds ? `variants.${i}.seeds` : 'seeds', own.seeds ?? seeds),
      };
    }),
  };
}
