/** Compiles examples, strictly, against the built package, and runs them. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { type Example, entryPoints } from './collect.ts';
import { exampleModule, type Names } from './write.ts';

/** The result of an example. */
export interface ExampleOutcome {
  /** The compiler's errors. */
  diagnostics: string[];
  /** Values compared with comments. */
  held: number;
  error?: string;
}

const OPTIONS: ts.CompilerOptions = {
  ...{ target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts'], types: ['node'] },
  ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  ...{ strict: true, skipLibCheck: true, rewriteRelativeImportExtensions: true },
};

/** The names that a module exports. */
function exportedNames(program: ts.Program, path: string): Set<string> {
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile) as ts.Symbol;
  return new Set(checker.getExportsOfModule(symbol).map(({ name }) => name));
}

/**
 * Type-checks examples and runs them, one after the other, in a separate process.
 * @param root the repository; modules are written to `build/examples`, from where `tuningfork` is the built package
 * @param home the folder in which examples find their files
 * @param scratch folder in which each example gets its own copy of `home`
 */
export async function runExamples(
  root: string,
  examples: readonly Example[],
  home: string,
  scratch: string,
): Promise<ExampleOutcome[]> {
  const folder = join(root, 'build/examples');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['check.ts', 'expected.ts', 'run.ts', 'prelude.ts']) {
    let text = readFileSync(join(root, 'test/examples', name), 'utf8');
    for (const [entry, source] of entryPoints(root)) {
      text = text.replaceAll(`'../..${source.slice(root.length)}'`, `'${entry}'`);
    }
    writeFileSync(join(folder, name), text);
  }
  const prelude = join(folder, 'prelude.ts');
  const entries = [...entryPoints(root)].map(([name, source]) => {
    const types = source.replace(join(root, 'src'), join(root, 'dist')).replace(/\.ts$/, '.d.ts');
    return [name, types] as const;
  });
  const before = ts.createProgram([prelude, ...entries.map(([, types]) => types)], OPTIONS);
  const names: Names = [
    ...entries.map(([name, types]) => [name, exportedNames(before, types)] as const),
    ['node:fs/promises', new Set(Object.keys(fileSystem))],
    ['./prelude.js', exportedNames(before, prelude)],
  ];
  const outcomes: ExampleOutcome[] = examples.map(() => ({ diagnostics: [], held: 0 }));
  const files = examples.map((example, index) => {
    const path = join(folder, `example${index}.ts`);
    try {
      writeFileSync(path, exampleModule(example, names));
    } catch (error) {
      outcomes[index]!.diagnostics.push(String(error));
      writeFileSync(path, 'export default async () => {};\n');
    }
    return path;
  });
  const program = ts.createProgram([...files, join(folder, 'run.ts')], OPTIONS, undefined, before);
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0;
    const index = files.indexOf(file?.fileName ?? '');
    const source = file?.text.split('\n')[line] ?? '';
    if (index === -1) throw new Error(`${file?.fileName} line ${line + 1}: ${text}`);
    outcomes[index]!.diagnostics.push(`${text}\n    ${source}`);
  }
  program.emit();

  const lines = await new Promise<string>((resolve, reject) => {
    const parameters = [join(folder, 'run.js'), folder, scratch, String(files.length)];
    const child = spawn(process.execPath, parameters, {
      cwd: home,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let [printed, said] = ['', ''];
    child.stdio[3]?.on('data', (data: Buffer) => {
      printed += data;
    });
    child.stderr?.on('data', (data: Buffer) => {
      said += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) printed += `${JSON.stringify({ crash: `exit code ${code}: ${said.slice(-2000)}` })}\n`;
      resolve(printed);
    });
  });
  for (const outcome of outcomes) outcome.error = 'it did not run';
  for (const line of lines.trimEnd().split('\n')) {
    const { index, crash, held, error } = JSON.parse(line);
    if (crash !== undefined) {
      for (const outcome of outcomes) if (outcome.error === 'it did not run') outcome.error = crash;
    } else {
      Object.assign(outcomes[index]!, { held, error });
    }
  }
  return outcomes;
}
