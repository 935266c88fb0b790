/** Command-line flags and config files out of a zod schema: names, defaults, types and help come from the one place. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { parseDecimal } from '../files/decimal.ts';
import { isObject, parseJson } from '../files/json.ts';

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

/** What is expected of settings, for people; what a schema says itself goes before. */
const inWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'int') return 'expected a whole number';
      if (issue.expected !== 'number') return `expected ${nounOf(issue.expected)}`;
      return Math.abs(issue.input as number) === Number.POSITIVE_INFINITY
        ? 'expected a finite number'
        : 'expected a number';
    case 'too_small':
      if (issue.origin === 'array') return `expected ${issue.minimum} numbers`;
      return issue.inclusive ? `expected ${issue.minimum} or more` : `expected more than ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `expected ${issue.maximum} numbers`;
      return issue.inclusive ? `expected ${issue.maximum} or less` : `expected less than ${issue.maximum}`;
    case 'invalid_value':
      return `expected ${issue.values.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`;
    case 'unrecognized_keys':
      return `there is no ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    default:
      return undefined;
  }
};

const nounOf = (type: string) =>
  ({ string: 'a text', array: 'a list', object: 'an object of settings', boolean: 'true or false' })[type] ??
  type;

/**
 * What is wrong with a setting: where in it, what is expected, and what is there.
 * @param settings what the schema was given
 */
function describeIssue({ code, path, message }: z.core.$ZodIssue, settings: unknown): string {
  const value = path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    settings,
  );
  const got = code === 'unrecognized_keys' ? '' : `, got ${JSON.stringify(value) ?? 'nothing'}`;
  return `${path.join('.') || 'settings'}: ${message}${got}`;
}

/**
 * Settings that a schema has checked, with its defaults.
 * @param place the file and where in it, for messages
 * @throws UserError that names the place and the key
 */
export function validSettings<Schema extends z.ZodObject>(
  schema: Schema,
  settings: unknown,
  place: string,
): z.infer<Schema> {
  const checked = schema.safeParse(settings, { error: inWords });
  if (checked.success) return checked.data;
  throw new UserError(`${place}: ${describeIssue(checked.error.issues[0], settings)}`);
}

/** @throws InvalidArgumentError that tells what is expected of a flag's text, or of a number in it */
function checkFlag(field: z.ZodType, parsed: unknown, text: string): void {
  const checked = field.safeParse(parsed, { error: inWords });
  if (checked.success) return;
  const [{ path, message }] = checked.error.issues;
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
  validSettings(schema.partial(), settings, place);
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
