/** Draws an explanation: the network's input, alone and under each map, with scores and deletion charts. */
import type { Deletion } from '../explain/deletion.ts';
import type { AnswerExplanation, LayerExplanation } from '../explain/explanation.ts';
import type { HeatMap } from '../explain/heatMap.ts';
import type { Column, Tree } from '../tree/tree.ts';
import { deletionChart } from './deletionChart.ts';
import { greyOf, inferno, overlay } from './overlay.ts';
import { DARK } from './palette.ts';
import { line, rectangle, type Sheet, shortened, words, wrapped } from './svg.ts';
import { decimals } from './table.ts';

/** A square of the sheet: the galaxy, or the galaxy under a map. */
interface Tile {
  left: number;
  top: number;
  size: number;
  map?: HeatMap;
}

/** Tiles and the SVG elements over them. */
interface Layout {
  width: number;
  height: number;
  tiles: Tile[];
  marks: string[];
}

const FONT = 'system-ui, sans-serif';
const MARGIN = 24;
const GAP = 12;
const HEADER = 74;
/** Height of the line of text under a tile. */
const CAPTION = 30;
const LARGE = 384;
const MEDIUM = 256;
const SMALL = 160;
const MOST_COLUMNS = 4;
/** Letters of a picture's name on a sheet. */
const LONGEST_NAME = 60;
const LEGEND = { width: 200, height: 12 };
const FAINT = `fill="${DARK.soft}"`;
const SMALL_FAINT = `font-size="13" ${FAINT}`;

/** Height of a line of a question's wording, in pixels, and its longest text, in letters. */
const WORDING_LINE = 17;
const LONGEST_WORDING = 90;

/** The question that an answer leads to. @example leadsTo(GALAXY_ZOO_2, GALAXY_ZOO_2.columns[0]) // '→ 7 roundness' */
function leadsTo({ questions }: Tree, { next }: Column): string {
  return next === null ? '→ end' : `→ ${next} ${questions[next - 1]!.topic}`;
}

const number = (value: number) => decimals(value, value < 0.01 ? 3 : 2);

const agreement = (stability: number | null) =>
  stability === null ? '' : ` · views agree ${decimals(stability, 2)}`;

/** A layer's name, and for one view the size of its map. */
const sized = ({ layer, map, stability }: LayerExplanation) =>
  stability === null ? `${layer}, ${map.width}×${map.height}` : layer;

/** The line under a map. */
const caption = (text: string, { flat }: HeatMap, stability: number | null) =>
  flat ? `${text}: no support` : text + agreement(stability);

const deletionText = ({ area, spread, meaningful }: Deletion) =>
  `deletion: area ${decimals(area, 2)} ± ${decimals(spread, 2)}, ${meaningful ? 'significant' : 'not significant'}`;

/** The colour scale of the maps, ending at `right`. */
function legend(right: number, top: number): string[] {
  const left = right - LEGEND.width;
  const stops = Array.from({ length: 17 }, (_, i) => {
    const colour = inferno(i / 16).map(Math.round);
    return `<stop offset="${i / 16}" stop-color="rgb(${colour})"/>`;
  });
  const below = top + LEGEND.height + 17;
  return [
    `<linearGradient id="inferno">${stops.join('')}</linearGradient>`,
    rectangle(left, top, LEGEND.width, LEGEND.height, `rx="2" fill="url(#inferno)" stroke="${DARK.line}"`),
    words(left, below, '0', SMALL_FAINT),
    words(right, below, '1: matters most', `text-anchor="end" ${SMALL_FAINT}`),
  ];
}

/** A cross over a tile with a flat map; it needs no fonts. */
function flatMark({ left, top, size }: Tile): string {
  const [right, bottom] = [left + size, top + size];
  const stroke = `stroke="${DARK.line}" stroke-width="2"`;
  return line(left, top, right, bottom, stroke) + line(right, top, left, bottom, stroke);
}

const header = (name: string, title: string, width: number): string[] => [
  words(MARGIN, MARGIN + 16, title, 'font-size="22"'),
  words(MARGIN, MARGIN + 40, shortened(name, LONGEST_NAME), FAINT),
  ...legend(width - MARGIN, MARGIN),
];

/** The header's last line: the question in words, the answer, and where it leads. */
function questionLine(tree: Tree, column: Column, width: number): string {
  const text = `${tree.questions[column.question - 1]!.text} ${column.text} ${leadsTo(tree, column)}`;
  return words(MARGIN, MARGIN + 61, shortened(text, (width - 2 * MARGIN) / 7.5), SMALL_FAINT);
}

/** One answer: the galaxy, each layer's map, their mean, and the deletion's chart if there is one. */
function layOutAnswer(tree: Tree, name: string, answer: AnswerExplanation): Layout {
  const { column, fraction, layers, map, stability, deletion } = answer;
  const shown: { text: string; map?: HeatMap; chart?: string }[] = [
    { text: 'network input' },
    ...layers.map((each) => ({ text: caption(sized(each), each.map, each.stability), map: each.map })),
  ];
  if (layers.length > 1) shown.push({ text: caption('mean of the layers', map, stability), map });
  if (deletion) shown.push({ text: deletionText(deletion), chart: deletionChart(deletion, LARGE) });
  const columns = Math.min(shown.length, MOST_COLUMNS);
  const rows = Math.ceil(shown.length / columns);
  const width = 2 * MARGIN + columns * LARGE + (columns - 1) * GAP;
  const height = 2 * MARGIN + HEADER + rows * (LARGE + CAPTION + GAP) - GAP;
  const marks = header(name, `${column.label} ${number(fraction)}`, width);
  marks.push(questionLine(tree, column, width));
  const tiles: Tile[] = [];
  for (const [i, { text, map: own, chart }] of shown.entries()) {
    const left = MARGIN + (i % columns) * (LARGE + GAP);
    const top = MARGIN + HEADER + Math.floor(i / columns) * (LARGE + CAPTION + GAP);
    marks.push(words(left, top + LARGE + 20, text, FAINT));
    if (chart !== undefined) {
      marks.push(`<g transform="translate(${left} ${top})" ${SMALL_FAINT}>${chart}</g>`);
      continue;
    }
    const tile = { left, top, size: LARGE, map: own };
    tiles.push(tile);
    if (own?.flat) marks.push(flatMark(tile));
  }
  return { width, height, tiles, marks };
}

/** All answers: a row per question with each answer's mean map. */
function layOutTree(tree: Tree, name: string, answers: readonly AnswerExplanation[]): Layout {
  const labels = SMALL + GAP;
  const most = Math.max(...tree.questions.map(({ start, end }) => end - start));
  const width = 2 * MARGIN + labels + most * SMALL + (most - 1) * GAP;
  const row = SMALL + CAPTION + WORDING_LINE + GAP;
  const height = 2 * MARGIN + HEADER + tree.questions.length * row - GAP;
  const marks = header(name, 'all answers', width);
  const galaxy = { left: width - MARGIN - SMALL, top: MARGIN + HEADER, size: SMALL };
  marks.push(words(galaxy.left, galaxy.top + SMALL + 19, 'network input', SMALL_FAINT));
  const tiles: Tile[] = [galaxy];
  for (const { column, fraction, map } of answers) {
    const top = MARGIN + HEADER + (column.question - 1) * row;
    const left = MARGIN + labels + (column.answer - 1) * (SMALL + GAP);
    const { topic, text } = tree.questions[column.question - 1]!;
    if (column.answer === 1) {
      marks.push(
        words(MARGIN, top + 18, `Question ${column.question}`),
        words(MARGIN, top + 38, topic),
        ...wrapped(shortened(text, LONGEST_WORDING), SMALL, 13).map((each, i) =>
          words(MARGIN, top + 60 + i * WORDING_LINE, each, SMALL_FAINT),
        ),
      );
    }
    const tile = { left, top, size: SMALL, map };
    tiles.push(tile);
    if (map.flat) marks.push(flatMark(tile));
    marks.push(words(left, top + SMALL + 19, column.text, SMALL_FAINT));
    marks.push(words(left, top + SMALL + 19 + WORDING_LINE, leadsTo(tree, column), SMALL_FAINT));
    marks.push(words(left + SMALL, top + SMALL + 19, number(fraction), 'font-size="13" text-anchor="end"'));
  }
  return { width, height, tiles, marks };
}

/** One answer by several runs: a row for each run, with the galaxy and a column for each layer. */
function layOutRuns(
  tree: Tree,
  name: string,
  layers: readonly string[],
  runs: readonly ExplainedRun[],
): Layout {
  const { column } = runs[0]!.answer;
  const columns = 1 + layers.length;
  const width = 2 * MARGIN + Math.max(columns, MOST_COLUMNS) * (MEDIUM + GAP) - GAP;
  const row = CAPTION + MEDIUM + CAPTION + GAP;
  const height = 2 * MARGIN + HEADER + runs.length * row - GAP;
  const marks = [...header(name, column.label, width), questionLine(tree, column, width)];
  const tiles: Tile[] = [];
  for (const [i, { run, answer }] of runs.entries()) {
    const { fraction, deletion } = answer;
    const top = MARGIN + HEADER + i * row + CAPTION;
    const about = [`${column.label} ${number(fraction)}`, ...(deletion ? [deletionText(deletion)] : [])];
    marks.push(words(MARGIN, top - 10, [shortened(run, LONGEST_NAME), ...about].join(' · ')));
    for (const [place, layer] of [undefined, ...layers].entries()) {
      const left = MARGIN + place * (MEDIUM + GAP);
      const own = answer.layers.find((each) => each.layer === layer);
      const tile = { left, top, size: MEDIUM, map: own?.map };
      if (layer === undefined || own) tiles.push(tile);
      else marks.push(rectangle(left, top, MEDIUM, MEDIUM, `fill="none" stroke="${DARK.line}"`));
      if (own?.map.flat) marks.push(flatMark(tile));
      const text = own ? caption(sized(own), own.map, own.stability) : `no ${layer} in this network`;
      marks.push(words(left, top + MEDIUM + 19, layer === undefined ? 'network input' : text, SMALL_FAINT));
    }
  }
  return { width, height, tiles, marks };
}

/** A run's explanation of one answer. */
export interface ExplainedRun {
  /** Its name. */
  run: string;
  answer: AnswerExplanation;
}

/** Draws a layout. @param view draws the network's input in `size` pixels, `[size, size, 3]` */
function drawn({ width, height, tiles, marks }: Layout, view: (size: number) => Uint8Array): Sheet {
  const views = new Map(
    [...new Set(tiles.map(({ size }) => size))].map((size) => {
      const picture = view(size);
      return [size, { picture, grey: greyOf(picture) }];
    }),
  );
  return {
    width,
    height,
    background: DARK.background,
    tiles: tiles.map(({ left, top, size, map }) => {
      const { picture, grey } = views.get(size)!;
      return { left, top, size, pixels: map ? overlay(grey, map, size) : picture };
    }),
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${FONT}" font-size="15" fill="${DARK.ink}">${marks.join('\n')}</svg>`,
  };
}

/**
 * The sheet of a galaxy's explanation.
 * @param name of the picture
 * @param view draws the network's input in `size` pixels, `[size, size, 3]`
 */
export function explanationSheet(
  tree: Tree,
  name: string,
  view: (size: number) => Uint8Array,
  answers: readonly AnswerExplanation[],
): Sheet {
  const layout =
    answers.length === 1 ? layOutAnswer(tree, name, answers[0]!) : layOutTree(tree, name, answers);
  return drawn(layout, view);
}

/**
 * The sheet of one answer by several runs.
 * @param name of the picture
 * @param view draws the networks' input in `size` pixels, `[size, size, 3]`
 * @param layers the columns; a run without one of them has an empty cell there
 */
export const runsSheet = (
  tree: Tree,
  name: string,
  view: (size: number) => Uint8Array,
  layers: readonly string[],
  runs: readonly ExplainedRun[],
): Sheet => drawn(layOutRuns(tree, name, layers, runs), view);
