/** Turns examples into modules that run: imports are added, and comments become checks. */
import ts from 'typescript';
import type { Example } from './collect.ts';
import { parseComment } from './expected.ts';

/** Modules whose exports examples use without importing them; of several with the same name, the first is used. */
export type Names = readonly (readonly [module: string, names: ReadonlySet<string>])[];

const parse = (code: string) => ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);

/** The comment after a statement, or alone on the next line. */
function commentBehind(code: string, end: number): string | undefined {
  const [, comment] = /^;?[ \t]*(?:\n[ \t]*)?\/\/ (.*)/.exec(code.slice(end)) ?? [];
  return comment?.trim();
}

const boundNames = (name: ts.BindingName): string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((each) => (ts.isOmittedExpression(each) ? [] : boundNames(each.name)));

/** Inserts checks for the comments after top-level statements. */
function withChecks(code: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (const statement of parse(code).statements) {
    const [start, end] = [statement.getStart(), statement.end];
    const comment = commentBehind(code, end);
    if (comment === undefined) continue;
    const names = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.flatMap(({ name }) => boundNames(name))
      : [];
    const expected = parseComment(comment, names.length);
    if (expected === undefined) continue;
    const data = JSON.stringify(expected);
    pieces.push(code.slice(from, start));
    const text = code.slice(start, end).replace(/;$/, '');
    if ('error' in expected) {
      pieces.push(`await checkThrows(async () => { ${text}; }, ${data});`);
    } else if (ts.isExpressionStatement(statement)) {
      const { expression } = statement;
      const isLog = ts.isCallExpression(expression) && expression.expression.getText() === 'console.log';
      const value = isLog ? expression.arguments.map((each) => each.getText()).join() : text;
      pieces.push(`check(${value}, ${JSON.stringify(comment)}, ${data});`);
    } else {
      const value = names.length > 1 ? `[${names.join(', ')}]` : names[0];
      pieces.push(`${text}; check(${value}, ${JSON.stringify(comment)}, ${data});`);
    }
    from = end;
  }
  return pieces.join('') + code.slice(from);
}

const NETWORK = "network: 'baseline-small'";
const CHEAPER = `${NETWORK}, kernels: [3, 3, 3, 3], channels: [4, 4, 4, 4]`;

/** The identifiers of some code that might be free. */
function identifiers(code: string): Set<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(code));
  return found;
}

const CHECKS = `import { check, checkThrows } from './check.js';\n`;

/**
 * An example as a module whose default export runs it. An example with its own imports is not changed; for others, the used names
 * that `names` contains are imported.
 */
export function exampleModule(example: Example, names: Names): string {
  const code = example.code.replaceAll(NETWORK, CHEAPER); // trainings
  const isModule = parse(code).statements.some(ts.isImportDeclaration);
  if (isModule) return `${CHECKS}${withChecks(code)}\nexport default async () => {};\n`;
  const known = new Set<string>();
  const used = identifiers(code);
  const imports = names.map(([module, available]) => {
    const wanted = [...used].filter((name) => available.has(name) && !known.has(name));
    for (const name of wanted) known.add(name);
    return wanted.length === 0 ? '' : `import { ${wanted.join(', ')} } from '${module}';\n`;
  });
  return `${CHECKS}${imports.join('')}export default async () => {\n${withChecks(code)}\n};\n`;
}
