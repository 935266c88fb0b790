/** Schemas of layer descriptions. Records receive zod as an argument, so that the engine does not load it. */
import type { z } from 'zod';
import { GraphError } from '../graph/tensor.ts';
import type { LayerKind } from './layer.ts';

export type Zod = typeof z;

/** Upper limits of a layer's sizes. */
export const MOST = { channels: 65_536, kernel: 1023, features: 1_048_576 } as const;

export const count = (zod: Zod, most: number) => zod.int().min(1).max(most);

type Table = Record<string, { schema(zod: Zod): z.ZodType }>;

/** An object with one key, the name of a record, and its description: `{ dense: 10 }`. */
export type OneOf<T extends Table> = {
  [K in keyof T]: { [key in K]: z.infer<ReturnType<T[K]['schema']>> };
}[keyof T];

/** The schema of {@link OneOf}. Errors of a zod union would not name the faulty part. */
export function oneOf<T extends Table>(zod: Zod, table: T): z.ZodType<OneOf<T>> {
  const shape = Object.fromEntries(Object.entries(table).map(([name, { schema }]) => [name, schema(zod)]));
  return zod
    .strictObject(shape)
    .partial()
    .refine(
      (value) => Object.keys(value).length === 1,
      `expected one of ${Object.keys(table).join(', ')}`,
    ) as unknown as z.ZodType<OneOf<T>>;
}

/** The record that a description names, and its part of the description. @throws GraphError for an unknown name */
export function recordOf<T extends Table>(table: T, description: OneOf<T>) {
  const [[kind, own]] = Object.entries(description) as [[keyof T & string, unknown]];
  if (!Object.hasOwn(table, kind)) {
    throw new GraphError(`there is no "${kind}"; known: ${Object.keys(table).join(', ')}`);
  }
  return { kind, own, record: table[kind] as unknown as LayerKind<unknown> };
}
