/** Examples by class as one picture: a row a class, GalaxyIDs and fractions below. All is placed by arithmetic. */
import { FONTS, INK, SOFT } from './diagramShapes.ts';
import { escapeMarkup, oneLine } from './escape.ts';
import type { SkyReport } from './skyPage.ts';

/** Pixels. */
const SIDE = 128;
const GAP = 12;
const LABEL = 172;
const MARGIN = 20;
const CAPTION = 24;
const HEAD = 44;
const ROW = SIDE + CAPTION + GAP;

/**
 * Draws the examples of a page as a standalone SVG file, with a white background and the pictures in it.
 *
 * @throws RangeError where no class has an example
 * @example writeFileSync('sky.svg', skySheet(report));
 */
export function skySheet({ title, classes }: SkyReport): string {
  const rows = classes.filter(({ galaxies }) => galaxies.length > 0);
  if (rows.length === 0) throw new RangeError(`${title}: expected a class with an example, got none`);
  const most = Math.max(...rows.map(({ galaxies }) => galaxies.length));
  const width = Math.max(2 * MARGIN + LABEL + most * (SIDE + GAP) - GAP, 480);
  const height = MARGIN + HEAD + rows.length * ROW - GAP + MARGIN;
  const words = (x: number, y: number, text: string, attributes: string) =>
    `<text x="${x}" y="${y}" ${attributes}>${escapeMarkup(oneLine(text))}</text>`;
  const markup = rows.flatMap(({ name, count, answer, galaxies }, i) => {
    const top = MARGIN + HEAD + i * ROW;
    const middle = top + SIDE / 2;
    const pictures = galaxies.flatMap(({ id, image, fraction }, j) => {
      const left = MARGIN + LABEL + j * (SIDE + GAP);
      const place = `x="${left}" y="${top}" width="${SIDE}" height="${SIDE}"`;
      return [
        image === undefined
          ? `<rect ${place} fill="#e5e7eb"/>`
          : `<image ${place} href="${escapeMarkup(image)}"/>`,
        words(left, top + SIDE + 15, String(id), 'font-size="12"'),
        words(
          left + SIDE,
          top + SIDE + 15,
          fraction.toFixed(2),
          `font-size="12" text-anchor="end" fill="${SOFT}"`,
        ),
      ];
    });
    return [
      words(MARGIN, middle, name, 'font-weight="600"'),
      words(
        MARGIN,
        middle + 18,
        `${count.toLocaleString('en-US')}, answer ${answer.replace('Class', '')}`,
        `font-size="12" fill="${SOFT}"`,
      ),
      ...pictures,
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${FONTS}" font-size="14" fill="${INK}">
<title>${escapeMarkup(oneLine(title))}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${words(MARGIN, MARGIN + 16, title, 'font-size="18" font-weight="600"')}
${markup.join('\n')}
</svg>
`;
}
