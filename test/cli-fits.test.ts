/** Pictures of raw values from the command line: FITS, 16-bit PNG and TIFF, with a stretch, bands and a field. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageStore } from '../src/node/pictures/store.ts';
import { NAMED, runHere, SMALL, succeed, succeedWithJson, temporaryFolder } from './command.ts';
import { binaryTable, noData, primary, TILED, tiledFile } from './fixtures/fits.ts';
import { galaxyIds, solutionsTable } from './galaxies.ts';
import { describeWithShared, sharedPath } from './goldens.ts';

const ids = galaxyIds(20);
const { path, remove } = temporaryFolder();
afterAll(remove);

const SIDE = 40;
/** Degrees of a pixel: half an arc second. */
const WCS = { CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN', CDELT1: -0.5 / 3600, CDELT2: 0.5 / 3600 };

/** A band of a galaxy on a noisy sky, in nanomaggies, big-endian float32. */
function band(id: number, brightness: number, side = SIDE): Buffer {
  const bytes = Buffer.alloc(4 * side * side);
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [(i % side) - side / 2, Math.floor(i / side) - side / 2];
    const light = Math.exp(-(x * x + (1 + (id % 3)) * y * y) / 40);
    bytes.writeFloatBE(brightness * light + 0.01 * Math.sin(i * id), 4 * i);
  }
  return bytes;
}

const cube = (id: number) =>
  primary(-32, [SIDE, SIDE, 3], Buffer.concat([0.2, 0.5, 0.9].map((each) => band(id, each))), WCS);

function fill(folder: string, files: Record<string, Uint8Array>): string {
  mkdirSync(path(folder), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path(folder, name), bytes);
  return path(folder);
}

/** A compressed image whose header names another method. */
const tiled = (ZCMPTYPE: string) => tiledFile({ ...TILED[0]!, cards: { ...TILED[0]!.cards, ZCMPTYPE } });

const table = path('votes.csv');
let cubes: string;
const LEGACY = ['--stretch', 'legacy', '--field', '16'];
/** A training of two epochs on 20 pictures. */
const training = (images: string, out: string, ...flags: string[]) => [
  ...['train', '--solutions', table, '--images', images, '--out', path(out)],
  ...[...SMALL, '--validation', '0.2', ...flags],
];

beforeAll(async () => {
  writeFileSync(table, await solutionsTable(ids));
  cubes = fill('cubes', Object.fromEntries(ids.map((id) => [`${id}.fits`, cube(id)])));
  await succeed(...training(cubes, 'run', ...LEGACY));
});

describe('train with a stretch', () => {
  it('keeps the stretch, bands and field in the run', () => {
    const { preprocessing, network } = JSON.parse(readFileSync(path('run', 'config.json'), 'utf8'));
    const root = Math.sqrt(20);
    expect(preprocessing).toEqual({
      bands: ['g', 'r', 'z'],
      stretch: `lupton:Q=${root},alpha=${root},offset=0.03,scales=6/3.4/2.2`,
      field: 16,
      crop: 256 / 424,
      size: 32,
      normalisation: { scale: 2 / 65535, offset: -1 },
    });
    expect(network.input).toEqual({ size: 32, channels: 3 });
    expect(readFileSync(path('run', 'report.html'), 'utf8')).toContain('data:image/jpeg');
  });

  it('gives the same network and flags from a pack of 16 bits, and refuses another stretch for it', async () => {
    const sources = ['--solutions', table, '--images', cubes];
    const tiny = 'tiny: a side has fewer than 64 pixels';
    const packing = await succeed('pack', ...sources, ...LEGACY, '--out', path('cubes.pack'));
    expect(packing.stderr).toContain(`20 pictures flagged ${tiny}`);
    ImageStore.use(path('cubes.pack'), (store) => {
      expect([store.count, store.read(0).length]).toEqual([20, 212 * 212 * 3]);
      expect(store.read(0)).toBeInstanceOf(Uint16Array);
    });
    const flags = [...SMALL, '--validation', '0.2'];
    const { stderr } = await succeed(
      'train',
      '--data',
      path('cubes.pack'),
      '--out',
      path('packed'),
      ...flags,
    );
    expect(stderr).toContain(`20 pictures flagged ${tiny} (${ids.slice(0, 3).join(', ')} and 17 more)`);
    const scored = await succeed('evaluate', '--run', path('packed'), '--part', 'validation');
    expect(scored.stderr).toContain(`4 pictures flagged ${tiny}`);
    const weights = (run: string) => readFileSync(path(run, 'checkpoint', 'last.safetensors'));
    expect(weights('packed').equals(weights('run'))).toBe(true);
    const other = ['--data', path('cubes.pack'), '--stretch', 'log', '--out', path('no')];
    expect(await runHere(['train', ...other, ...flags])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--stretch log: has no effect: the pictures of --data'),
    });
  });

  it('is kept when its run is fine-tuned, which refuses another field', async () => {
    const flags = ['train', '--model', path('run'), '--solutions', table, '--images', cubes];
    const short = ['--epochs', '1', '--batch', '20', '--validation', '0', '--threads', '1'];
    await succeed(...flags, '--out', path('tuned'), ...short);
    const [own, tuned] = ['run', 'tuned'].map((run) =>
      JSON.parse(readFileSync(path(run, 'config.json'), 'utf8')),
    );
    expect(tuned.preprocessing).toEqual(own.preprocessing);
    expect(tuned.training).toMatchObject({ stretch: own.preprocessing.stretch, field: 16 });
    expect(await runHere([...flags, '--out', path('no'), '--field', '20'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--field 20: gives bands g,r,z'),
    });
  });

  it('is refused with changes of colour', async () => {
    for (const [flags, problem] of [
      [['--colour-jitter', '0.1'], '--colour-jitter 0.1: changes only pictures of 8 bits'],
      [['--augmentation', 'august'], '--augmentation august: draws only pictures of 8 bits'],
    ] as const) {
      const outcome = await runHere(training(cubes, 'no', ...LEGACY, ...flags));
      expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) });
    }
  });
});

it.each([
  ['--bands', ['--stretch', 'asinh'], 'expected one band, brightness, got 3'],
  ['--hdu', ['--stretch', 'legacy', '--hdu', '3'], 'there is no HDU "3", only HDU 0 an image'],
])('names %s if no picture fits it', async (flag, flags, problem) => {
  const packing = ['pack', '--solutions', table, '--images', cubes, ...flags, '--out', path('no.pack')];
  const { code, stderr } = await runHere(packing);
  expect(code).toBe(2);
  expect(stderr).toContain(`--max-bad 0.01: 10 of 20 pictures cannot be read: ${problem} (`);
  expect(stderr).toMatch(new RegExp(` and 7 more\\); check ${flag}\n$`));
});

describe('a network with a stretch', () => {
  it('predicts and explains from its file, as from the run', async () => {
    await succeed('export', '--run', path('run'), '--out', path('model.safetensors'));
    const zipped = { [`${ids[0]}.fits.gz`]: gzipSync(cube(ids[0]!)) };
    await succeed(
      'predict',
      '--model',
      path('model.safetensors'),
      '--images',
      fill('one', zipped),
      '--out',
      path('one.csv'),
    );
    await succeed('predict', '--run', path('run'), '--images', cubes, '--out', path('all.csv'));
    const near = ['--images', path('one'), '--pixel-scale', '0.2', '--out', path('near.csv')];
    expect((await succeed('predict', '--run', path('run'), ...near)).stderr).toContain(
      `1 picture flagged padded: the picture shows less sky than the field`,
    );
    const [one, all] = ['one.csv', 'all.csv'].map((name) => readFileSync(path(name), 'utf8').split('\n'));
    expect(all).toHaveLength(22);
    expect(all).toContain(one![1]);
    const scores = ['--run', path('run'), '--part', 'validation'];
    expect((await succeedWithJson('evaluate', ...scores)).centralPixelRmse).toBeGreaterThan(0);
    await succeed(
      'explain',
      '--run',
      path('run'),
      '--image',
      join(cubes, `${ids[0]}.fits`),
      '--out',
      path('why.png'),
      '--deletion',
    );
    const { channels } = await sharp(path('why.png')).stats();
    expect(channels[0]!.stdev).toBeGreaterThan(5);
  });

  it('reads each band from a file of its own', async () => {
    const [id] = ids;
    const separate = ['g', 'r', 'z'].map((name, i) => {
      return [`${id}-${name}.fits`, primary(-32, [SIDE, SIDE], band(id!, [0.2, 0.5, 0.9][i]!), WCS)];
    });
    const folder = fill('separate', Object.fromEntries(separate));
    const flags = ['--images', folder, '--band-files', '{name}-{band}.fits', '--out', path('bands.csv')];
    writeFileSync(join(folder, `${id}-i.fits`), '');
    writeFileSync(join(folder, 'mask.fits.gz'), '');
    const { stderr } = await succeed('predict', '--run', path('run'), ...flags);
    expect(stderr).toContain(
      `${folder}: 2 files skipped: 1 .fits, 1 .fits.gz; files such as ${id}-i.fits do not match {name}-{band}.fits`,
    );
    const [row] = readFileSync(path('bands.csv'), 'utf8').split('\n').slice(1);
    expect(readFileSync(path('all.csv'), 'utf8')).toContain(`${row}\n`);
    writeFileSync(join(folder, `${id}-z.fits`), primary(-32, [30, 30], band(1, 1, 30), WCS));
    expect(await runHere(['predict', '--run', path('run'), ...flags])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `bands of different sizes: g (${id}-g.fits) has 40×40 pixels, z (${id}-z.fits) 30×30`,
      ),
    });
    rmSync(join(folder, `${id}-z.fits`));
    expect(await runHere(['predict', '--run', path('run'), ...flags])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${id}: the file of its band z is missing`),
    });
  });

  it('reports the HDU that it reads, and takes another', async () => {
    const bytes = Buffer.concat([noData(), cube(5).subarray(0)]);
    const extension = Buffer.from(bytes);
    extension.write("XTENSION= 'IMAGE   '".padEnd(80), noData().length);
    const folder = fill('extension', { '5.fits': extension });
    const flags = ['--run', path('run'), '--images', folder, '--out', path('hdu.csv')];
    const { stderr } = await succeed('predict', ...flags);
    expect(stderr).toContain('read the first HDU with an image: HDU 1 in 1 file\n');
    expect((await succeed('predict', ...flags, '--hdu', '1')).stderr).not.toContain('the first HDU');
    writeFileSync(join(folder, '7.fits'), cube(7));
    expect((await succeed('predict', ...flags)).stderr).toContain(
      'read the first HDU with an image: HDU 0 in 1 file, HDU 1 in 1\n',
    );
    rmSync(join(folder, '7.fits'));
    expect(await runHere(['predict', ...flags, '--hdu', 'SCI'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/5\.fits: there is no HDU "SCI", .*; check --hdu\n$/),
    });
  });

  it.each<[string, string, () => Uint8Array | Promise<Uint8Array>, string]>([
    ['too wide', 'fits', () => primary(16, [2e9, 2e9], new Uint8Array()), 'is it truncated?'],
    ['cut', 'fits', () => cube(7).subarray(0, 2880 * 3), 'is it truncated?'],
    [
      'with an empty band',
      'fits',
      () => {
        const nan = Buffer.alloc(4 * SIDE * SIDE, Buffer.from([0x7f, 0xc0, 0, 0]));
        return primary(-32, [SIDE, SIDE, 3], Buffer.concat([band(1, 1), nan, band(1, 1)]), WCS);
      },
      'band r has no value: all its pixels are NaN',
    ],
    [
      'of one band',
      'fits',
      () => primary(-32, [SIDE, SIDE], band(1, 1), WCS),
      'expected 3 bands, g,r,z, got 1; check --band-files\n',
    ],
    [
      'with a table',
      'fits',
      () => Buffer.concat([noData(), binaryTable({ TFIELDS: 0 }, new Uint8Array())]),
      'expected an image',
    ],
    [
      'without a scale',
      'fits',
      () => primary(-32, [SIDE, SIDE, 3], Buffer.alloc(4 * SIDE * SIDE * 3, 1)),
      'a field of 16 arcsec needs it; check --pixel-scale\n',
    ],
    ['in PLIO tiles', 'fits.fz', () => tiled('PLIO_1'), 'compressed with "PLIO_1"; expected RICE_1'],
    ['in HCOMPRESS tiles', 'fits.fz', () => tiled('HCOMPRESS_1'), 'compressed with "HCOMPRESS_1"; expected'],
    ['of compress', 'fits', () => Uint8Array.of(0x1f, 0x9d, 0x90, 0), 'LZW, .Z'],
    [
      'of 8 bits',
      'png',
      () =>
        sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
          .png()
          .toBuffer(),
      'got 8 bits',
    ],
  ])('refuses a picture %s', async (_, extension, bytes, problem) => {
    const folder = fill('bad', { [`1.${extension}`]: await bytes() });
    const outcome = await runHere([
      'predict',
      '--run',
      path('run'),
      '--images',
      folder,
      '--out',
      path('bad.csv'),
    ]);
    rmSync(folder, { recursive: true });
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) });
  });
});

describe('FITS for a network of 8 bits', () => {
  const predicted = (out: string, ...flags: string[]) =>
    runHere(['predict', '--images', cubes, '--limit', '2', '--out', path(out), '--quiet', ...flags]);

  it('is predicted by the model in the package with --stretch', async () => {
    expect((await predicted('shown.csv', '--stretch', 'legacy:Q=5')).code).toBe(0);
    expect((await predicted('linear.csv', '--stretch', 'linear')).code).toBe(0);
    const [shown, linear] = ['shown.csv', 'linear.csv'].map((name) => readFileSync(path(name), 'utf8'));
    expect(shown!.trimEnd().split('\n')).toHaveLength(3);
    expect(linear).not.toBe(shown);
  });

  it('is refused without, with a wrong stretch, and by a network that has its own', async () => {
    expect(await predicted('no.csv')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('raw values need a stretch'),
    });
    const wrong = await predicted('no.csv', '--stretch', 'bright');
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--stretch bright: expected one of linear'),
    });
    const own = await predicted('no.csv', '--run', path('run'), '--stretch', 'linear');
    expect(own).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the network has a stretch of its own'),
    });
  });
});

describe('pictures of 16 bits', () => {
  it('are stretched, of one band or several, PNG or TIFF', async () => {
    const grey = (id: number) => {
      const values = Uint16Array.from(
        { length: 50 * 50 },
        (_, i) => 200 + ((i * id) % 97) + (i % 50 === 25 ? 900 : 0),
      );
      return sharp(values, { raw: { width: 50, height: 50, channels: 1 } }).toColourspace('grey16');
    };
    const files: Record<string, Uint8Array> = {};
    for (const [i, id] of ids.entries()) {
      const isTiff = i % 2 === 0;
      files[`${id}.${isTiff ? 'tif' : 'png'}`] = await (isTiff
        ? grey(id).tiff({ compression: 'deflate' })
        : grey(id).png()
      ).toBuffer();
    }
    await succeed(
      ...training(fill('grey', files), 'grey run', ...NAMED, '--stretch', 'asinh', '--bands', 'r'),
    );
    const { preprocessing, network } = JSON.parse(readFileSync(path('grey run', 'config.json'), 'utf8'));
    expect([preprocessing.bands, network.input.channels]).toEqual([['r'], 1]);
    const flags = ['--run', path('grey run'), '--images', path('grey'), '--out', path('grey.csv')];
    await succeed('predict', ...flags);
    const rows = readFileSync(path('grey.csv'), 'utf8').trimEnd().split('\n').slice(1);
    expect(new Set(rows.map((row) => row.replace(/^\d+/, ''))).size).toBeGreaterThan(10);
    const { stderr } = await succeed(
      'explain',
      '--run',
      path('grey run'),
      '--image',
      path('grey'),
      '--limit',
      '2',
      '--out',
      path('maps'),
    );
    expect(stderr).toContain('2 pictures flagged tiny: a side has fewer than 64 pixels');
  });

  describeWithShared('real cutouts', () => {
    it('are predicted, the same from whatever tiles; other tiles are skipped', async () => {
      const folder = sharedPath('data/fits/');
      const whole = ['hstx2366y9367.r', 'GDS_deep2_10006_h', 'M51', 'm13', 'm13_gzip', 'm13_rice', 'slice'];
      const files = [...whole, 'm13_plio', 'm13_hcomp'].map((name) => `${folder}${name}.fits`);
      writeFileSync(path('real.txt'), files.join('\n'));
      const flags = ['--run', path('grey run'), '--images', path('real.txt'), '--max-bad', '0.25'];
      const { stderr } = await succeed('predict', ...flags, '--out', path('real.jsonl'));
      const rows = readFileSync(path('real.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((row) => JSON.parse(row));
      const byId = new Map(rows.map(({ GalaxyID, ...others }) => [GalaxyID, others]));
      expect([...byId.keys()].sort()).toEqual(whole.toSorted());
      expect(byId.get('m13_gzip')).toEqual(byId.get('m13'));
      expect(byId.get('m13_rice')).toEqual(byId.get('m13'));
      expect(new Set([...byId.values()].map((row) => JSON.stringify(row))).size).toBe(5);
      expect(stderr).toContain('m13_plio.fits: skipped: HDU 1');
      expect(stderr).toContain(
        'compressed with "HCOMPRESS_1"; expected RICE_1, GZIP_1, GZIP_2 or NOCOMPRESS',
      );
      expect(stderr).toContain('read the first HDU with an image: HDU 0 in 5 files, HDU 1');
    });
  });

  it('refuses flags without effect', async () => {
    for (const [flags, problem] of [
      [['--bands', 'g,r'], '--bands g,r: requires --stretch'],
      [['--hdu', '1'], '--hdu 1: has no effect on pictures of 8 bits'],
      [['--pixel-scale', '0.5'], '--pixel-scale 0.5: has no effect: frames have no field'],
      [['--stretch', 'asinh:Q=1'], '--stretch asinh:Q=1: expected asinh:low=…, high=…, a=…, got Q=1'],
    ] as const) {
      const outcome = await runHere(training(cubes, 'no', ...flags));
      expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) });
    }
    expect(await runHere(training(cubes, 'no'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected pictures of 8 bits, as raw values need a stretch'),
    });
  });
});
