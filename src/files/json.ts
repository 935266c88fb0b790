/** Parses JSON with errors that name the line. */
import { LocatedError } from '../errors.ts';

/** The deepest nesting allowed; deeper values would overflow the stack of recursive code. */
const DEEPEST = 100;

/** True for objects other than arrays. @example isObject([]) // false */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of a text, or its fault. `isUnfinished`: the text is correct but ends too early. */
function parsed(text: string): { value: unknown } | { message: string; isUnfinished: boolean } {
  try {
    return { value: JSON.parse(text) };
  } catch (cause) {
    const { message } = cause as Error;
    const [, position] = / at position (\d+)/.exec(message) ?? [];
    const isUnfinished = Number(position) === text.length || message.startsWith('Unexpected end');
    // The JavaScript engine also quotes the text and gives a position; our error names the line instead.
    return { message: message.replace(/(?:, (?:\.{3})?"| (?:in JSON )?at position ).*/s, ''), isUnfinished };
  }
}

/** The number of a position's line, from 1. */
function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < position; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/**
 * The position of a text's first fault, which the JavaScript engine does not always report. A bisection finds the shortest run of
 * lines from the start that is already wrong.
 */
function wrongAt(text: string): number {
  const endOfLine = (position: number) => {
    const end = text.indexOf('\n', position);
    return end === -1 ? text.length : end;
  };
  const isWrong = (end: number) => {
    const part = parsed(`${text.slice(0, end)}\n`);
    return 'message' in part && !part.isUnfinished;
  };
  const last = text.trimEnd().length;
  let [low, high] = [0, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const end = endOfLine(middle);
    if (isWrong(end)) high = middle;
    else low = end + 1;
  }
  return Math.min(low, last);
}

/** The position where a JSON text is nested too deep, or -1. */
function tooDeepAt(text: string): number {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') isString = !isString;
    else if (isString && character === '\\') i++;
    else if (!isString && (character === '[' || character === '{')) depth++;
    else if (!isString && (character === ']' || character === '}')) depth--;
    if (depth > DEEPEST) return i;
  }
  return -1;
}

/**
 * Parses a file's text.
 * @param firstLine the number of the text's first line in the file
 * @throws LocatedError if it is not JSON, or nested deeper than 100 levels
 * @example parseJson('{ "epochs": 24 }', 'settings.json') // { epochs: 24 }
 */
export function parseJson(text: string, file: string, firstLine = 1): unknown {
  const refuse = (position: number, fault: string) =>
    new LocatedError(file, firstLine - 1 + lineAt(text, position), fault);
  const whole = parsed(text);
  if ('message' in whole) throw refuse(wrongAt(text), `not JSON: ${whole.message}`);
  const deep = tooDeepAt(text);
  if (deep >= 0) throw refuse(deep, `nested deeper than ${DEEPEST} levels`);
  return whole.value;
}
