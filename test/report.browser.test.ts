/** The pages of comparisons, runs and skies in a real browser: phone and desktop, light and dark. */
import { existsSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeDrawing } from '../src/node/drawing/document.ts';
import { comparisonPage } from '../src/report/comparisonPage.ts';
import { runPage } from '../src/report/runPage.ts';
import { skyPage } from '../src/report/skyPage.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { temporaryFolder } from './command.ts';
import { NASTY, STUDY } from './fixtures/comparison.ts';
import { BEGUN, RUN, SKY } from './fixtures/runReport.ts';

const BROWSER = '/usr/bin/chromium';
const hasBrowser = existsSync(BROWSER);
const skipped = hasBrowser
  ? ''
  : ` (skipped: ${BROWSER} is not here; apt-get install --no-install-recommends chromium)`;

/** Scripts are strings: the compiler knows no DOM here. */
const WIDTHS = '[document.documentElement.scrollWidth, document.documentElement.clientWidth]';
const BODY_COLOURS =
  '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]';
const BOXES = `[...document.querySelectorAll('.scroll')].map((box) => box.getBoundingClientRect().right)`;
const CHART_LETTERS = `Math.min(...[...document.querySelectorAll('.scroll > svg')].map(
  (chart) => 14 * chart.getBoundingClientRect().width / chart.viewBox.baseVal.width))`;
const CHART_INK = `getComputedStyle(document.querySelector('.scroll > svg')).fill`;
const PICTURES = '[...document.images].every((picture) => picture.complete && picture.naturalWidth > 0)';

const PAGES = [
  { title: STUDY.title, html: comparisonPage(GALAXY_ZOO_2, STUDY, nodeDrawing()) },
  { title: NASTY.title, html: comparisonPage(GALAXY_ZOO_2, NASTY, nodeDrawing()) },
  { title: RUN.title, html: runPage(RUN, nodeDrawing()) },
  { title: BEGUN.title, html: runPage(BEGUN, nodeDrawing()) },
  { title: SKY.title, html: skyPage(SKY, nodeDrawing()) },
];

describe.skipIf(!hasBrowser)(`a page, in a browser${skipped}`, () => {
  const { path, remove } = temporaryFolder();
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: BROWSER,
      // Root, as in containers, has no sandbox.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  });
  afterAll(async () => {
    await browser?.close();
    remove();
  });

  it.each(PAGES)('fits every window and paper size, and loads nothing: $title', async ({ title, html }) => {
    const file = path('page.html');
    writeFileSync(file, html);
    const address = pathToFileURL(file).href;
    const page = await browser.newPage();
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(error.message));
    page.on('dialog', (dialog) => heard.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      if (request.url() !== address && !request.url().startsWith('data:')) heard.push(request.url());
    });
    await page.goto(address);
    expect(await page.title()).toBe(title);
    expect(await page.locator('h1').textContent()).toBe(title);
    expect(await page.evaluate<boolean>(PICTURES)).toBe(true);

    for (const width of [360, 1200]) {
      await page.setViewportSize({ width, height: 800 });
      for (const colorScheme of ['light', 'dark'] as const) {
        const label = `${width} px, ${colorScheme}`;
        await page.emulateMedia({ colorScheme });
        const [content, viewport] = await page.evaluate<[number, number]>(WIDTHS);
        expect(viewport, label).toBeLessThanOrEqual(width);
        expect(content, label).toBeLessThanOrEqual(viewport);
        for (const right of await page.evaluate<number[]>(BOXES)) {
          expect(right, label).toBeLessThanOrEqual(width);
        }
        expect(await page.evaluate<number>(CHART_LETTERS), label).toBeGreaterThan(10.5);
        const [background, ink] = await page.evaluate<[string, string]>(BODY_COLOURS);
        const isLight = (colour: string) => Number(colour.match(/\d+/)![0]) > 127;
        expect([isLight(background), isLight(ink)], label).toEqual(
          colorScheme === 'light' ? [true, false] : [false, true],
        );
        expect(await page.evaluate<string>(CHART_INK), 'charts take the colour of text').toBe(ink);
      }
    }

    // A4 at 96 pixels per inch, less margins of 15 mm.
    await page.setViewportSize({ width: 680, height: 1000 });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const [content, paper] = await page.evaluate<[number, number]>(WIDTHS);
    expect(content).toBeLessThanOrEqual(paper);
    expect((await page.evaluate<[string, string]>(BODY_COLOURS))[0]).toBe('rgb(255, 255, 255)');
    expect(heard).toEqual([]);
    await page.close();
  });
});
