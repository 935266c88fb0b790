import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { NASTY, STUDY } from '../../test/fixtures/comparison.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { type Comparison, compareVariants } from './comparison.ts';
import { comparisonCharts, comparisonPage } from './comparisonPage.ts';

/** One tag per line, so that diffs are readable. Saved as .txt, because Biome would check Plot's style sheet in .svg. */
const inLines = (markup: string) => `${markup.replaceAll('><', '>\n<')}\n`;

const svgOf = (comparison: Comparison, name: string) =>
  comparisonCharts(GALAXY_ZOO_2, comparison, nodeDrawing()).find((chart) => chart.name === name)!.svg;

describe.each(['rmse', 'difference', 'question'])('the chart of %s', (name) => {
  it('is drawn as reviewed', async () => {
    await expect(inLines(svgOf(STUDY, name))).toMatchFileSnapshot(`__snapshots__/${name}.svg.txt`);
  });

  it('is a complete file, whatever the names', async () => {
    const svg = svgOf(NASTY, name);
    expect(svg).not.toMatch(/<(script|img)/);
    const { width } = await sharp(Buffer.from(svg)).metadata();
    expect(width).toBe(720);
  });
});

describe('a comparison of more variants than there are colours', () => {
  const [first] = STUDY.variants;
  const many = Array.from({ length: 20 }, (_, i) => ({ ...first!, name: `v${i}` }));
  const html = comparisonPage(GALAXY_ZOO_2, compareVariants('Many', [], many), nodeDrawing());

  it('distinguishes many variants by shape', () => {
    const swatches = html.match(/<li><svg .*?<\/svg>/g)!;
    expect(swatches).toHaveLength(20);
    expect(new Set(swatches).size).toBe(20);
  });
});

describe('the page of a comparison', () => {
  it('has one chart fewer if nothing is compared', () => {
    const [first] = STUDY.variants;
    const alone = compareVariants('Alone', [], [first!]);
    expect(comparisonPage(GALAXY_ZOO_2, alone, nodeDrawing()).match(/<figure>/g)).toHaveLength(2);
    expect(comparisonPage(GALAXY_ZOO_2, STUDY, nodeDrawing()).match(/<figure>/g)).toHaveLength(3);
  });

  it('is the same each time', () => {
    expect(comparisonPage(GALAXY_ZOO_2, STUDY, nodeDrawing())).toBe(
      comparisonPage(GALAXY_ZOO_2, STUDY, nodeDrawing()),
    );
  });

  it.each([
    ['of a study', STUDY],
    ['of nasty names', NASTY],
  ])('%s refers to nothing outside', (_, comparison) => {
    const html = comparisonPage(GALAXY_ZOO_2, comparison, nodeDrawing());
    expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:/);
    expect(html).not.toMatch(/<(script|img|iframe|object|embed)\b/);
    expect(html).not.toMatch(/@import|url\(/);
    expect(html.match(/<link [^>]*>/g)).toEqual(['<link rel="icon" href="data:,">']);
  });
});
