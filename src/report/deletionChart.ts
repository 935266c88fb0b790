/** A small chart of a deletion: an answer's score while the picture is deleted in three orders. */
import type { Deletion } from '../explain/deletion.ts';
import { DARK } from './palette.ts';
import { line, polygon, rectangle, tenths, words } from './svg.ts';

const CURVES = [
  { key: 'random', colour: DARK.soft, name: 'random order' },
  { key: 'middle', colour: DARK.series[1]!, name: 'centre first' },
  { key: 'map', colour: DARK.series[0]!, name: 'brightest of the map first' },
] as const;

const MARGIN = { left: 46, right: 26, top: 84, bottom: 44 };

/** A round number at or above the largest value, for the axis. @example niceTop(0.23) // 0.25 */
function niceTop(largest: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(largest, 1e-6)));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * unit).find((top) => top >= largest)!;
}

/** The chart as SVG elements in a square of side `size` at the origin. */
export function deletionChart(deletion: Deletion, size: number): string {
  const [width, height] = [size - MARGIN.left - MARGIN.right, size - MARGIN.top - MARGIN.bottom];
  const top = niceTop(Math.max(...CURVES.flatMap(({ key }) => deletion[key])));
  const x = (share: number) => MARGIN.left + share * width;
  const y = (score: number) => MARGIN.top + (1 - score / top) * height;
  const points = (curve: readonly number[]) =>
    curve.map((score, step) => [x(deletion.removed[step]!), y(score)] as const);
  const curve = (key: (typeof CURVES)[number]['key']) =>
    points(deletion[key]).map((point) => point.map(tenths).join(','));
  return [
    rectangle(0, 0, size, size, `rx="4" fill="${DARK.stripe}"`),
    polygon(
      [...points(deletion.random), ...points(deletion.map).toReversed()],
      `fill="${DARK.series[0]}" fill-opacity="0.14"`,
    ),
    ...[0, 0.5, 1].flatMap((share) => [
      line(x(0), y(share * top), x(1), y(share * top), `stroke="${DARK.line}"`),
      words(
        MARGIN.left - 8,
        y(share * top) + 4,
        String(Number((share * top).toPrecision(3))),
        'text-anchor="end"',
      ),
      words(x(share), size - 26, `${share * 100} %`, 'text-anchor="middle"'),
    ]),
    ...CURVES.map(
      ({ key, colour }) =>
        `<polyline points="${curve(key).join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round"/>`,
    ),
    ...CURVES.flatMap(({ colour, name }, i) => [
      line(MARGIN.left, 17 + 20 * i, MARGIN.left + 20, 17 + 20 * i, `stroke="${colour}" stroke-width="2.5"`),
      words(MARGIN.left + 28, 21 + 20 * i, name, `fill="${colour}"`),
    ]),
    words(x(0.5), size - 8, 'share of the picture deleted', 'text-anchor="middle"'),
  ].join('\n');
}
