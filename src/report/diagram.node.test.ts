import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { DIAGRAMS } from '../../test/fixtures/diagram.ts';
import { networkDiagram } from './diagram.ts';

describe.each(Object.entries(DIAGRAMS))('the diagram of %s', (name, diagram) => {
  const svg = networkDiagram(diagram);
  const [, width, height] = svg.match(/width="(\d+)" height="(\d+)"/)!.map(Number);

  it('is drawn as reviewed', async () => {
    await expect(svg).toMatchFileSnapshot(`__snapshots__/${name}.svg.txt`);
  });

  it('is an image of its size', async () => {
    expect(await sharp(Buffer.from(svg)).metadata()).toMatchObject({ format: 'svg', width, height });
  });

  it('stays within its borders, and keeps captions apart', () => {
    const numbers = (pattern: RegExp) =>
      [...svg.matchAll(pattern)].map((found) => found.slice(1).map(Number));
    for (const [x, y] of numbers(/ (?:x|x1|cx)="([^"]+)" (?:y|y1|cy)="([^"]+)"/g)) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThan(width!);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThan(height!);
    }
    // Centred texts of a row must not touch; Helvetica's letters are about 0.56 of the font size wide.
    const captions = svg.slice(svg.indexOf('<g text-anchor="middle">'));
    const rows = new Map<string, { left: number; right: number }[]>();
    for (const [, x, y, text] of captions.matchAll(/<text x="([^"]+)" y="([^"]+)"[^>]*>([^<]*)</g)) {
      const half = (text!.replace(/&\w+;/g, '.').length * 14 * 0.56) / 2;
      rows.set(y!, [...(rows.get(y!) ?? []), { left: Number(x) - half, right: Number(x) + half }]);
    }
    for (const row of rows.values()) {
      row.slice(1).forEach(({ left }, i) => {
        expect(left).toBeGreaterThan(row[i]!.right);
      });
    }
  });
});

describe('networkDiagram', () => {
  it('escapes names', () => {
    const svg = networkDiagram(DIAGRAMS.one!);
    expect(svg).not.toMatch(/<(script|b|none)>/);
    expect(svg).toContain('a &amp; &lt;b&gt;');
    expect(svg).not.toContain('\u0007');
  });

  it('refuses a network without layers', () => {
    const empty = { title: 'empty', input: { size: 8, channels: 3 }, layers: [], head: 'none' };
    expect(() => networkDiagram(empty)).toThrow('empty: expected at least one layer to draw, got none');
  });

  it('draws a network that ends in maps', () => {
    const output = { kind: 'map', size: 4, channels: 2 } as const;
    const layers = [{ name: 'conv1', kind: 'convolution', labels: [''], kernel: 9, output }];
    const svg = networkDiagram({ title: '', input: { size: 4, channels: 1 }, layers, head: '' });
    expect(svg).not.toContain('NaN');
  });
});
