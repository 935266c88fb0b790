/**
 * A convolutional network as a figure, left to right: maps as receding stacks, features as bars, each layer's operations
 * and the steps of its attention below. The layout is arithmetic and needs no DOM.
 */
import type { Extent, Module } from '../engine/nn/layer.ts';
import type { LayerSummary, NetworkSummary } from '../model/layers.ts';
import {
  arrow,
  bar,
  galaxy,
  kernelWindow,
  outerHeight,
  outerWidth,
  Scale,
  stack,
  UP,
  wedge,
} from './diagramShapes.ts';
import { oneLine } from './escape.ts';
import { modulePanel, type Panel } from './moduleDiagram.ts';
import { LIGHT } from './palette.ts';
import { rectangle, svgFile, tenths, textWidth, words, wrapped } from './svg.ts';

/** One layer of a figure. */
export interface DiagramLayer extends Pick<LayerSummary, 'name' | 'labels' | 'kernel' | 'module' | 'output'> {
  /** `convolution`, `flatten`, `dropout` and `dense` have their own colours; other kinds are possible. */
  kind: string;
}

/** A network to be drawn. */
export interface NetworkDiagram extends Pick<NetworkSummary, 'input'> {
  title: string;
  layers: readonly DiagramLayer[];
  /** Applied to the last layer's output: `sigmoid`. */
  head: string;
}

/** Pixels. */
const MARGIN = 28;
/** Between the panels of modules. */
const PANEL_GAP = 20;
const FONT = 14;
const LINE = 19;
/** Between two columns. */
const GAP = 30;
const WIDEST_LABEL = 150;

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function extentText(output: Extent): string {
  return output.kind === 'map'
    ? `${output.size} × ${output.size} × ${output.channels}`
    : output.count.toLocaleString('en-US');
}

/** Panels of a module and of the modules inside it. */
function panelsOf(module: Module, layers: readonly string[] = []): Panel[] {
  return [
    modulePanel(module, layers),
    ...module.steps.flatMap((step) => (step.module ? panelsOf(step.module) : [])),
  ];
}

/** Panels of all modules. Layers with equal modules share one. */
function modulePanels(layers: readonly DiagramLayer[]): Panel[] {
  const owners = new Map<string, { module: Module; names: string[] }>();
  for (const { name, module } of layers) {
    if (module === undefined) continue;
    const key = JSON.stringify(module);
    const owner = owners.get(key) ?? { module, names: [] };
    owner.names.push(name);
    owners.set(key, owner);
  }
  return [...owners.values()].flatMap(({ module, names }) => panelsOf(module, names));
}

/** Panels from left to right in lines of at most `width`, from `top` downwards. */
function laidOut(panels: readonly Panel[], width: number, top: number) {
  let [x, y, lineHeight, right] = [MARGIN, top, 0, 0];
  const content = panels.map((panel) => {
    if (x > MARGIN && x + panel.width > width - MARGIN) {
      [x, y, lineHeight] = [MARGIN, y + lineHeight + PANEL_GAP, 0];
    }
    const frame = rectangle(x, y, panel.width, panel.height, `rx="12" fill="none" stroke="${LIGHT.line}"`);
    const group = `<g transform="translate(${tenths(x)} ${tenths(y)})">\n${panel.content}\n</g>`;
    x += panel.width + PANEL_GAP;
    lineHeight = Math.max(lineHeight, panel.height);
    right = Math.max(right, x - PANEL_GAP);
    return `${frame}\n${group}`;
  });
  return { content, right, bottom: y + lineHeight };
}

/**
 * A network as an SVG file.
 * @throws RangeError if there is no layer
 */
export function networkDiagram({ title, input, layers, head }: NetworkDiagram): string {
  if (layers.length === 0) throw new RangeError(`${title}: expected at least one layer to draw, got none`);
  const all: readonly DiagramLayer[] = [
    { name: 'input', kind: 'input', labels: [], output: { kind: 'map', ...input } },
    ...layers,
  ];
  const scale = new Scale(all.map(({ output }) => output));
  const sized = all.map(({ kind, output }) => scale.shape(kind, output));
  const captions = all.map(({ name, labels, output }) => [
    oneLine(name),
    extentText(output),
    ...labels.flatMap((label) => wrapped(label, WIDEST_LABEL)),
  ]);
  const widths = sized.map((shape, i) =>
    Math.max(
      outerWidth(shape),
      ...captions[i]!.map((text, row) => textWidth(text, row === 0 ? FONT + 1 : FONT)),
    ),
  );
  const lefts = widths.map((_, i) => MARGIN + total(widths.slice(0, i)) + i * GAP);

  const titleSize = 19;
  const top = MARGIN + titleSize + 24;
  const tallest = Math.max(...sized.map(outerHeight));
  const middle = top + tallest / 2;
  const shapes = sized.map((shape, i) => ({
    ...shape,
    x: lefts[i]! + (widths[i]! - outerWidth(shape)) / 2,
    y: middle - outerHeight(shape) / 2 + shape.depth * UP,
  }));

  const last = shapes[shapes.length - 1];
  const headText = oneLine(head);
  const headWidth = textWidth(headText) + 28;
  const headX = lefts[lefts.length - 1]! + widths[widths.length - 1]! + GAP;
  const networkWidth = Math.ceil(
    Math.max(headX + headWidth, MARGIN + textWidth(oneLine(title), titleSize) * 1.06) + MARGIN,
  );
  const captionTop = top + tallest + 34;
  const lines = Math.max(...captions.map((texts) => texts.length));
  const networkHeight = Math.ceil(captionTop + (lines - 1) * LINE + MARGIN);
  const modules = modulePanels(layers);
  const opened = laidOut(modules, networkWidth, networkHeight);
  const width = Math.max(networkWidth, opened.right + MARGIN);
  const height = modules.length === 0 ? networkHeight : opened.bottom + MARGIN;

  const caption = (texts: readonly string[], i: number) =>
    texts.map((text, row) => {
      const style = [`font-weight="600" font-size="${FONT + 1}"`, `fill="${LIGHT.soft}"`][row] ?? '';
      return words(lefts[i]! + widths[i]! / 2, captionTop + row * LINE, text, style);
    });
  const steps = shapes.slice(1).map((to, i) => ({ from: shapes[i], to, kernel: all[i + 1]!.kernel }));
  const wedges = steps.flatMap(({ from, to }) => (to.output.kind === 'features' ? [wedge(from!, to)] : []));
  const pictures = shapes.map((shape, i) => {
    if (shape.output.kind === 'features') return bar(shape);
    return stack(shape) + (i === 0 ? galaxy(shape) : '');
  });
  const windows = steps.flatMap(({ from, to, kernel }) => {
    if (to.output.kind === 'features') return [];
    if (kernel !== undefined) return [kernelWindow(from!, to, kernel)];
    return [arrow(from!.x + outerWidth(from!) + 4, to.x - 4, to.y + to.height / 2)];
  });
  const content = [
    '<defs><radialGradient id="glow"><stop offset="0" stop-color="#fff3d6" stop-opacity="0.95"/><stop offset="0.35" stop-color="#bcd0ff" stop-opacity="0.55"/><stop offset="1" stop-color="#bcd0ff" stop-opacity="0"/></radialGradient></defs>',
    words(MARGIN, MARGIN + titleSize - 3, title, `font-size="${titleSize}" font-weight="600"`),
    ...wedges,
    ...pictures,
    ...windows,
    arrow(last!.x + outerWidth(last!) + 6, headX - 4, middle),
    rectangle(headX, middle - 17, headWidth, 34, 'rx="17" fill="#fde7ef" stroke="#be3a6b"'),
    words(headX + headWidth / 2, middle + 5, headText, 'text-anchor="middle"'),
    `<g text-anchor="middle">\n${captions.flatMap(caption).join('\n')}\n</g>`,
    ...opened.content,
  ];
  return svgFile({ width, height, title }, content.join('\n'));
}
