/** What a figure of a network is made of: stacks of maps, bars of features, and what leads from one to the next. */
import type { Extent } from '../engine/nn/layer.ts';
import { LAYERS, type LayerName } from '../engine/nn/layers.ts';

/** Pixels: the side of the largest map, how far the deepest stack recedes, and what is left of the smallest. */
const SIDE = 150;
const RECESS = 76;
const SMALLEST_SIDE = 14;
/** From so many maps on, all are drawn smaller. */
const FULL_SIZE_MAPS = 6;
const TALLEST_BAR = 190;
const BAR = 15;
/** How far right and up a stack recedes, per pixel of depth. */
const RIGHT = 0.88;
export const UP = 0.48;

export const FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
export const INK = '#1f2937';
export const SOFT = '#64748b';

/** Fill and stroke of what is no layer of ours. */
const COLOURS = {
  input: ['#1e2a4a', '#5f75ad'],
  other: ['#e2d6f5', '#7a55b3'],
} as const;
const layerKind = (kind: string) => (Object.hasOwn(LAYERS, kind) ? LAYERS[kind as LayerName] : undefined);
const coloursOf = (kind: string) =>
  layerKind(kind)?.colours ?? (kind === 'input' ? COLOURS.input : COLOURS.other);

/** A layer's picture in its column; `x`, `y` is the upper left of its front. */
export interface Shape {
  readonly kind: string;
  readonly x: number;
  readonly y: number;
  /** The front. */
  readonly width: number;
  readonly height: number;
  /** How far it recedes. */
  readonly depth: number;
  readonly output: Extent;
}

/** A number of pixels as text, to a tenth. */
export const tenths = (value: number) => String(Math.round(value * 10) / 10);

/** How large things are drawn: areas and depths as roots, so that 3 and 256 channels are both to be seen. */
export class Scale {
  readonly #side: number;
  readonly #depth: number;
  readonly #bar: number;

  constructor(outputs: readonly Extent[]) {
    const maps = outputs.filter((output) => output.kind === 'map');
    const counts = outputs.map((output) => (output.kind === 'features' ? output.count : 1));
    const room = Math.max(0.75, Math.min(1, FULL_SIZE_MAPS / maps.length));
    this.#side = (SIDE * room) / Math.sqrt(Math.max(...maps.map(({ size }) => size)));
    this.#depth = (RECESS * room) / Math.sqrt(Math.max(64, ...maps.map(({ channels }) => channels)));
    this.#bar = (TALLEST_BAR - 30) / Math.log2(Math.max(1024, ...counts) + 1);
  }

  shape(kind: string, output: Extent): Shape {
    const at = { kind, x: 0, y: 0, output };
    if (output.kind === 'map') {
      const side = Math.max(SMALLEST_SIDE, this.#side * Math.sqrt(output.size));
      return { ...at, width: side, height: side, depth: this.#depth * Math.sqrt(output.channels) };
    }
    // Counts of features lie too far apart even for roots.
    return { ...at, width: BAR, height: 30 + this.#bar * Math.log2(output.count + 1), depth: 7 };
  }
}

export const outerWidth = ({ width, depth }: Shape) => width + depth * RIGHT;
export const outerHeight = ({ height, depth }: Shape) => height + depth * UP;

const polygon = (points: readonly (readonly [number, number])[], attributes: string) =>
  `<polygon points="${points.map(([x, y]) => `${tenths(x)},${tenths(y)}`).join(' ')}" ${attributes}/>`;
const line = (x1: number, y1: number, x2: number, y2: number, attributes: string) =>
  `<line x1="${tenths(x1)}" y1="${tenths(y1)}" x2="${tenths(x2)}" y2="${tenths(y2)}" ${attributes}/>`;
export const rectangle = (x: number, y: number, width: number, height: number, attributes: string) =>
  `<rect x="${tenths(x)}" y="${tenths(y)}" width="${tenths(width)}" height="${tenths(height)}" ${attributes}/>`;

/** Maps one behind the other, the last first. */
export function stack({ kind, x, y, width, height, depth, output }: Shape): string {
  const channels = output.kind === 'map' ? output.channels : 1;
  const sheets = Math.max(1, Math.min(channels, Math.round(depth / 5) + 1));
  const [fill, stroke] = coloursOf(kind);
  const drawn = Array.from({ length: sheets }, (_, i) => {
    const back = sheets === 1 ? 0 : (depth * (sheets - 1 - i)) / (sheets - 1);
    return rectangle(x + back * RIGHT, y - back * UP, width, height, `fill="${fill}" stroke="${stroke}"`);
  });
  return drawn.join('');
}

/** A galaxy on the input's front: what these networks look at. */
export function galaxy({ x, y, width, height }: Shape): string {
  const [cx, cy] = [x + width / 2, y + height / 2];
  const ellipse = (rx: number, ry: number, attributes: string) =>
    `<ellipse cx="${tenths(cx)}" cy="${tenths(cy)}" rx="${tenths(width * rx)}" ry="${tenths(height * ry)}" transform="rotate(-24 ${tenths(cx)} ${tenths(cy)})" ${attributes}/>`;
  return ellipse(0.38, 0.2, 'fill="url(#glow)"') + ellipse(0.1, 0.08, 'fill="#fff6df" opacity="0.85"');
}

/** Features as cells one above the other, every other one empty for a sparse kind of layer. */
export function bar({ kind, x, y, width, height, depth, output }: Shape): string {
  const count = output.kind === 'features' ? output.count : 1;
  const cells = Math.max(1, Math.min(count, Math.round(height / 11)));
  const [fill, stroke] = coloursOf(kind);
  const edge = `stroke="${stroke}" stroke-linejoin="round"`;
  const [right, up] = [depth * RIGHT, depth * UP];
  const [x2, y2] = [x + width, y + height];
  const cell = height / cells;
  return [
    polygon(
      [
        [x, y],
        [x + right, y - up],
        [x2 + right, y - up],
        [x2, y],
      ],
      `fill="#fff" ${edge}`,
    ),
    polygon(
      [
        [x2, y],
        [x2 + right, y - up],
        [x2 + right, y2 - up],
        [x2, y2],
      ],
      `fill="${fill}" ${edge}`,
    ),
    ...Array.from({ length: cells }, (_, i) => {
      const isGone = layerKind(kind)?.isSparse === true && i % 2 === 1;
      return rectangle(x, y + i * cell, width, cell, `fill="${isGone ? '#fff' : fill}" ${edge}`);
    }),
  ].join('');
}

/** The window that a convolution looks through, on the front of its input, and the pixel that comes of it. */
export function kernelWindow(from: Shape, to: Shape, kernel: number): string {
  const size = from.output.kind === 'map' ? from.output.size : 1;
  const side = Math.max(3, Math.min(1, kernel / size) * from.width);
  const x = from.x + (from.width - side) * 0.72;
  const y = from.y + (from.height - side) * 0.74;
  const [toX, toY] = [to.x + to.width * 0.3, to.y + to.height * 0.62];
  const ray = `stroke="${SOFT}" stroke-dasharray="3 3"`;
  return [
    line(x + side, y, toX, toY, ray),
    line(x + side, y + side, toX, toY, ray),
    rectangle(x, y, side, side, `fill="#fde68a" fill-opacity="0.85" stroke="#b45309"`),
    rectangle(toX - 2, toY - 2, 4, 4, `fill="${INK}"`),
  ].join('');
}

/** All to all: the wedge between a layer and its features. */
export function wedge(from: Shape, to: Shape): string {
  const right = from.output.kind === 'features' ? from.depth * RIGHT : 0;
  const up = from.output.kind === 'features' ? from.depth * UP : 0;
  const x = from.x + from.width + right;
  const [, stroke] = coloursOf(to.kind);
  return polygon(
    [
      [x, from.y - up],
      [to.x, to.y],
      [to.x, to.y + to.height],
      [x, from.y + from.height - up],
    ],
    `fill="${stroke}" fill-opacity="0.13" stroke="${stroke}" stroke-opacity="0.45"`,
  );
}

export function arrow(x1: number, x2: number, y: number): string {
  return (
    line(x1, y, x2 - 5, y, `stroke="${SOFT}" stroke-width="1.5"`) +
    polygon(
      [
        [x2, y],
        [x2 - 8, y - 4.5],
        [x2 - 8, y + 4.5],
      ],
      `fill="${SOFT}"`,
    )
  );
}
