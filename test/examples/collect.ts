/** The examples of the documentation: `@example` in the docstrings of the API, and code blocks of Markdown files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A piece of code. */
export interface Example {
  /** The test's name: `tree/columns.ts: GALAXY_ZOO_2.columns`, `README.md line 86`. */
  name: string;
  code: string;
}

/** The source files of the package's entry points, by the name that users import. */
export function entryPoints(root: string): Map<string, string> {
  type Target = { types: string } | { node: { types: string } };
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return new Map(
    Object.entries(manifest.exports as Record<string, Target>).map(([name, target]) => {
      const { types } = 'node' in target ? target.node : target;
      const file = types.replace(/^\.\/dist/, 'src').replace(/\.d\.ts$/, '.ts');
      return [name.replace(/^\./, manifest.name), join(root, file)];
    }),
  );
}

/** Examples of all exports of the package. */
export interface ApiExamples {
  examples: Example[];
  /** Exported values, classes and functions that have no example. */
  without: string[];
}

/** The text of an `@example`, as written; it may be on the same line as the tag. */
const exampleTexts = (symbol: ts.Symbol, checker: ts.TypeChecker): string[] =>
  symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === 'example')
    .map(({ text }) => ts.displayPartsToString(text).trim());

/** The examples in the docstrings of the package's exports and of their classes' members. */
export function apiExamples(root: string): ApiExamples {
  const entries = [...entryPoints(root).values()];
  const { options } = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.build.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
      },
    },
  ) as ts.ParsedCommandLine;
  const program = ts.createProgram(entries, options);
  const checker = program.getTypeChecker();
  const exported = entries.flatMap((entry) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile) as ts.Symbol;
    return checker.getExportsOfModule(module);
  });
  const found: ApiExamples = { examples: [], without: [] };
  for (const alias of exported) {
    const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
    const file = symbol.declarations?.[0]?.getSourceFile().fileName.slice(join(root, 'src/').length);
    const own = exampleTexts(symbol, checker);
    if (own.length === 0 && symbol.flags & ts.SymbolFlags.Value) found.without.push(`${file}: ${alias.name}`);
    const members =
      symbol.flags & ts.SymbolFlags.Class ? [...(symbol.members ?? []), ...(symbol.exports ?? [])] : [];
    const texts = [
      ...own.map((code) => ({ name: `${file}: ${alias.name}`, code })),
      ...members.flatMap(([key, member]) =>
        exampleTexts(member, checker).map((code) => ({ name: `${file}: ${alias.name}.${key}`, code })),
      ),
    ];
    found.examples.push(...texts);
  }
  return found;
}

/** The code blocks of one language in README.md and docs/*.md, file by file. */
export function markdownBlocks(root: string, language: string): Map<string, Example[]> {
  const documents = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const blocks = new Map<string, Example[]>();
  for (const file of ['README.md', ...documents.sort().map((name) => `docs/${name}`)]) {
    const found: Example[] = [];
    let open: { language: string; line: number; code: string[] } | undefined;
    for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
      const fence = /^```(\w*)/.exec(line);
      if (open === undefined) {
        if (fence) open = { language: fence[1]!, line: index + 1, code: [] };
      } else if (fence) {
        if (open.language === language) {
          found.push({ name: `${file} line ${open.line}`, code: open.code.join('\n') });
        }
        open = undefined;
      } else {
        open.code.push(line);
      }
    }
    if (found.length > 0) blocks.set(file, found);
  }
  return blocks;
}
