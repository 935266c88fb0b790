/** Command-line flags and config files out of a zod schema: names, defaults, types and help come from the one place. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { parseDecimal } from '../files/decimal.ts';
import { isObject, parseJson } from '../files/json.ts';
import { checked, expectation } from '../files/schema.ts';

type Field = z.ZodType & { meta(): { flag?: string; value?: string; description?: string } | undefined };

const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A flag's name, without the dashes. */
export function flagOf(key: string, field: z.ZodType): string {
  return ((field as Field).meta()?.flag ?? kebab(key)) as string;
}

/** The schema inside defaults and optionals. */
function core(field: z.ZodType): z.ZodType {
  return field instanceof z.ZodDefault || field instanceof z.ZodOptional
    ? core(field.unwrap() as z.ZodType)
    : field;
}

/** The value that a flag's text stands for; a union is of numbers and words. Repeated flags of texts add up; numbers are given as a list. */
function parseText(field: z.ZodType, text: string, previous: unknown): unknown {
  const type = core(field);
  if (type instanceof z.ZodNumber) return parseDecimal(text);
  if (type instanceof z.ZodUnion) return /^[a-z]+$/.test(text) ? text : parseDecimal(text);
  if (type instanceof z.ZodTuple) return text.split(',').map(parseDecimal);
  if (!(type instanceof z.ZodArray)) return text;
  if (type.element instanceof z.ZodNumber) return text.split(',').map(parseDecimal);
  return [...((previous as string[] | undefined) ?? []), text];
}

/** @throws InvalidArgumentError that tells what is expected of a flag's text, or of a number in it */
function checkFlag(field: z.ZodType, parsed: unknown, text: string): void {
  const { error } = field.safeParse(parsed, { error: expectation });
  if (error === undefined) return;
  const { path, message } = error.issues[0]!;
  const part = path.length > 0 ? `, got '${text.split(',')[path[0] as number]}'` : '';
  throw new InvalidArgumentError(message + part);
}

/** Adds a flag for each key of a schema to a command; one that is true or false takes no value. */
export function addSchemaOptions(command: Command, schema: z.ZodObject): void {
  for (const [key, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const { value = 'VALUE', description = '' } = (field as Field).meta() ?? {};
    const type = core(field);
    const flag = `--${flagOf(key, field)}`;
    if (type instanceof z.ZodBoolean) {
      command.addOption(new Option(flag, description));
      continue;
    }
    const option = new Option(
      `${flag} <${type instanceof z.ZodEnum ? type.options.join('|') : value}>`,
      description,
    );
    const fallback = field instanceof z.ZodDefault ? field.parse(undefined) : undefined;
    if (fallback !== undefined && String(fallback) !== '') option.description += ` (default: ${fallback})`;
    option.argParser((text: string, previous: unknown) => {
      const parsed = parseText(field, text, previous);
      checkFlag(field, parsed, text);
      return parsed;
    });
    command.addOption(option);
  }
}

/** The settings that were given as flags, by the schema's keys. */
export function givenSettings(schema: z.ZodObject, flags: Record<string, unknown>): Record<string, unknown> {
  const camel = (flag: string) => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(schema.shape)
      .map(([key, field]) => [key, flags[camel(flagOf(key, field as z.ZodType))]])
      .filter(([, value]) => value !== undefined),
  );
}

/** Settings as the flags that give them. @example formatFlags(trainingSchema, { kernels: [7, 5, 3, 3] }) // '--kernels 7,5,3,3' */
export function formatFlags(schema: z.ZodObject, settings: Record<string, unknown>): string {
  const words = (key: string, value: unknown) => {
    const isRepeated = Array.isArray(value) && value.some((each) => typeof each === 'string');
    const flag = `--${flagOf(key, schema.shape[key] as z.ZodType)}`;
    if (typeof value === 'boolean') return value ? [flag] : [];
    return (isRepeated ? value : [value]).map((each) => `${flag} ${each}`);
  };
  return Object.entries(settings)
    .flatMap(([key, value]) => words(key, value))
    .join(' ');
}

/** The same settings with flags' names (`lr`, `max-bad`) in place of keys (`learningRate`, `maxBad`) understood. */
function withKeys(schema: z.ZodObject, settings: Record<string, unknown>): Record<string, unknown> {
  const keyOf = new Map(
    Object.entries(schema.shape).map(([key, field]) => [flagOf(key, field as z.ZodType), key]),
  );
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [keyOf.get(name) ?? name, value]),
  );
}

/**
 * Checks some of a schema's settings, whose keys are the schema's or the flags' names.
 * @param place the file and where in it, for messages
 * @throws UserError that names the place and the key
 */
export function parseSettings(schema: z.ZodObject, value: unknown, place: string): Record<string, unknown> {
  const settings = isObject(value) ? withKeys(schema, value) : value;
  checked(schema.partial(), settings, place);
  return settings as Record<string, unknown>;
}

/**
 * The settings of a config file (JSON) or of a run's `config.json`.
 * @throws UserError that names the file and the key
 */
export function parseConfig(schema: z.ZodObject, text: string, file: string): Record<string, unknown> {
  const value = parseJson(text, file);
  const isRun = isObject(value) && isObject(value.training);
  return parseSettings(schema, isRun ? value.training : value, file);
}
