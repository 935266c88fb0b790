/** Shapes of a network's figure: stacks of maps, bars of features, and links between them. */
import type { Extent } from '../engine/nn/layer.ts';
import { LAYERS, type LayerName } from '../engine/nn/layers.ts';
import { LIGHT } from './palette.ts';
import { line, polygon, rectangle, tenths } from './svg.ts';

/** Pixels: the sides of the largest and smallest map, and the depth of the deepest stack. */
const SIDE = 150;
const RECESS = 76;
const SMALLEST_SIDE = 14;
/** Figures with more maps are drawn smaller. */
const FULL_SIZE_MAPS = 6;
const TALLEST_BAR = 190;
const BAR = 15;
/** Shift of a stack to the right and up, per pixel of depth. */
const RIGHT = 0.88;
export const UP = 0.48;

/** Fill and stroke of the input and of unknown layers. */
const COLOURS = {
  input: ['#1e2a4a', '#5f75ad'],
  other: ['#e2d6f5', '#7a55b3'],
} as const;
const layerKind = (kind: string) => (Object.hasOwn(LAYERS, kind) ? LAYERS[kind as LayerName] : undefined);
const coloursOf = (kind: string) =>
  layerKind(kind)?.colours ?? (kind === 'input' ? COLOURS.input : COLOURS.other);

/** A layer's shape in its column; `x`, `y` is the upper left corner of its front. */
export interface Shape {
  readonly kind: string;
  readonly x: number;
  readonly y: number;
  /** The front. */
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly output: Extent;
}

/** Sizes of shapes. They are square roots of areas and depths, so that both 3 and 256 channels are visible. */
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
    // The numbers of features differ too much even for square roots.
    return { ...at, width: BAR, height: 30 + this.#bar * Math.log2(output.count + 1), depth: 7 };
  }
}

export const outerWidth = ({ width, depth }: Shape) => width + depth * RIGHT;
export const outerHeight = ({ height, depth }: Shape) => height + depth * UP;

/** Maps one behind the other, back to front. */
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

/** A galaxy on the input's front. */
export function galaxy({ x, y, width, height }: Shape): string {
  const [cx, cy] = [x + width / 2, y + height / 2];
  const ellipse = (rx: number, ry: number, attributes: string) =>
    `<ellipse cx="${tenths(cx)}" cy="${tenths(cy)}" rx="${tenths(width * rx)}" ry="${tenths(height * ry)}" transform="rotate(-24 ${tenths(cx)} ${tenths(cy)})" ${attributes}/>`;
  return ellipse(0.38, 0.2, 'fill="url(#glow)"') + ellipse(0.1, 0.08, 'fill="#fff6df" opacity="0.85"');
}

/** Features as a column of cells; a sparse layer has every second one empty. */
export function bar({ kind, x, y, width, height, depth, output }: Shape): string {
  const count = output.kind === 'features' ? output.count : 1;
  const cells = Math.max(1, Math.min(count, Math.round(height / 11)));
  const [fill, stroke] = coloursOf(kind);
  const edge = `stroke="${stroke}" stroke-linejoin="round"`;
  const [right, up] = [depth * RIGHT, depth * UP];
  const [x2, y2] = [x + width, y + height];
  const cell = height / cells;
  /** The face from an edge of the front, (x, y) to (x2, toY), to the same edge of the back. */
  const face = (fromX: number, toY: number, colour: string) => {
    const front = [fromX, y] as const;
    const back = [fromX + right, y - up] as const;
    return polygon([front, back, [x2 + right, toY - up], [x2, toY]], `fill="${colour}" ${edge}`);
  };
  return [
    face(x, y, '#fff'),
    face(x2, y2, fill),
    ...Array.from({ length: cells }, (_, i) => {
      const isGone = layerKind(kind)?.isSparse === true && i % 2 === 1;
      return rectangle(x, y + i * cell, width, cell, `fill="${isGone ? '#fff' : fill}" ${edge}`);
    }),
  ].join('');
}

/** A convolution's window on the front of its input, and the resulting pixel. */
export function kernelWindow(from: Shape, to: Shape, kernel: number): string {
  const size = from.output.kind === 'map' ? from.output.size : 1;
  const side = Math.max(3, Math.min(1, kernel / size) * from.width);
  const x = from.x + (from.width - side) * 0.72;
  const y = from.y + (from.height - side) * 0.74;
  const [toX, toY] = [to.x + to.width * 0.3, to.y + to.height * 0.62];
  const ray = `stroke="${LIGHT.soft}" stroke-dasharray="3 3"`;
  return [
    line(x + side, y, toX, toY, ray),
    line(x + side, y + side, toX, toY, ray),
    rectangle(x, y, side, side, `fill="#fde68a" fill-opacity="0.85" stroke="#b45309"`),
    rectangle(toX - 2, toY - 2, 4, 4, `fill="${LIGHT.ink}"`),
  ].join('');
}

/** The wedge from a layer to its features, each of which depends on the whole layer. */
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
  const [above, below] = [y - 4.5, y + 4.5].map((edge) => [x2 - 8, edge] as const);
  return (
    line(x1, y, x2 - 5, y, `stroke="${LIGHT.soft}" stroke-width="1.5"`) +
    polygon([[x2, y], above!, below!], `fill="${LIGHT.soft}"`)
  );
}
