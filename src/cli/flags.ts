/** Command-line flags and config files of a zod schema, which gives names, types, defaults and help. */
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type OptionError, UserError } from '../errors.ts';
import { parseDecimal } from '../files/decimal.ts';
import { isObject, parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../files/read.ts';
import { checked, expectation } from '../files/schema.ts';
import { nodeFiles } from '../node/files/files.ts';
import { shellWord } from './printable.ts';

/** How a setting appears on the command line. */
interface FlagMeta {
  /** Default: the key in kebab case. */
  flag?: string;
  /** The name of its value in the help. */
  value?: string;
  description?: string;
  /** The flag takes several values. */
  several?: boolean;
  /** The values are given as one text, separated by commas. */
  isList?: boolean;
  /** A value may begin with dashes, unless a letter follows. */
  mayBeDashed?: boolean;
  /** An argument, named by the key, instead of a flag. */
  isArgument?: boolean;
}

/** The schema inside a default or an optional. */
const unwrapped = (field: z.ZodType): z.ZodType | undefined =>
  field instanceof z.ZodDefault || field instanceof z.ZodOptional ? (field.unwrap() as z.ZodType) : undefined;

/** The metadata of a field and of the schemas inside its defaults and optionals; zod keeps them apart. The outermost one has precedence. */
function metaOf(field: z.ZodType): FlagMeta {
  const inner = unwrapped(field);
  return { ...(inner && metaOf(inner)), ...field.meta() };
}

/** The settings of a schema, by key. */
const fieldsOf = ({ shape }: z.ZodObject) => Object.entries(shape) as [string, z.ZodType][];

const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A flag's name, without the dashes. */
const flagOf = (key: string, field: z.ZodType): string => metaOf(field).flag ?? kebab(key);

/**
 * The message of an OptionError with flags in place of options: `--lr 0` for `learningRate 0`.
 * @param schemas of the options; other names are keys of a file and are not changed
 */
export function flagMessage(error: OptionError, schemas: readonly z.ZodObject[]): string {
  const flag = (key: string) => {
    const [, field] = schemas.flatMap(fieldsOf).find(([name]) => name === key) ?? [];
    return field && (metaOf(field).isArgument ? key : `--${flagOf(key, field)}`);
  };
  const { option, value, problem } = error;
  const words = problem.replace(/`(\w+)`/g, (all, key: string) => flag(key) ?? all);
  return `${flag(option.split('.')[0]!) ?? option}${value === undefined ? '' : ` ${value}`}: ${words}`;
}

/** The schema inside all defaults and optionals. */
function core(field: z.ZodType): z.ZodType {
  const inner = unwrapped(field);
  return inner ? core(inner) : field;
}

/** The value of a flag's text. A union takes numbers and words; a list of numbers is one text; texts of a repeated flag are collected. */
function parseText(field: z.ZodType, text: string, previous: unknown): unknown {
  const type = core(field);
  if (type instanceof z.ZodNumber) return parseDecimal(text);
  if (type instanceof z.ZodUnion) return /^[a-z]+$/.test(text) ? text : parseDecimal(text);
  if (type instanceof z.ZodTuple) return text.split(',').map(parseDecimal);
  if (!(type instanceof z.ZodArray)) return text;
  if (type.element instanceof z.ZodNumber) return text.split(',').map(parseDecimal);
  if (metaOf(field).isList) return text.split(',');
  return [...((previous as string[] | undefined) ?? []), text];
}

/** A dash that does not begin a number: probably the next flag, after a forgotten value. */
const DASHED = /^-(?![\d.])/;
/** The same where a value may be a dash. */
const DASHED_NAME = /^-+[a-z]/i;

/** Returns the parser of a flag, to be called for each of its texts. */
function parserOf(flag: string, field: z.ZodType): (text: string, previous: unknown) => unknown {
  const type = core(field);
  const isRepeatable =
    type instanceof z.ZodArray && type.element instanceof z.ZodString && !metaOf(field).isList;
  let before: string | undefined;
  return (text, previous) => {
    const refuse = (problem: string) =>
      new UserError(`${flag} ${shellWord(text)}: ${problem}`, { code: 'option' });
    if (text.trim() === '') throw refuse('expected a value, got nothing');
    if ((metaOf(field).mayBeDashed ? DASHED_NAME : DASHED).test(text)) {
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

const defaultOf = (field: z.ZodType) => (field instanceof z.ZodDefault ? field.parse(undefined) : undefined);

/** Adds a flag or an argument for each key of a schema to a command. A boolean takes no value; if its default is true, it becomes `--no-…`. */
export function addSchemaOptions(command: Command, schema: z.ZodObject): void {
  for (const [key, field] of fieldsOf(schema)) {
    const { value = 'VALUE', description = '', several = false, isArgument = false } = metaOf(field);
    const type = core(field);
    if (isArgument) {
      command.argument(type instanceof z.ZodArray ? `[${key}...]` : `[${key}]`, description);
      continue;
    }
    const fallback = defaultOf(field);
    if (type instanceof z.ZodBoolean) {
      const option = new Option(`--${fallback === true ? 'no-' : ''}${flagOf(key, field)}`, description);
      command.addOption(option);
      // Otherwise commander sets it to `true` if `--no-…` is not given.
      command.setOptionValue(option.attributeName(), undefined);
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

/** The arguments of a command, by name. */
export const givenArguments = ({ registeredArguments, args }: Command): Record<string, unknown> =>
  Object.fromEntries(
    registeredArguments.map((argument, i) => [argument.name(), argument.variadic ? args.slice(i) : args[i]]),
  );

/** The given flags as settings, by the schema's keys. The task checks them together. */
export function givenSettings<Schema extends z.ZodObject>(
  schema: Schema,
  flags: Record<string, unknown>,
): z.input<Schema> {
  const camel = (flag: string) => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    fieldsOf(schema)
      .map(([key, field]) => [key, flags[camel(flagOf(key, field))]])
      .filter(([, value]) => value !== undefined),
  ) as z.input<Schema>;
}

/** Settings as flags. @example formatFlags(trainingSchema, { kernels: [7, 5, 3, 3] }) // '--kernels 7,5,3,3' */
export function formatFlags(schema: z.ZodObject, settings: Record<string, unknown>): string {
  const words = (key: string, value: unknown) => {
    const field = schema.shape[key] as z.ZodType;
    const isRepeated =
      Array.isArray(value) && value.some((each) => typeof each === 'string') && !metaOf(field).isList;
    const flag = `--${flagOf(key, field)}`;
    if (typeof value === 'boolean') {
      if (value === (defaultOf(field) ?? false)) return [];
      return [value ? flag : `--no-${flagOf(key, field)}`];
    }
    return (isRepeated ? value : [value]).map((each) => `${flag} ${each}`);
  };
  return Object.entries(settings)
    .flatMap(([key, value]) => words(key, value))
    .join(' ');
}

/**
 * Checks some of a schema's settings. Their names may be the schema's keys (`learningRate`) or flags (`lr`).
 * @param place the file and the place in it, for messages
 * @returns the settings by key
 * @throws UserError that names the place and the key
 */
export function parseSettings(schema: z.ZodObject, value: unknown, place: string): Record<string, unknown> {
  const keys = new Map(fieldsOf(schema).map(([key, field]) => [flagOf(key, field), key]));
  const settings = isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [keys.get(name) ?? name, each]))
    : value;
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
