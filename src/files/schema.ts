/** Readable messages for values that do not fit a zod schema. */
import type { z } from 'zod';
import { inWords, UserError } from '../errors.ts';

const NOUNS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  boolean: 'true or false',
};

/** The message of an issue: `expected …`. A schema's own message takes precedence. */
export const expectation: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type': {
      const isInfinite = issue.expected === 'number' && Math.abs(issue.input as number) === Infinity;
      return `expected ${isInfinite ? 'a finite number' : (NOUNS[issue.expected] ?? issue.expected)}`;
    }
    case 'too_small':
      if (issue.origin === 'array') return `expected ${issue.minimum} numbers`;
      return issue.inclusive ? `expected ${issue.minimum} or more` : `expected more than ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `expected ${issue.maximum} numbers`;
      return issue.inclusive ? `expected ${issue.maximum} or less` : `expected less than ${issue.maximum}`;
    case 'invalid_value':
      return `expected ${issue.values.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`;
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.map((key) => inWords(key)).join(', ')}`;
    default:
      return undefined;
  }
};

/** A path with indices in brackets. @example bracketed(['questions', 2, 'text']) // 'questions[2].text' */
export const bracketed = (path: readonly PropertyKey[]): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('');

/**
 * Checks a value against a schema and fills in defaults.
 * @param place the file and the place in it, for messages
 * @param pathText how a message writes a path in the value; default: joined by dots
 * @throws UserError that names the place, the expected and the actual value
 */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: string,
  pathText = (path: readonly PropertyKey[]) => path.join('.'),
): z.infer<Schema> {
  const result = schema.safeParse(value, { error: expectation, reportInput: true });
  if (result.success) return result.data;
  const { code, path, message, input } = result.error.issues[0]!;
  const got = code === 'unrecognized_keys' ? '' : `, got ${inWords(input)}`;
  throw new UserError([place, ...(path.length > 0 ? [pathText(path)] : []), message + got].join(': '));
}
