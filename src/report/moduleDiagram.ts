/** A module's steps as a figure: boxes from top to bottom, joined by arrows. */
import type { Module, Step } from '../engine/nn/layer.ts';
import { LIGHT } from './palette.ts';
import { polygon, rectangle, tenths, textWidth, words } from './svg.ts';

/** A part of a figure, with its upper left corner at 0, 0. Sizes are in pixels. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  readonly content: string;
}

/** Pixels. */
const MARGIN = 20;
const TITLE = 38;
const LINE = 18;
const PADDING = 12;
const ROW_GAP = 38;
const COLUMN_GAP = 26;
/** Between two arrows that end at the same box. */
const ARROWS = 22;

/** Fill and stroke. */
const COLOURS = {
  plain: ['#f5f7fb', '#8b97aa'],
  trained: ['#bcd4f6', '#3567b0'],
  module: ['#e2d6f5', '#7a55b3'],
  end: [LIGHT.background, LIGHT.ink],
} as const;

/** A step in its place. Coordinates are in pixels; 0 is the middle of the figure. */
interface Box {
  readonly step: Step;
  /** From 0. */
  readonly row: number;
  readonly x: number;
  readonly width: number;
  readonly lines: readonly string[];
  /** Where its arrows start: below each input if the step is applied to each. */
  readonly starts: readonly number[];
}

const leftOf = ({ x, width }: Box) => x - width / 2;
const rightOf = ({ x, width }: Box) => x + width / 2;

/** The rows of the steps: each just above the first step that reads it, and the input at the top. */
function rowsOf(steps: readonly Step[]): number[] {
  const below = new Map<string, number>(); // the number of rows below the step
  for (const { name } of steps.toReversed()) {
    const readers = steps.filter(({ from }) => from.includes(name));
    below.set(name, Math.max(0, ...readers.map((reader) => below.get(reader.name)! + 1)));
  }
  const last = Math.max(...below.values());
  return steps.map(({ name, from }) => (from.length === 0 ? 0 : last - below.get(name)!));
}

/** The boxes by name. Columns are as narrow as neighbours in a row allow. */
function boxesOf(steps: readonly Step[]): Map<string, Box> {
  const rows = rowsOf(steps);
  const sized = steps.map((step, i) => {
    const lines = [...step.label, step.size ?? 'H × W × C'];
    const width = Math.max(...lines.map((line) => textWidth(line))) + 2 * PADDING;
    return { step, row: rows[i]!, column: step.column ?? 0, lines, width };
  });
  const distances = sized.flatMap((a) =>
    sized
      .filter((b) => b.row === a.row && b.column > a.column)
      .map((b) => ((a.width + b.width) / 2 + COLUMN_GAP) / (b.column - a.column)),
  );
  const widest = Math.max(...sized.filter(({ step }) => !step.isShared).map(({ width }) => width));
  const column = Math.max(widest / 2 + COLUMN_GAP, ...distances);
  const boxes = new Map<string, Box>();
  for (const { step, row, column: place, lines, width } of sized) {
    const inputs = step.isShared ? step.from.map((name) => boxes.get(name)!) : [];
    const [left, right] = [Math.min(...inputs.map(leftOf)), Math.max(...inputs.map(rightOf))];
    boxes.set(step.name, {
      step,
      row,
      lines,
      x: step.isShared ? (left + right) / 2 : place * column,
      width: step.isShared ? Math.max(right - left, width) : width,
      starts: step.isShared ? inputs.map(({ x }) => x) : [place * column],
    });
  }
  return boxes;
}

/** An arrow between two boxes. It passes the rows between them at `x`. */
interface Edge {
  readonly from: Box;
  readonly to: Box;
  readonly start: number;
  readonly x: number;
}

/** All arrows; those that pass rows take the shortest way around the boxes. */
function edgesOf(boxes: ReadonlyMap<string, Box>): Edge[] {
  const edges: Edge[] = [];
  for (const to of boxes.values()) {
    for (const from of to.step.from.map((name) => boxes.get(name)!)) {
      const passed = [...boxes.values()].filter(({ row }) => row > from.row && row < to.row);
      const isBeside = (edge: Edge) => edge.from.row < to.row - 1 && edge.to.row > from.row + 1;
      for (const start of from.starts) {
        const isFree = (x: number) =>
          passed.every((box) => Math.abs(x - box.x) > box.width / 2 + PADDING) &&
          edges.every((edge) => edge.from === from || !isBeside(edge) || Math.abs(x - edge.x) > PADDING);
        const around = [
          Math.min(...passed.map(leftOf)) - COLUMN_GAP,
          Math.max(...passed.map(rightOf)) + COLUMN_GAP,
        ];
        const way = (x: number) => Math.abs(x - start) + Math.abs(x - to.x);
        const ways = [to.x, start, ...around].filter(isFree).sort((a, b) => way(a) - way(b));
        edges.push({ from, to, start, x: passed.length === 0 ? start : ways[0]! });
      }
    }
  }
  return edges;
}

/** A module as a panel with its title. @param layers the layers that contain it; absent: only the title */
export function modulePanel({ title, steps }: Module, layers: readonly string[] = []): Panel {
  const boxes = boxesOf(steps);
  const all = [...boxes.values()];
  const edges = edgesOf(boxes);
  const heading = layers.length === 0 ? title : `${layers.join(', ')}: ${title}`;

  const heightOf = ({ lines }: Box) => lines.length * LINE + 2 * PADDING - 4;
  const tops: number[] = [];
  let bottom = TITLE + MARGIN;
  for (let row = 0; row <= Math.max(...all.map((box) => box.row)); row++) {
    tops.push(bottom);
    bottom += Math.max(...all.filter((box) => box.row === row).map(heightOf)) + ROW_GAP;
  }
  const ends = [...edges.map(({ x }) => x), ...all.flatMap((box) => [leftOf(box), rightOf(box)])];
  const [left, right] = [Math.min(...ends), Math.max(...ends)];
  const width = Math.ceil(Math.max(right - left, textWidth(heading, 16) * 1.06) + 2 * MARGIN);
  const centre = width / 2 - (left + right) / 2;

  const box = (each: Box) => {
    const { step, row, x, width: side, lines } = each;
    const isEnd = step.from.length === 0 || step === steps.at(-1);
    const [fill, stroke] =
      COLOURS[step.module ? 'module' : step.parameters ? 'trained' : isEnd ? 'end' : 'plain'];
    const top = tops[row]!;
    return [
      rectangle(
        centre + x - side / 2,
        top,
        side,
        heightOf(each),
        `rx="8" fill="${fill}" stroke="${stroke}"${isEnd ? ' stroke-width="1.5"' : ''}`,
      ),
      ...lines.map((line, i) =>
        words(
          centre + x,
          top + PADDING + 11 + i * LINE,
          line,
          `text-anchor="middle"${i === lines.length - 1 ? ` fill="${LIGHT.soft}"` : ''}`,
        ),
      ),
    ].join('');
  };
  const arrow = (edge: Edge) => {
    const { from, to, start, x } = edge;
    const arriving = edges.filter((each) => each.to === to).sort((a, b) => a.x - b.x);
    const straight = arriving.findIndex((each) => each.x === to.x);
    const place = arriving.indexOf(edge) - (straight < 0 ? (arriving.length - 1) / 2 : straight);
    const end = centre + (to.step.isShared ? x : to.x + place * ARROWS);
    const [first, last] = [tops[from.row]! + heightOf(from), tops[to.row]!];
    const entered = tops[from.row + 1]!;
    const left = tops[to.row]! - ROW_GAP;
    const curve = (x1: number, y1: number, x2: number, y2: number) => {
      const half = (y1 + y2) / 2;
      return `C${[x1, half, x2, half, x2, y2].map(tenths).join(' ')}`;
    };
    const path =
      to.row === from.row + 1
        ? curve(centre + start, first, end, last - 7)
        : `${curve(centre + start, first, centre + x, entered)}V${tenths(left)}${curve(centre + x, left, end, last - 7)}`;
    return (
      `<path d="M${tenths(centre + start)} ${tenths(first)}${path}" fill="none" stroke="${LIGHT.soft}" stroke-width="1.5"/>` +
      polygon(
        [
          [end, last],
          [end - 4.5, last - 8],
          [end + 4.5, last - 8],
        ],
        `fill="${LIGHT.soft}"`,
      )
    );
  };
  return {
    width,
    height: Math.ceil(bottom - ROW_GAP + MARGIN),
    content: [
      words(MARGIN, MARGIN + 14, heading, 'font-size="16" font-weight="600"'),
      ...edges.map(arrow),
      ...all.map(box),
    ].join('\n'),
  };
}
