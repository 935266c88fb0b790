/** A small chart of a deletion: the score of an answer as the picture is taken away in three orders. */
import type { Deletion } from './deletion.ts';

/** The curves, their colours and names. */
export const DELETION_CURVES = [
  { key: 'random', colour: '#8b949e', name: 'at random' },
  { key: 'middle', colour: '#58a6ff', name: 'the middle first' },
  { key: 'map', colour: '#f98e09', name: "the map's brightest first" },
] as const;

const MARGIN = { left: 46, right: 26, top: 84, bottom: 44 };

/** A round number at or above the largest value, for the axis. @example niceTop(0.23) // 0.25 */
function niceTop(largest: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(largest, 1e-6)));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * unit).find((top) => top >= largest)!;
}

const tidy = (value: number) => String(Number(value.toPrecision(3)));

/**
 * The chart as SVG elements, in a square of side `size` whose corner is the origin. Its lines stand without the texts.
 * @example deletionChart(deletion, 384) // '<rect …/><polyline …/>…'
 */
export function deletionChart(deletion: Deletion, size: number): string {
  const [width, height] = [size - MARGIN.left - MARGIN.right, size - MARGIN.top - MARGIN.bottom];
  const top = niceTop(Math.max(...DELETION_CURVES.flatMap(({ key }) => deletion[key])));
  const x = (share: number) => (MARGIN.left + share * width).toFixed(1);
  const y = (score: number) => (MARGIN.top + (1 - score / top) * height).toFixed(1);
  const points = (curve: readonly number[]) =>
    curve.map((score, step) => `${x(deletion.removed[step]!)},${y(score)}`);
  const grid = [0, 0.5, 1].map(
    (share) =>
      `<line x1="${x(0)}" x2="${x(1)}" y1="${y(share * top)}" y2="${y(share * top)}" stroke="#30363d"/>` +
      `<text x="${MARGIN.left - 8}" y="${Number(y(share * top)) + 4}" text-anchor="end">${tidy(share * top)}</text>`,
  );
  const ticks = [0, 0.5, 1].map(
    (share) => `<text x="${x(share)}" y="${size - 26}" text-anchor="middle">${share * 100} %</text>`,
  );
  const between = [...points(deletion.random), ...points(deletion.map).toReversed()].join(' ');
  const lines = DELETION_CURVES.map(
    ({ key, colour }) =>
      `<polyline points="${points(deletion[key]).join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round"/>`,
  );
  const legend = DELETION_CURVES.map(
    ({ colour, name }, i) =>
      `<line x1="${MARGIN.left}" x2="${MARGIN.left + 20}" y1="${17 + 20 * i}" y2="${17 + 20 * i}" stroke="${colour}" stroke-width="2.5"/>` +
      `<text x="${MARGIN.left + 28}" y="${21 + 20 * i}" fill="${colour}">${name}</text>`,
  );
  return [
    `<rect width="${size}" height="${size}" rx="4" fill="#161b22"/>`,
    `<polygon points="${between}" fill="#f98e09" fill-opacity="0.14"/>`,
    ...grid,
    ...ticks,
    ...lines,
    ...legend,
    `<text x="${x(0.5)}" y="${size - 8}" text-anchor="middle">of the picture taken away</text>`,
  ].join('\n');
}
