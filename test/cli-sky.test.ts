/** `tuningfork sky` from the command line: a simulated sky in Kaggle's layout. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownMark } from '../src/node/files/owner.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  filesBelow,
  isUnfinished,
  runHere,
  succeed,
  succeedWithJson,
  temporaryFolder,
  tuningfork,
  UNVALIDATED,
} from './command.ts';

const { path, remove } = temporaryFolder();
const sky = path('sky');
const draw = (out: string, ...flags: string[]) =>
  succeedWithJson('sky', '--out', out, '--seed', '3', ...flags);
const bytesBelow = (folder: string) =>
  Object.fromEntries(
    filesBelow(folder).map((name) => [name, readFileSync(`${folder}/${name}`).toString('base64')]),
  );
const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

let result: { train: number; test: number; classes: Record<string, number>; imagesPerSecond: number };
beforeAll(async () => {
  result = await draw(sky, '--train', '40', '--test', '7', '--workers', '2');
});
afterAll(remove);

describe('sky', () => {
  it("writes Kaggle's layout, and the true parameters", async () => {
    expect(result).toMatchObject({ train: 40, test: 7, out: sky, seed: 3 });
    expect(Object.values(result.classes).reduce((sum, each) => sum + each)).toBe(47);
    const files = filesBelow(sky);
    expect(files.filter((name) => /^images_training_rev1.1\d{5}\.jpg$/.test(name))).toHaveLength(40);
    expect(files.filter((name) => /^images_test_rev1.5\d{5}\.jpg$/.test(name))).toHaveLength(7);
    expect(files.filter((name) => !name.startsWith('images_'))).toEqual([
      'sky.json',
      'test_parameters.jsonl',
      'test_solutions.csv',
      'training_parameters.jsonl',
      'training_solutions_rev1.csv',
    ]);
    const table = linesOf(`${sky}/test_solutions.csv`);
    expect(table[0]).toBe(['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(','));
    expect(table.slice(1).map((line) => Number(line.split(',')[0]))).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((k) => 500_000 + k),
    );
    const parameters = linesOf(`${sky}/training_parameters.jsonl`).map((line) => JSON.parse(line));
    expect(parameters.map(({ GalaxyID }) => GalaxyID)).toEqual(
      Array.from({ length: 40 }, (_, k) => 100_001 + k),
    );
    for (const { r90, magnitude } of parameters) {
      expect(r90).toBeGreaterThan(1);
      expect(magnitude).toBeGreaterThan(8);
    }
    const picture = await sharp(`${sky}/images_training_rev1/100001.jpg`).metadata();
    expect(picture).toMatchObject({
      format: 'jpeg',
      width: 424,
      height: 424,
      channels: 3,
      chromaSubsampling: '4:2:0',
    });
  });

  it('is byte-identical for any number of threads', async () => {
    await draw(path('one'), '--train', '40', '--test', '7', '--workers', '1');
    expect(bytesBelow(path('one'))).toEqual(bytesBelow(sky));
  });

  it('begins with the galaxies of a smaller sky, and has the same test galaxies', async () => {
    await draw(path('smaller'), '--train', '5', '--test', '7');
    const [small, large] = [bytesBelow(path('smaller')), bytesBelow(sky)];
    for (const name of filesBelow(path('smaller')).filter((name) => /images_|test_/.test(name))) {
      expect(small[name], name).toBe(large[name]);
    }
  });

  it('draws other galaxies with another seed', async () => {
    await succeed('sky', '--out', path('other'), '--train', '2', '--test', '0', '--seed', '4', '--quiet');
    const name = 'images_training_rev1/100001.jpg';
    expect(readFileSync(path('other', name)).equals(readFileSync(`${sky}/${name}`))).toBe(false);
    expect(filesBelow(path('other')).some((file) => file.includes('test'))).toBe(false);
  });

  it('can be shown and trained on', async () => {
    const shown = await succeedWithJson('show', '--data', sky, '--out', path('sky.html'));
    expect(shown).toMatchObject({ galaxies: 40, leftOut: [] });
    await succeed('train', '--data', sky, '--out', path('run'), ...UNVALIDATED, '--epochs', '1', '--quiet');
  });

  it('prints what was drawn and what to do next', async () => {
    const { stdout, stderr } = await succeed('sky', '--out', path('told'), '--train', '3', '--test', '1');
    expect(stdout).toMatch(/^3 training and 1 test galaxies in /);
    expect(stdout).toMatch(/next: npx tuningfork show --data /);
    expect(stderr).toMatch(/drawing galaxies \d\/4/);
  });
});

describe('a config', () => {
  it('shows the same galaxy at several inclinations', async () => {
    const inclinations = [0, 40, 80];
    writeFileSync(
      path('lesson.json'),
      JSON.stringify({ same: true, object: { kind: 'disk', disk: { inclination: inclinations } } }),
    );
    await draw(path('lesson'), '--train', '6', '--test', '0', '--config', path('lesson.json'));
    const parameters = linesOf(path('lesson', 'training_parameters.jsonl')).map((line) => JSON.parse(line));
    expect(parameters.map(({ disk }) => disk.inclination)).toEqual([...inclinations, ...inclinations]);
    expect(new Set(parameters.map(({ positionAngle }) => positionAngle)).size).toBe(1);
    const picture = (id: number) => readFileSync(path('lesson', `images_training_rev1/${id}.jpg`));
    expect(picture(100_001).equals(picture(100_004))).toBe(true);
    expect(picture(100_001).equals(picture(100_002))).toBe(false);
  });

  it.each([
    ['{"object": {"kind": "disk", "disk": {"tilt": 3}}}', /config\.json: object\.disk: unknown key "tilt"/],
    ['{"object": ', /config\.json line 1: not JSON/],
  ])('is refused if it is %s', async (text, message) => {
    writeFileSync(path('config.json'), text);
    const { code, stderr } = await runHere(['sky', '--out', path('never'), '--config', path('config.json')]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(path('never'))).toBe(false);
  });
});

describe('mistakes', () => {
  it.each([
    [() => ['--out', sky], /--out .*: expected a new or empty folder; it contains images_test_rev1, /],
    [() => ['--out', `${sky}/sky.json`], /expected a folder, found a file/],
    [() => ['--out', `${sky}/sky.json/in`], /sky\.json/],
    [() => ['--out', path('none'), '--train', '0', '--test', '0'], /expected at least one galaxy/],
    [() => ['--out', path('none'), '--train', '1.5'], /--train/],
    [() => ['--out', path('none'), '--train', '400000'], /--train/],
    [
      () => ['--out', path('none'), '--config', path('missing.json')],
      /--config .*missing\.json: no such file or folder/,
    ],
  ])('%#: exit with 2 and leave nothing behind', async (flags, message) => {
    const before = filesBelow(path());
    const { code, stderr } = await runHere(['sky', ...flags()]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(filesBelow(path())).toEqual(before);
  });

  it('accepts an empty folder, and removes the leftovers of a killed run', async () => {
    mkdirSync(path('beside', 'empty'), { recursive: true });
    const unfinished = `empty.${ownMark().replace(/\d+$/, '99999999')}-abcdef.tmp`;
    mkdirSync(path('beside', unfinished, 'images_training_rev1'), { recursive: true });
    writeFileSync(path('beside', unfinished, 'images_training_rev1', '1.jpg'), 'half');
    await draw(path('beside', 'empty'), '--train', '2', '--test', '0');
    expect(filesBelow(path('beside', 'empty'))).toHaveLength(5);
    expect(existsSync(path('beside', unfinished))).toBe(false);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const { code } = await tuningfork(['sky', '--out', path('stopped'), '--train', '2000'], {
      when: /drawing galaxies/,
      send: ['SIGTERM'],
    });
    expect(code).toBe(143);
    expect(existsSync(path('stopped'))).toBe(false);
    expect(readdirSync(path()).filter(isUnfinished)).toEqual([]);
  });
});
