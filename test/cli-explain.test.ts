/** `tuningfork explain` from the command line. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../src/files/safetensors.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  filesBelow,
  NAMED,
  readTensors,
  runHere,
  succeed,
  succeedWithJson,
  temporaryFolder,
  tuningfork,
  UNVALIDATED,
} from './command.ts';
import { zipFixture } from './fixtures/zip.ts';
import { galaxyIds, writeSky } from './galaxies.ts';
import { difference } from './goldens.ts';

const ids = galaxyIds(16);
const { path, remove } = temporaryFolder();
const [run, attentive] = [path('run'), path('attentive')];
const pictures = path('sky', 'images_training_rev1');
const picture = (id: number) => path('sky', 'images_training_rev1', `${id}.jpg`);

beforeAll(async () => {
  await writeSky(path('sky'), ids);
  const train = ['train', '--data', path('sky'), ...UNVALIDATED, ...NAMED, '--epochs', '1', '--lr', '2e-3'];
  await succeed(...train, '--out', run);
  await succeed(...train, '--out', attentive, '--network', 'baseline-cbam');
});
afterAll(remove);

interface MapDocument {
  flat: boolean;
  stability: number | null;
  height: number;
  width: number;
  map: number[][];
}

/** Expects a map of the given size that ranges from 0 to 1, or is flat and zero. */
function expectMap({ flat, height, width, map }: MapDocument, side: number): void {
  expect([height, width, map.length]).toEqual([side, side, side]);
  expect(map.every((row) => row.length === side && row.every((value) => value >= 0 && value <= 1))).toBe(
    true,
  );
  expect([Math.min(...map.flat()), Math.max(...map.flat())]).toEqual(flat ? [0, 0] : [0, 1]);
}

/** Explains one picture. */
async function explain(out: string, ...flags: string[]) {
  const common = ['--run', run, '--image', picture(ids[3]!), '--out', path(out), '--threads', '1'];
  return succeedWithJson('explain', ...common, ...flags);
}

const sizeOf = async (png: string) => {
  const { format, width, height } = await sharp(png).metadata();
  return [format, width, height];
};

describe('one picture', () => {
  it('draws all convolutions and their mean for the leading answer, and prints the maps', async () => {
    const result = await explain('one.png');
    expect(result).toMatchObject({
      name: `${ids[3]}.jpg`,
      out: path('one.png'),
      views: 1,
      layers: ['conv1', 'conv2', 'conv3', 'conv4', 'conv5'],
      answers: [{ stability: null, layers: [{ layer: 'conv1' }, {}, {}, {}, { layer: 'conv5' }] }],
    });
    const [answer] = result.answers;
    expect(answer.score).toBe(result.scores[answer.answer]);
    expectMap(answer, 128);
    for (const [i, side] of [128, 64, 32, 16, 8].entries()) expectMap(answer.layers[i], side);
    expect(answer.layers.map(({ weights }: { weights: number[] }) => weights.length)).toEqual([
      4, 4, 4, 4, 96,
    ]);
    expect(await sizeOf(path('one.png'))).toEqual(['png', 1620, 962]);
  });

  it('prints the scores of predict', async () => {
    const { scores } = await explain('scores.png', '--layer', 'conv4', '--views', '4');
    const csv = path('scores.csv');
    await succeed('predict', '--run', run, '--images', picture(ids[3]!), '--out', csv, '--views', '4');
    const [, row] = readFileSync(csv, 'utf8').split('\r\n');
    expect(difference(Object.values(scores) as number[], row!.split(',').slice(1).map(Number))).toBeLessThan(
      1e-5,
    );
  });

  it('explains the requested answer and layers', async () => {
    const result = await explain('asked.png', '--answer', '4.1', '--layer', 'conv4', '--layer', 'conv2');
    expect(result.layers).toEqual(['conv4', 'conv2']);
    expect(result.answers).toMatchObject([{ answer: '4.1', label: 'spiral: yes' }]);
    const all = await explain('all.png', '--answer', 'all', '--layer', 'conv4', '--layer', 'conv2');
    expect(all.answers.map(({ label }: { label: string }) => label)).toEqual(
      GALAXY_ZOO_2.columns.map(({ label }) => label),
    );
    expect(all.answers[7]).toEqual(result.answers[0]);
    const [, , height] = await sizeOf(path('all.png'));
    expect(height).toBeGreaterThan(2000);
  });

  it('averages views, reports how far they agree, and deletes parts of the picture', async () => {
    const { answers } = await explain('views.png', '--views', '4', '--deletion', '--answer', '1.2');
    const [{ layers, stability, deletion, ...answer }] = answers;
    expectMap(answer, 128);
    for (const layer of layers) expectMap(layer, 128);
    expect(Math.abs(stability)).toBeLessThanOrEqual(1);
    expect(Object.keys(deletion)).toEqual([
      'meaningful',
      'area',
      'areaOfMiddle',
      'spread',
      'removed',
      'map',
      'random',
      'middle',
    ]);
    expect([deletion.removed[0], deletion.removed.at(-1)]).toEqual([0, 1]);
    expect(deletion.map[0]).toBe(deletion.random[0]);
    expect(deletion.map.at(-1)).toBeCloseTo(deletion.random.at(-1), 5);
  });

  it('shows the attention of blocks that have one', async () => {
    const shared = ['--image', picture(ids[0]!), '--threads', '1', '--out', path('attentive.png')];
    const { layers } = await succeedWithJson('explain', '--run', attentive, ...shared);
    expect(layers).toEqual(['cbam1', 'cbam2', 'cbam3', 'cbam4', 'conv5']);
    const one = await succeedWithJson('explain', '--run', attentive, ...shared, '--layer', 'conv1');
    expect(one.layers).toEqual(['conv1']);
  });

  it('reports flat maps for a network that ignores the picture', async () => {
    const blind = path('blind');
    cpSync(run, blind, { recursive: true });
    const file = path('blind', 'checkpoint', 'last.safetensors');
    const { tensors, metadata } = readTensors(file);
    for (const { shape, data } of tensors.values()) if (shape[0] === 37) data.fill(0 as never);
    writeFileSync(file, encodeSafetensors(tensors, metadata));
    const flags = [
      '--run',
      blind,
      '--image',
      picture(ids[0]!),
      '--out',
      path('blind.png'),
      '--views',
      '2',
      '--deletion',
    ];
    const { stdout } = await succeed('explain', ...flags);
    expect(stdout).toContain('odd: yes 0.500, flat: nothing in the picture supports it');
    const { answers } = await succeedWithJson('explain', ...flags);
    expect(answers).toMatchObject([{ flat: true, stability: null, layers: Array(5).fill({ flat: true }) }]);
    expect(answers[0]).not.toHaveProperty('deletion');
    for (const each of [answers[0], ...answers[0].layers]) expectMap(each, 128);
  });

  it('draws without text if there are no fonts', async () => {
    mkdirSync(path('no fonts'));
    writeFileSync(path('fonts.conf'), `<fontconfig><dir>${path('no fonts')}</dir></fontconfig>`);
    const flags = ['explain', '--run', run, '--image', picture(ids[3]!), '--out', path('wordless.png')];
    const { code, stderr } = await tuningfork(flags, undefined, { FONTCONFIG_FILE: path('fonts.conf') });
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('no fonts on this machine: the drawings have no text'),
    ]);
    expect(await sizeOf(path('wordless.png'))).toEqual(['png', 1620, 962]);
  });
});

describe('several pictures', () => {
  const flags = ['--run', run, '--layer', 'conv4', '--threads', '1'];

  it('draws each picture of a zip, and with --maps writes its maps next to it', async () => {
    const files = [`deep/${ids[0]}.jpg`, 'NGC 1300.jpg'].map((name, i) => [
      name,
      readFileSync(picture(ids[i]!)),
    ]);
    writeFileSync(path('some.zip'), zipFixture(Object.fromEntries(files)));
    const out = path('from zip');
    const result = await succeedWithJson('explain', ...flags, '--image', path('some.zip'), '--out', out);
    expect(filesBelow(out)).toEqual([
      'NGC 1300.json',
      'NGC 1300.png',
      `deep_${ids[0]}.json`,
      `deep_${ids[0]}.png`,
      'measures.csv',
    ]);
    expect(result.pictures).toHaveLength(2);
    const maps = JSON.parse(readFileSync(result.pictures[0].maps, 'utf8'));
    expectMap(maps.answers[0].layers[0], 16);
    expect(result.pictures[0].answers[0].score).toBe(maps.answers[0].score);
  });

  it('reports a broken picture and skips it, up to --max-bad', async () => {
    const folder = path('damaged');
    mkdirSync(folder);
    for (const id of ids.slice(0, 4)) cpSync(picture(id), path('damaged', `${id}.jpg`));
    writeFileSync(path('damaged', `${ids[1]}.jpg`), 'no picture');
    const all = [...flags, '--image', folder, '--out', path('explained')];
    const { stdout, stderr } = await succeed('explain', ...all, '--max-bad', '0.3');
    expect(stdout).toMatch(/^Maps of 3 galaxies: /);
    expect(stdout.endsWith(`\n3 pictures in ${path('explained')}\n`)).toBe(true);
    expect(stderr).toContain(`${ids[1]}.jpg: skipped: not a JPEG, PNG, TIFF, WebP or FITS file`);
    const drawings = [0, 2, 3].map((i) => `${ids[i]}.png`);
    expect(filesBelow(path('explained'))).toEqual([...drawings, 'measures.csv'].sort());

    const { code, stderr: refusal } = await runHere(['explain', ...all]);
    expect(code).toBe(2);
    expect(refusal).toContain('--max-bad 0.01: 1 of 4 pictures cannot be read: ');

    for (const id of ids.slice(0, 4)) writeFileSync(path('damaged', `${id}.jpg`), 'no picture');
    const none = await runHere(['explain', ...all, '--max-bad', '1']);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain(
      `tuningfork: --max-bad 1: 4 of 4 pictures in ${folder} cannot be read: not a JPEG, `,
    );
  });
});

describe('several runs', () => {
  const flags = ['--run', run, attentive, '--threads', '1', '--layer', 'conv1', '--layer', 'cbam1'];

  it('are drawn on one sheet, a row each, with an empty cell for a layer that a network lacks', async () => {
    const one = ['--image', picture(ids[3]!), '--out', path('both.png')];
    const result = await succeedWithJson('explain', ...flags, ...one);
    expect(result).toMatchObject({ layers: ['conv1', 'cbam1'], runs: [{ run }, { run: attentive }] });
    const [own, other] = result.explanations;
    expect([own, other].map(({ run, answers }) => [run, answers[0].answer])).toEqual([
      [run, own.answers[0].answer],
      [attentive, own.answers[0].answer],
    ]);
    expect(own.answers[0].layers.map(({ layer }: { layer: string }) => layer)).toEqual(['conv1']);
    expect(other.answers[0].layers.map(({ layer }: { layer: string }) => layer)).toEqual(['conv1', 'cbam1']);
    expect(result.measures).toMatchObject([
      { run, layer: 'conv1' },
      { run: attentive, layer: 'conv1', correlations: { [run]: result.measures[0].correlations[attentive] } },
      { run: attentive, layer: 'cbam1', correlations: { [run]: null } },
    ]);
    expect(await sizeOf(path('both.png'))).toEqual(['png', 1108, 766]);
    const { stdout } = await succeed('explain', ...flags, ...one, '--answer', '1.1');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(`^${run}: shape: smooth 0\\.`),
      expect.stringMatching(`^${attentive}: shape: smooth 0\\.`),
      path('both.png'),
      '',
    ]);
  });

  it.each([
    [
      'a run without any of the layers',
      ['--layer', 'cbam2'],
      `--layer cbam2: ${run} has none of these layers: it has conv1`,
    ],
    ['one run twice', ['--model', run], `${run} is given twice`],
    ['one picture without a drawing', ['--no-drawings'], '--drawings: has no effect with one picture'],
  ])('are refused: %s', async (_, others, message) => {
    const common = ['--run', run, attentive, '--image', picture(ids[3]!), '--out', path('refused.png')];
    const { code, stderr } = await runHere(['explain', ...common, ...others]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`tuningfork: ${message}`)]);
  });
});

describe("the user's mistakes", () => {
  const cases: [string, string[], string][] = [
    [
      'an unknown layer',
      ['--layer', 'conv9'],
      '--layer conv9: not in this network, which has conv1, conv2, conv3, conv4, conv5',
    ],
    [
      'an unknown answer',
      ['--answer', '12.1'],
      '--answer 12.1: expected auto, all or an answer of the tree, 1.1 … 11.6',
    ],
    ['a missing picture', ['--image', path('none.jpg')], `${path('none.jpg')}: no such file or folder`],
    [
      'another format',
      ['--out', path('map.jpg')],
      `--out ${path('map.jpg')}: expected a name that ends in .png`,
    ],
    [
      'a PNG for a folder',
      ['--image', pictures],
      `--out ${path('refused.png')}: expected a folder for the pictures of ${pictures}`,
    ],
    ['no run', ['--run', path('sky')], `${path('sky')}: not a run: it has no config.json`],
  ];
  it.each(cases)('refuses %s', async (_, flags, message) => {
    const out = path('refused.png');
    const common = ['--run', run, '--image', picture(ids[0]!), '--out', out];
    const { code, stdout, stderr } = await runHere(['explain', ...common, ...flags]);
    expect([code, stdout, stderr]).toEqual([2, '', `tuningfork: ${message}\n`]);
    expect(existsSync(out)).toBe(false);
  });

  it('refuses to draw over the pictures', async () => {
    mkdirSync(path('png'));
    const own = path('png', 'a.png');
    await sharp(picture(ids[0]!)).png().toFile(own);
    const before = readFileSync(own);
    for (const [place, lost] of [
      [path('png'), `${own}, `],
      [own, ''],
    ]) {
      const flags = ['--run', run, '--image', place!, '--out', place!];
      const { code, stderr } = await runHere(['explain', ...flags]);
      const message = `tuningfork: --out ${place}: would overwrite ${lost}an input of --image; choose another path\n`;
      expect([code, stderr]).toEqual([2, message]);
    }
    expect(readFileSync(own).equals(before)).toBe(true);
  });

  it('refuses the one picture that is broken', async () => {
    writeFileSync(path('broken.jpg'), '');
    const flags = ['--run', run, '--image', path('broken.jpg'), '--out', path('broken.png')];
    const { code, stderr } = await runHere(['explain', ...flags, '--quiet']);
    expect([code, stderr]).toEqual([2, 'tuningfork: broken.jpg: the file is empty\n']);
    expect(existsSync(path('broken.png'))).toBe(false);
  });
});
