/** Diagrams of modules: those of docs/attention.md, which `npx vitest run src/report/moduleDiagram -u` redraws. */
import { describe, expect, it } from 'vitest';
import { ATTENTIONS } from '../engine/nn/attention.ts';
import { modulePanel } from './moduleDiagram.ts';
import { svgFile, textWidth } from './svg.ts';

const cbam = ATTENTIONS.cbam.module!({ reduction: 4 })!;
const paper = ATTENTIONS.cbam.module!({ reduction: 4, residual: false })!;
const ema = ATTENTIONS.ema.module!({ factor: 32 })!;
const [channel, spatial] = cbam.steps.flatMap(({ module }) => module ?? []);
const MODULES = { cbam, 'cbam-paper': paper, 'cbam-channel': channel!, 'cbam-spatial': spatial!, ema };

/** Height of a letter, in pixels. */
const LETTER = 10;

describe.each(Object.entries(MODULES))('the diagram of %s', (name, module) => {
  const panel = modulePanel(module);
  const boxes = [...panel.content.matchAll(/<rect x="(.+?)" y="(.+?)" width="(.+?)" height="(.+?)"/g)]
    .map((found) => found.slice(1).map(Number))
    .map(([x, y, width, height]) => ({ left: x!, right: x! + width!, top: y!, bottom: y! + height! }));

  it('is the one in docs/attention', async () => {
    const svg = svgFile({ ...panel, title: module.title }, panel.content);
    await expect(svg).toMatchFileSnapshot(`../../docs/attention/${name}.svg`);
  });

  it('keeps boxes apart, and text within its box', () => {
    expect(boxes).toHaveLength(module.steps.length);
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        expect(a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top).toBe(true);
      }
    }
    const texts = [...panel.content.matchAll(/<text x="(.+?)" y="(.+?)" text-anchor[^>]*>(.+?)</g)];
    expect(texts.length).toBeGreaterThanOrEqual(2 * module.steps.length);
    for (const [, x, y, text] of texts) {
      const half = textWidth(text!) / 2;
      const within = boxes.some(
        ({ left, right, top, bottom }) =>
          left < Number(x) - half &&
          right > Number(x) + half &&
          top < Number(y) - LETTER &&
          bottom > Number(y) + 4,
      );
      expect(within, text).toBe(true);
    }
  });

  it('draws no arrow across a box', () => {
    const passing = [...panel.content.matchAll(/ ([\d.]+) ([\d.]+)V([\d.]+)/g)];
    for (const [, x, from, to] of passing) {
      for (const { left, right, top, bottom } of boxes) {
        const isBeside = Number(x) < left || Number(x) > right;
        expect(isBeside || Number(to) < top || Number(from) > bottom).toBe(true);
      }
    }
  });
});
