/** `tuningfork show` from the command line: pages and pictures of galaxies by class. */
import { readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, runHere, succeed, succeedWithJson, temporaryFolder } from './command.ts';
import { galaxyIds, solutionsTable, writeSky } from './galaxies.ts';

const ids = galaxyIds(40);
const { path, remove } = temporaryFolder();
const sky = path('sky');

interface Shown {
  galaxies: number;
  reached: number[];
  answers: { name: string; leading: number; meanFraction: number; histogram: number[] }[];
  classes: { name: string; answer: string; count: number; galaxies: { id: number; fraction: number }[] }[];
  leftOut: { name: string; reason: string }[];
}
const idsOf = ({ classes }: Shown) => classes.flatMap(({ galaxies }) => galaxies.map(({ id }) => id));

beforeAll(() => writeSky(sky, ids));
afterAll(remove);

describe('show', () => {
  it('writes a page with pictures and statistics', async () => {
    const out = path('sky.html');
    const shown: Shown = await succeedWithJson('show', '--data', sky, '--out', out, '--per-class', '2');
    expect(shown).toMatchObject({ galaxies: 40, leftOut: [] });
    expect(shown.reached[0]).toBe(40);
    expect(shown.answers).toHaveLength(37);
    expect(shown.classes.length).toBeGreaterThan(10);
    const html = readFileSync(out, 'utf8');
    const images = html.match(/<img src="data:image\/jpeg;base64,[^"]{500,}"/g);
    expect(images).toHaveLength(idsOf(shown).length);
    for (const id of idsOf(shown)) expect(html).toContain(`<h4>${id}</h4>`);
    expect(new Set(idsOf(shown)).size).toBe(idsOf(shown).length);
  });

  it.each(['png', 'svg'])('writes the pictures as .%s', async (format) => {
    const out = path(`sky.${format}`);
    const { stdout } = await succeed('show', '--data', sky, '--out', out, '--quiet');
    expect(stdout).toMatch(/^40 galaxies by class\n/);
    expect(await sharp(out).metadata()).toMatchObject({ format });
  });

  it('draws other galaxies with a seed, the same each time', async () => {
    const draw = async (...flags: string[]) =>
      idsOf(
        await succeedWithJson(
          'show',
          '--data',
          sky,
          '--out',
          path('drawn.html'),
          '--per-class',
          '1',
          ...flags,
        ),
      );
    const [highest, one, again, two] = await Promise.all(
      [[], ['1'], ['1'], ['2']].map((seed) => draw(...seed.flatMap((each) => ['--seed', each]))),
    );
    expect(again).toEqual(one);
    expect(new Set([highest, one, two].map(String)).size).toBe(3);
  });

  it('accepts a packed file, and shows the same', async () => {
    await succeed('pack', '--data', sky, '--out', path('sky.store'), '--quiet');
    const [packed, plain]: Shown[] = await Promise.all(
      [path('sky.store'), sky].map((data, i) =>
        succeedWithJson('show', '--data', data, '--out', path(`packed-${i}.html`)),
      ),
    );
    expect({ ...packed, out: '' }).toEqual({ ...plain, out: '' });
  });

  it('opens only the pictures that it shows, and reports those that cannot be read', async () => {
    const broken = path('broken');
    await writeSky(broken, ids);
    for (const id of ids) writeFileSync(`${broken}/images_training_rev1/${id}.jpg`, 'no picture');
    const flags = ['--out', path('broken.html'), '--per-class', '1'];
    const shown: Shown = await succeedWithJson('show', '--data', broken, ...flags);
    expect(shown.leftOut.map(({ name }) => Number(name)).sort()).toEqual(idsOf(shown).sort());
    expect(shown.leftOut[0]!.reason).toContain('not a JPEG, PNG, TIFF, WebP or FITS file');
    expect(readFileSync(path('broken.html'), 'utf8')).not.toContain('<img');
  });

  it('accepts the user’s own tables', async () => {
    writeFileSync(path('few.csv'), solutionsTable(ids.slice(0, 3)));
    const shown: Shown = await succeedWithJson(
      ...[
        'show',
        '--solutions',
        path('few.csv'),
        '--images',
        `${sky}/images_training_rev1`,
        '--out',
        path('few.html'),
      ],
    );
    expect(shown.galaxies).toBe(3);
  });

  it.each([
    [['--out', 'x.pdf'], '--out x.pdf: expected a name that ends in .html, .svg or .png'],
    [['--out', 'x.html', '--per-class', '0'], '--per-class 0: expected 1 or more'],
    [['--out', 'x.html', '--seed', '1.5'], '--seed 1.5: expected a whole number'],
    [[], "required option '--out <FILE>' not specified"],
  ])('refuses %j', async (flags, message) => {
    const before = filesBelow(path());
    const outcome = await runHere(['show', '--data', sky, ...flags]);
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: `tuningfork: ${message}\n` });
    expect(filesBelow(path())).toEqual(before);
  });

  it('refuses to show nothing', async () => {
    const outcome = await runHere(['show', '--out', path('none.html'), '--quiet']);
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--data: expected a folder, or --solutions'),
    });
  });
});
