/**
 * Schemas of layer descriptions. A record's `schema` is given zod, and the engine imports only its types: building a network
 * in code needs no zod, checking a file does.
 */
import type { z } from 'zod';

export type Zod = typeof z;

/** Largest sizes that a description may ask for. */
export const MOST = { channels: 65_536, kernel: 1023, features: 1_048_576 } as const;

/** A whole number from 1 to `most`. */
export const count = (zod: Zod, most: number) => zod.int().min(1).max(most);

/** A record with a schema, in a table of such records. */
type Described = { schema(zod: Zod): z.ZodType };

/** What a record's schema accepts. */
export type DescriptionOf<R extends Described> = z.infer<ReturnType<R['schema']>>;

/** An object with one key, the name of a record, and that record's description: `{ dense: 10 }`. */
export type OneOf<T extends Record<string, Described>> = {
  [K in keyof T]: { [key in K]: DescriptionOf<T[K]> };
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
