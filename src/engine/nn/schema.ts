/** Schemas of layer descriptions. Records receive zod as an argument, so the engine itself does not load it. */
import type { z } from 'zod';

export type Zod = typeof z;

/** Largest sizes that a description may ask for. */
export const MOST = { channels: 65_536, kernel: 1023, features: 1_048_576 } as const;

export const count = (zod: Zod, most: number) => zod.int().min(1).max(most);

type Described = { schema(zod: Zod): z.ZodType };

/** An object with one key, the name of a record, and its description: `{ dense: 10 }`. */
export type OneOf<T extends Record<string, Described>> = {
  [K in keyof T]: { [key in K]: z.infer<ReturnType<T[K]['schema']>> };
}[keyof T];

/** The schema of {@link OneOf}. Not a zod union, whose errors would not name the faulty part. */
export function oneOf<T extends Record<string, Described>>(zod: Zod, table: T): z.ZodType<OneOf<T>> {
  const shape = Object.fromEntries(Object.entries(table).map(([name, { schema }]) => [name, schema(zod)]));
  return zod
    .strictObject(shape)
    .partial()
    .refine(
      (value) => Object.keys(value).length === 1,
      `expected one of ${Object.keys(table).join(', ')}`,
    ) as unknown as z.ZodType<OneOf<T>>;
}
