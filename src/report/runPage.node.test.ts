import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { filesBelow, temporaryFolder } from '../../test/command.ts';
import { BEGUN, RUN, SKY } from '../../test/fixtures/runReport.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { pngOfSvg, thumbnail } from '../node/drawing/pixels.ts';
import { writeRunReport } from '../tasks/runPage.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { chartFile } from './chart.ts';
import { type RunReport, runCharts, runPage } from './runPage.ts';
import { histogramChart, skyPage, skySheet } from './skyPage.ts';

/** One tag per line, so that diffs are readable. Saved as .txt, because Biome would check Plot's style sheet in .svg. */
const inLines = (markup: string) => `${markup.replaceAll('><', '>\n<')}\n`;

const charts = [
  ...Object.values(runCharts(RUN, nodeDrawing())).flat(),
  histogramChart(GALAXY_ZOO_2, SKY.statistics, nodeDrawing()),
];

describe.each(['history-rmse', 'standing', 'rmse-by-question', 'confusion-1', 'calibration-7', 'fractions'])(
  'the chart %s',
  (name) => {
    it('is drawn as reviewed', async () => {
      const { svg } = charts.find((chart) => chart.name === name)!;
      await expect(inLines(svg)).toMatchFileSnapshot(`__snapshots__/${name}.svg.txt`);
    });
  },
);

describe('the charts of a run as files', () => {
  it('have different names', () => {
    const names = charts.map(({ name }) => name);
    expect(names).toHaveLength(3 + 1 + 2 + 11 + 11 + 1);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  });

  it('have no variables for colours', () => {
    for (const chart of charts) expect(chartFile(chart)).not.toMatch(/var\(|currentColor|<style|url\(/);
  });

  it('keep their colours in a PNG, on white', async () => {
    const chart = charts.find(({ name }) => name === 'history-rmse')!;
    const png = await pngOfSvg(chartFile(chart));
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.channels]).toEqual([2 * (720 + 32), 3]);
    const colours = new Set<number>();
    for (let i = 0; i < data.length; i += 3) colours.add(data.readUIntBE(i, 3));
    expect(data.readUIntBE(0, 3)).toBe(0xffffff);
    for (const colour of [0x1b2333, 0xc2410c, 0x1d63c9]) expect(colours).toContain(colour);
  });

  it('are refused without a size', () => {
    expect(() => chartFile({ name: 'a', title: 'A', caption: '', svg: '<svg height="1">' })).toThrow(
      'A: expected an SVG with a width, got <svg height="1">',
    );
  });
});

describe('the page of a run', () => {
  const drawn = (report: RunReport) => runPage(report, nodeDrawing());
  const headings = (html: string) => [...html.matchAll(/<h2>([^<]*)</g)].map(([, text]) => text);

  it('has all parts of the report', () => {
    const html = drawn(RUN);
    expect(headings(html)).toEqual([
      'Scores',
      'Training',
      'Questions and answers',
      'By question and answer',
      'Leading answers',
      'Calibration',
      'Galaxies',
      'Network',
      'Settings',
    ]);
    expect(html).toContain('12 of 16 epochs trained in 12 min 00 s. Written 2026-11-23 01:28 UTC.');
    expect(html).toContain('95 % interval 0.10120 – 0.11040');
    expect(html).not.toContain('http-equiv="refresh"');
    expect(html.match(/<article>/g)).toHaveLength(6);
  });

  it('shows the history while training runs, and reloads', () => {
    const html = drawn(BEGUN);
    expect(headings(html)).toEqual(['Training']);
    expect(html).toContain('The training is running: 2 of 16 epochs are done. Written 2026-11-23 01:29 UTC.');
    expect(html).toContain('<meta http-equiv="refresh" content="60">');
    expect(html, 'an absent curve has no name').not.toContain('averaged weights</li>');
  });

  it('can be drawn before the first epoch', () => {
    const { title, tree, writtenAt } = BEGUN;
    const html = drawn({ title, tree, writtenAt, isTraining: true });
    expect(headings(html)).toEqual([]);
    expect(html).toContain('the first epoch is not done yet');
    expect(drawn({ title, tree, writtenAt })).toContain(
      '<p>Written 2026-11-23 01:29 UTC. Not scored yet.</p>',
    );
  });

  it.each([1, 2, 3, 7, 240])('draws a history of %i epochs', (count) => {
    const history = Array.from({ length: count }, (_, i) => ({ ...RUN.history![0]!, epoch: i + 1 }));
    const html = drawn({ title: '', tree: RUN.tree, writtenAt: RUN.writtenAt, history });
    expect(html).not.toMatch(/NaN|undefined/);
    const [axis] = html.match(/<g [^>]*aria-label="x-axis tick label".*?<\/g>/s)!;
    const ticks = [...axis.matchAll(/>(\d+)<\/text>/g)].map(([, text]) => Number(text));
    expect(ticks.length).toBeLessThan(10);
    expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b));
  });

  it('can be drawn with values that are not finite', () => {
    const history = [RUN.history![0]!, { ...RUN.history![1]!, loss: Number.NaN, rmse: Number.NaN }];
    expect(drawn({ title: '', tree: RUN.tree, writtenAt: RUN.writtenAt, history })).not.toMatch(
      /[MLd]="?[^"]*NaN/,
    );
  });

  it.each([
    ['a time', { writtenAt: 'today' }, 'expected a time in ISO 8601, got today'],
    [
      'a picture',
      {
        examples: {
          best: [{ ...RUN.examples!.best[1]!, image: 'http://x/"y.jpg' }],
          worst: [],
          uncertain: [],
        },
      },
      '100001: expected a picture as a data: URI, got http://x/"y.jpg',
    ],
  ])('refuses an invalid value for %s', (_, change, message) => {
    expect(() => drawn({ ...RUN, ...change })).toThrow(RangeError);
    expect(() => drawn({ ...RUN, ...change })).toThrow(message);
  });

  it.each([
    ['of a run', drawn(RUN)],
    ['of a training', drawn(BEGUN)],
    ['of a sky', skyPage(SKY, nodeDrawing())],
  ])('%s refers to nothing outside, and escapes names', (_, html) => {
    expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:/);
    expect(html).not.toMatch(/<(script|iframe|object|embed|predictor|here)\b|<b>/);
    expect(html).not.toMatch(/@import|url\((?!#glow)/);
    for (const [image] of html.matchAll(/<img [^>]*>/g)) expect(image).toMatch(/ src="data:image/);
  });
});

describe('writeRunReport', () => {
  const { path, remove } = temporaryFolder();
  afterAll(remove);

  it('writes the page, and the charts as SVG and PNG', async () => {
    const run = path('run');
    const written = await writeRunReport(run, RUN);
    const files = filesBelow(run);
    expect(written.map((each) => each.slice(run.length + 1)).sort()).toEqual(files);
    expect(files).toHaveLength(1 + 2 * 29);
    const svg = readFileSync(path('run', 'charts', 'network.svg'));
    const png = await sharp(path('run', 'charts', 'network.png')).metadata();
    expect(png.width).toBe(2 * (await sharp(svg).metadata()).width);
  });

  it('writes only the page if asked to', async () => {
    await writeRunReport(path('begun'), BEGUN, { pageOnly: true });
    expect(readdirSync(path('begun'))).toEqual(['report.html']);
  });
});

describe('the pictures of a sky', () => {
  it('are a picture of all galaxies', async () => {
    const sheet = skySheet(SKY);
    const galaxies = SKY.classes.flatMap((each) => each.galaxies);
    expect(galaxies.length).toBeGreaterThan(10);
    for (const { id } of galaxies) expect(sheet).toContain(`>${id}<`);
    expect(sheet.match(/<image /g)).toHaveLength(galaxies.filter(({ image }) => image !== undefined).length);
    const { data } = await sharp(await pngOfSvg(sheet))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data.includes(Buffer.from([0xff, 0, 0])), 'the red pixel, enlarged').toBe(true);
  });

  it('are refused if there are none', () => {
    const classes = SKY.classes.map((each) => ({ ...each, galaxies: [] }));
    expect(() => skySheet({ ...SKY, classes })).toThrow(
      'A made-up sky: expected a class with an example, got none',
    );
  });

  it('show the centre of a picture', async () => {
    const pixels = new Uint8Array(424 * 424 * 3);
    const [first, last] = [(424 - 256) / 2, (424 + 256) / 2];
    for (let y = first; y < last; y++) pixels.fill(200, (y * 424 + first) * 3, (y * 424 + last) * 3);
    const image = await thumbnail(pixels, 64);
    const jpeg = Buffer.from(image.slice(image.indexOf(',') + 1), 'base64');
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([64, 64]);
    expect(Math.min(...data), 'no black border').toBeGreaterThan(195);
    expect(await thumbnail(Uint8Array.of(9, 9, 9), 64)).toContain('data:image/jpeg');
    await expect(thumbnail(new Uint8Array(10), 64)).rejects.toThrow(
      'expected [side, side, 3] pixels, got 10 bytes',
    );
  });
});
