/**
 * The package as users get it: packed, installed from the tarball in an empty folder, type-checked, imported and run there.
 * `npm run test:node-versions` repeats the run on Node 20, 22 and 24.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from './command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.keys(manifest.exports).map((path) => path.replace(/^\./, manifest.name));
const versions = process.env.NODE_VERSIONS?.split(',') ?? [];

const { path, remove } = temporaryFolder();
// Generous, for a busy machine; on an idle one, everything takes 15 seconds.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const execute = promisify(execFile);
const npm = async (...parameters: string[]) => (await execute('npm', parameters, { cwd: path() })).stdout;

let files: string[];
beforeAll(async () => {
  // The build exists already, and other tests are using it: without scripts, `prepack` does not rebuild it.
  const packed = await npm('pack', root, '--ignore-scripts', '--json');
  const [{ filename, files: listed }] = JSON.parse(packed);
  files = listed.map((file: { path: string }) => file.path);
  writeFileSync(path('package.json'), '{ "private": true, "type": "module" }\n');
  await npm('install', filename, '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund');
});
afterAll(remove);

describe('the tarball', () => {
  it("contains the built source and page, the comparisons, the recipes, the model, the package's documents, and nothing else", () => {
    const others = files.filter(
      (file) => !/^dist\/.*\.(js|d\.ts)$|^dist\/page\/|^(?:comparisons|recipes)\/[^/]*\.json$/.test(file),
    );
    const model = ['models/box.md', 'models/box.safetensors'];
    expect(others.sort()).toEqual(['LICENSE', 'README.md', ...model, 'package.json']);
    expect(files.filter((file) => file.endsWith('.safetensors'))).toEqual(['models/box.safetensors']);
  });

  it('contains no file whose source is gone, no test, and no source map without its source', () => {
    const built = files.filter((file) => /^dist\/(?!page\/)/.test(file));
    const sources = built.map((file) => file.replace(/^dist/, 'src').replace(/(\.d\.ts|\.js)$/, '.ts'));
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    expect(built.filter((file) => /test/.test(file))).toEqual([]);
    const script = readFileSync(path('node_modules/tuningfork/dist/cli/main.js'), 'utf8');
    expect(script).not.toContain('sourceMappingURL');
  });

  it('is rebuilt before it is packed', () => {
    expect(manifest.scripts.prepack).toBe('npm run --silent build');
  });
});

/** Uses every entry point, and checks that no type has become `any`. */
const CONSUMER = `
${entries.map((entry, i) => `import * as entry${i} from '${entry}';`).join('\n')}
type IsAny<T> = 0 extends 1 & T ? true : false;
type Untyped<T> = { [K in keyof T]: IsAny<T[K]> extends true ? K : never }[keyof T];
${entries.map((_, i) => `export const untyped${i}: Untyped<typeof entry${i}>[] = [] satisfies never[];`).join('\n')}
`;

describe.each([
  ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
  ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
])('a strict project with moduleResolution %s', (_, module, moduleResolution) => {
  it('type-checks, dependencies included, without installing types', () => {
    const file = path('consumer.ts');
    writeFileSync(file, CONSUMER);
    const program = ts.createProgram([file], {
      ...{ module, moduleResolution, target: ts.ScriptTarget.ES2022, types: [] },
      ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
      // TypeScript's own libraries need no check.
      ...{ skipLibCheck: false, skipDefaultLibCheck: true, noEmit: true },
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    expect(problems).toEqual([]);
  });
});

describe.each(versions.length > 0 ? versions : [''])('on Node %s', (version) => {
  let binary = process.execPath;
  const node = async (...parameters: string[]) => (await execute(binary, parameters, { cwd: path() })).stdout;
  const tuningfork = (...parameters: string[]) =>
    node('node_modules/tuningfork/dist/cli/main.js', ...parameters);

  beforeAll(async () => {
    if (version === '') return;
    // Without its install script the package `node` has no binary, and npx would silently run the Node of this process.
    const call = [
      '--yes',
      '--ignore-scripts=false',
      '-p',
      `node@${version}`,
      'node',
      '--print',
      'process.execPath',
    ];
    binary = (await execute('npx', call, { cwd: path() })).stdout.trim();
    expect(await node('--print', 'process.version')).toMatch(new RegExp(`^v${version}\\.`));
  });

  it('all entry points can be imported, and the command prints its version', async () => {
    const script = entries
      .map((entry) => `console.log(Object.keys(await import('${entry}')).length)`)
      .join(';');
    const counts = (await node('--input-type=module', '--eval', script)).trim().split('\n').map(Number);
    expect(counts).toHaveLength(entries.length);
    for (const count of counts) expect(count).toBeGreaterThan(0);
    expect(await tuningfork('--version')).toBe(`${manifest.version}\n`);
  });

  it('the commands simulate a sky, train on it and predict', async () => {
    const [sky, run, out] = [`sky${version}`, `run${version}`, `out${version}.csv`];
    await tuningfork('sky', '--out', sky, '--train', '8', '--test', '2', '--workers', '1');
    const small = ['--kernels', '3,3,3,3', '--channels', '4,4,4,4', '--batch', '4', '--threads', '1'];
    await tuningfork('train', '--data', sky, '--out', run, '--epochs', '1', '--validation', '0.25', ...small);
    await tuningfork('predict', '--run', run, '--images', `${sky}/images_test_rev1`, '--out', out);
    expect(readFileSync(path(out), 'utf8').trim().split('\n')).toHaveLength(3);
  });
});
