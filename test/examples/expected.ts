/**
 * Parses an example's comment about the value before it. A comment is exact if it is a literal, possibly abbreviated:
 *
 *     GALAXY_ZOO_2.columns[7].label // 'spiral: yes'
 *     testViews(16).map((view) => view.angle) // [0, 0, 45, 45, …, 315, 315]
 *     augmentation(1, 0, 100008) // { angle: 217.3…, flip: true, … }
 *     const { start, end } = GALAXY_ZOO_2.questions[6] // 15, 18: the columns of Q7
 *     add(input('a', [2]), input('b', [3])) // GraphError: add: the shapes [2] and [3] do not broadcast
 *
 * For a tensor, a list is its shape. A comment with `such as` or `or so` is not exact. A comment that does not begin like a literal
 * is prose, and so are shapes in letters, `[H, W, C, N]`. A comment that begins like a literal but is not one is an error.
 */
import ts from 'typescript';

/** A literal as data. `rest` stands for any number of values or members, `prefix` for an abbreviated number or text. */
export type Pattern =
  | { is: unknown }
  | { prefix: string }
  | { list: (Pattern | 'rest')[] }
  | { members: [string, Pattern][]; isWhole: boolean };

/** An example's expectation. */
export type Expected = { value: Pattern } | { error: string; message: string };

const REST = '$rest';

function patternOf(node: ts.Expression): Pattern | undefined {
  if (ts.isStringLiteral(node)) {
    return node.text.endsWith('…') ? { prefix: node.text.slice(0, -1) } : { is: node.text };
  }
  if (ts.isNumericLiteral(node)) return { is: Number(node.text) };
  if (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)) {
    return { is: -Number(node.operand.text) };
  }
  if (ts.isCallExpression(node) && node.expression.getText() === '$prefix') {
    return { prefix: (node.arguments[0] as ts.StringLiteral).text };
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { is: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { is: false };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { is: null };
  if (ts.isArrayLiteralExpression(node)) {
    const list = node.elements.map((each) => (each.getText() === REST ? 'rest' : patternOf(each)));
    return list.some((each) => each === undefined) ? undefined : { list: list as (Pattern | 'rest')[] };
  }
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const members: [string, Pattern][] = [];
  let isWhole = true;
  for (const property of node.properties) {
    if (ts.isShorthandPropertyAssignment(property) && property.name.text === REST) {
      isWhole = false;
      continue;
    }
    const value = ts.isPropertyAssignment(property) ? patternOf(property.initializer) : undefined;
    if (value === undefined || property.name === undefined) return undefined;
    const { name } = property;
    members.push([ts.isStringLiteral(name) ? name.text : name.getText(), value]);
  }
  return { members, isWhole };
}

/** A literal, or undefined if the text is not one. */
function parseLiteral(text: string): Pattern | undefined {
  const code = text
    .replace(/^Float(32|64)Array /, '')
    .replace(/(-?\d+(\.\d+)?)…/g, "$prefix('$1')")
    .replace(/'[^']*'|…/g, (part) => (part === '…' ? REST : part));
  const source = ts.createSourceFile('comment.ts', `(${code})`, ts.ScriptTarget.ES2022, true);
  const { parseDiagnostics } = source as unknown as { parseDiagnostics: unknown[] };
  const statement = source.statements[0];
  if (parseDiagnostics.length > 0 || source.statements.length !== 1) return undefined;
  if (!ts.isExpressionStatement(statement!) || !ts.isParenthesizedExpression(statement.expression))
    return undefined;
  return patternOf(statement.expression.expression);
}

/**
 * The expectation of a comment; undefined if it is prose.
 * @param names number of values before it
 * @throws Error if it begins like a literal but is not one
 */
export function parseComment(comment: string, names: number): Expected | undefined {
  const [, error, message] = /^(\w*Error): (.*)$/.exec(comment) ?? [];
  if (error !== undefined) return { error: error!, message: message! };
  if (/^such as | or so\b/.test(comment)) return undefined;
  const wrap = (text: string) => (names > 1 ? `[${text}]` : text);
  // `15, 18, 0: words`, `loss [14], gradient [2, 4, 6]`
  const colons = [...comment.matchAll(/: /g)].map(({ index }) => comment.slice(0, index));
  const named = `{ ${comment.replace(/(\w+) (?=[[{'\d-])/g, '$1: ')} }`;
  for (const text of [
    wrap(comment),
    ...colons.map(wrap),
    ...(/^\w+ [[{'\d-]/.test(comment) ? [named] : []),
  ]) {
    const value = parseLiteral(text);
    if (value !== undefined) return { value };
  }
  if (/^(['\d{]|-\d|\[[^A-Z]|true|false|null)/.test(comment)) {
    throw new Error(
      `'${comment}' looks like a value but is not one; mark values that vary with 'such as' or 'or so'`,
    );
  }
  return undefined;
}
