/** Command-line flags and config files from a zod schema: names, defaults, types and help have one source. */
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type OptionError, UserError } from '../errors.ts';
import { parseDecimal } from '../files/decimal.ts';
import { isObject, parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../files/read.ts';
import { checked, expectation } from '../files/schema.ts';
import { nodeFiles } from '../node/files/files.ts';
import { shellWord } from './printable.ts';

type Field = z.ZodType & {
  meta(): { flag?: string; value?: string; description?: string; several?: boolean } | undefined;
};

const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A flag's name, without the dashes. */
const flagOf = (key: string, field: z.ZodType): string =>
  ((field as Field).meta()?.flag as string | undefined) ?? kebab(key);

/**
 * The message of a wrong option in the words of the command line: `--lr 0` for `learningRate 0`.
 * @param schemas in which options are looked up; others are keys of a file, and stay
 */
export function flagMessage(error: OptionError, schemas: readonly z.ZodObject[]): string {
  const flag = (key: string) => {
    const field = schemas.map(({ shape }) => shape[key] as Field | undefined).find((each) => each);
    return field && `--${flagOf(key, field)}`;
  };
  const { option, value, problem } = error;
  const words = problem.replace(/`(\w+)`/g, (all, key: string) => flag(key) ?? all);
  return `${flag(option.split('.')[0]!) ?? option}${value === undefined ? '' : ` ${value}`}: ${words}`;
}

/** The schema inside defaults and optionals. */
function core(field: z.ZodType): z.ZodType {
  return field instanceof z.ZodDefault || field instanceof z.ZodOptional
    ? core(field.unwrap() as z.ZodType)
    : field;
}

/** The value of a flag's text; a union is of numbers and words. Texts of a repeated flag are gathered; a list of numbers is one text. */
function parseText(field: z.ZodType, text: string, previous: unknown): unknown {
  const type = core(field);
  if (type instanceof z.ZodNumber) return parseDecimal(text);
  if (type instanceof z.ZodUnion) return /^[a-z]+$/.test(text) ? text : parseDecimal(text);
  if (type instanceof z.ZodTuple) return text.split(',').map(parseDecimal);
  if (!(type instanceof z.ZodArray)) return text;
  if (type.element instanceof z.ZodNumber) return text.split(',').map(parseDecimal);
  return [...((previous as string[] | undefined) ?? []), text];
}

/** Text that begins with a dash and is no number: more likely the next flag, after a forgotten value. */
const DASHED = /^-(?![\d.])/;

/** The parser of a flag's texts, one after the other. */
function parserOf(flag: string, field: z.ZodType): (text: string, previous: unknown) => unknown {
  const type = core(field);
  const isRepeatable = type instanceof z.ZodArray && type.element instanceof z.ZodString;
  let before: string | undefined;
  return (text, previous) => {
    const refuse = (problem: string) =>
      new UserError(`${flag} ${shellWord(text)}: ${problem}`, { code: 'option' });
    if (text.trim() === '') throw refuse('expected a value, got nothing');
    if (DASHED.test(text)) {
      throw refuse(`expected a value; a file whose name begins with a dash is written ./${text}`);
    }
    if (before !== undefined && !isRepeatable) {
      const both = `${shellWord(before)} and ${shellWord(text)}`;
      throw new UserError(`${flag} is given twice: ${both}; expected one value`, { code: 'option' });
    }
    before = text;
    const parsed = parseText(field, text, previous);
    const { error } = field.safeParse(parsed, { error: expectation });
    if (error === undefined) return parsed;
    const { path, message } = error.issues[0]!;
    throw refuse(message + (path.length > 0 ? `, got '${text.split(',')[path[0] as number]}'` : ''));
  };
}

/** Adds a flag for each key of a schema to a command; a boolean takes no value, and one that is true by default is `--no-…`. */
export function addSchemaOptions(command: Command, schema: z.ZodObject): void {
  for (const [key, field] of Object.entries(schema.shape) as [string, Field][]) {
    const { value = 'VALUE', description = '', several = false } = field.meta() ?? {};
    const type = core(field);
    const fallback = field instanceof z.ZodDefault ? field.parse(undefined) : undefined;
    if (type instanceof z.ZodBoolean) {
      command.option(`--${fallback === true ? 'no-' : ''}${flagOf(key, field)}`, description);
      continue;
    }
    const name = type instanceof z.ZodEnum ? type.options.join('|') : value;
    const option = new Option(`--${flagOf(key, field)} <${name}${several ? '...' : ''}>`, description);
    if (fallback !== undefined && String(fallback) !== '') option.description += ` (default: ${fallback})`;
    option.makeOptionMandatory(!(field instanceof z.ZodDefault || field instanceof z.ZodOptional));
    option.argParser(parserOf(option.long!, field));
    command.addOption(option);
  }
}

/** The settings that were given as flags, by the schema's keys; the schema checks what they are together. */
export function givenSettings<Schema extends z.ZodObject>(
  schema: Schema,
  flags: Record<string, unknown>,
): z.input<Schema> {
  const camel = (flag: string) => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(schema.shape)
      .map(([key, field]) => [key, flags[camel(flagOf(key, field as z.ZodType))]])
      .filter(([, value]) => value !== undefined),
  ) as z.input<Schema>;
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

/** Settings by the schema's keys; names of flags (`lr`, `max-bad`) are turned into keys (`learningRate`, `maxBad`). */
function withKeys(schema: z.ZodObject, settings: Record<string, unknown>): Record<string, unknown> {
  const keyOf = new Map(
    Object.entries(schema.shape).map(([key, field]) => [flagOf(key, field as z.ZodType), key]),
  );
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [keyOf.get(name) ?? name, value]),
  );
}

/**
 * Checks some of a schema's settings; keys are the schema's or the names of flags.
 * @param place for messages: the file and the place in it
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

/** Reads the file of `--config`. @throws UserError that names the flag and the file */
export function readConfig(file: string): Promise<string> {
  return readText(nodeFiles, file, LONGEST_SETTINGS).catch((cause: Error) => {
    throw cause instanceof UserError
      ? new UserError(`--config ${cause.message}`, { code: cause.code, cause })
      : cause;
  });
}
