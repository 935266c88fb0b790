/** JSON that people write, and get wrong. */
import { LocatedError, UserError } from '../errors.ts';

/**
 * Parses a file's text.
 * @throws UserError that names the file, and the line where the engine tells it
 * @example parseJson('{ "epochs": 24 }', 'settings.json') // { epochs: 24 }
 */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const [, position] = / at position (\d+)/.exec(message) ?? [];
    if (position === undefined) throw new UserError(`${file}: not JSON: ${message}`);
    const line = text.slice(0, Number(position)).split('\n').length;
    throw new LocatedError(file, line, `not JSON: ${message.replace(/ at position .*/s, '')}`);
  }
}
