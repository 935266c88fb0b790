/** JSON that people write, and get wrong. */
import { LocatedError } from '../errors.ts';

/** What is wrong with a text that is not JSON; whether it is only that more should follow. Undefined where it is JSON. */
function problemOf(text: string): { message: string; isUnfinished: boolean } | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    const { message } = cause as Error;
    const [, position] = / at position (\d+)/.exec(message) ?? [];
    const isUnfinished = Number(position) === text.length || message.startsWith('Unexpected end');
    // The engine quotes the text, over several lines maybe, or tells a position: the line says where.
    return { message: message.replace(/(?:, (?:\.{3})?"| (?:in JSON )?at position ).*/s, ''), isUnfinished };
  }
}

/**
 * Parses a file's text.
 * @throws UserError that names the file and the line
 * @example parseJson('{ "epochs": 24 }', 'settings.json') // { epochs: 24 }
 */
export function parseJson(text: string, file: string): unknown {
  const problem = problemOf(text);
  if (problem === undefined) return JSON.parse(text);
  // The engine does not always tell the position: it is in the first line with which what stands so far is wrong already.
  const lines = text.trimEnd().split('\n');
  const isWrong = (_: string, i: number) =>
    problemOf(`${lines.slice(0, i + 1).join('\n')}\n`)?.isUnfinished === false;
  const line = lines.findIndex(isWrong) + 1 || lines.length;
  throw new LocatedError(file, line, `not JSON: ${problem.message}`);
}
