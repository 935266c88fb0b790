/** What an explanation's picture shows, and where: squares of pixels, and everything else as SVG. `drawSheet` makes a PNG of it. */
import { escapeMarkup, oneLine } from '../report/escape.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { deletionChart } from './deletionChart.ts';
import type { AnswerExplanation, LayerExplanation } from './explanation.ts';
import type { HeatMap } from './heatMap.ts';
import { inferno } from './overlay.ts';

/** A square of the sheet: the galaxy as the network sees it, or under a map. */
export interface Tile {
  left: number;
  top: number;
  size: number;
  map?: HeatMap;
}

/** A sheet, in pixels. */
export interface Sheet {
  width: number;
  height: number;
  tiles: Tile[];
  /** SVG elements over the tiles. */
  marks: string[];
}

const MARGIN = 24;
const GAP = 12;
const HEADER = 74;
/** Room for the line of words under a tile. */
const CAPTION = 30;
const LARGE = 384;
const SMALL = 160;
const MOST_COLUMNS = 4;
/** Letters of a picture's name that a sheet shows. */
const LONGEST_NAME = 60;
const LEGEND = { width: 200, height: 12 };
const COLOURS = { text: '#e6edf3', faint: '#8b949e' };

const number = (value: number) => value.toFixed(value < 0.01 ? 3 : 2);

/** A map's stability in words. */
const agreement = (stability: number | null) =>
  stability === null ? '' : ` · views agree ${stability.toFixed(2)}`;

/** A layer's name, and its map's size where it was not turned into the frame of another. */
const sized = ({ layer, map, stability }: LayerExplanation) =>
  stability === null ? `${layer}, ${map.width}×${map.height}` : layer;

function text(
  x: number,
  y: number,
  words: string,
  style: { size?: number; faint?: boolean; end?: boolean } = {},
): string {
  const { size = 15, faint, end } = style;
  const anchor = end ? ' text-anchor="end"' : '';
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${faint ? COLOURS.faint : COLOURS.text}"${anchor}>${escapeMarkup(words)}</text>`;
}

/** The bar of the map's colours, its right end at `right`. */
function legend(right: number, top: number): string[] {
  const left = right - LEGEND.width;
  const stops = Array.from({ length: 17 }, (_, i) => {
    const colour = inferno(i / 16).map(Math.round);
    return `<stop offset="${i / 16}" stop-color="rgb(${colour})"/>`;
  });
  return [
    `<linearGradient id="inferno">${stops.join('')}</linearGradient>`,
    `<rect x="${left}" y="${top}" width="${LEGEND.width}" height="${LEGEND.height}" rx="2" fill="url(#inferno)" stroke="#30363d"/>`,
    text(left, top + LEGEND.height + 17, '0', { size: 13, faint: true }),
    text(right, top + LEGEND.height + 17, '1: matters most', { size: 13, faint: true, end: true }),
  ];
}

/** Two strokes through a tile whose map is flat: seen where there is no font, too. */
function flatMark({ left, top, size }: Tile): string {
  const [right, bottom] = [left + size, top + size];
  return `<path d="M${left} ${top}L${right} ${bottom}M${right} ${top}L${left} ${bottom}" stroke="#30363d" stroke-width="2"/>`;
}

function header(name: string, title: string, width: number): string[] {
  const letters = [...oneLine(name)];
  const shown =
    letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join('')}…` : letters.join('');
  return [
    text(MARGIN, MARGIN + 16, title, { size: 22 }),
    text(MARGIN, MARGIN + 40, shown, { faint: true }),
    ...legend(width - MARGIN, MARGIN),
  ];
}

/** One answer: the galaxy, each layer's map, their mean, and the deletion's chart where there is one. */
function sheetOfAnswer(name: string, answer: AnswerExplanation): Sheet {
  const { column, fraction, layers, map, stability, deletion } = answer;
  const caption = (words: string, each: HeatMap, agrees: number | null) =>
    each.flat ? `${words}: flat, nothing speaks for it` : words + agreement(agrees);
  const shown: { words: string; map?: HeatMap; isChart?: boolean }[] = [
    { words: 'what the network sees' },
    ...layers.map((each) => ({
      words: caption(sized(each), each.map, each.stability),
      map: each.map,
    })),
  ];
  if (layers.length > 1) shown.push({ words: caption('mean of the layers', map, stability), map });
  if (deletion) {
    const area = `area ${deletion.area.toFixed(2)} ± ${deletion.spread.toFixed(2)}`;
    const verdict = deletion.meaningful ? 'more than chance' : 'no more than chance';
    shown.push({ words: `deletion: ${area}, ${verdict}`, isChart: true });
  }
  const columns = Math.min(shown.length, MOST_COLUMNS);
  const rows = Math.ceil(shown.length / columns);
  const width = 2 * MARGIN + columns * LARGE + (columns - 1) * GAP;
  const height = 2 * MARGIN + HEADER + rows * (LARGE + CAPTION + GAP) - GAP;
  const marks = header(name, `${column.label} ${number(fraction)}`, width);
  const tiles: Tile[] = [];
  for (const [i, { words, map: own, isChart }] of shown.entries()) {
    const left = MARGIN + (i % columns) * (LARGE + GAP);
    const top = MARGIN + HEADER + Math.floor(i / columns) * (LARGE + CAPTION + GAP);
    marks.push(text(left, top + LARGE + 20, words, { faint: true }));
    if (isChart && deletion) {
      marks.push(
        `<g transform="translate(${left} ${top})" fill="${COLOURS.faint}" font-size="13">${deletionChart(deletion, LARGE)}</g>`,
      );
      continue;
    }
    const tile = { left, top, size: LARGE, map: own };
    tiles.push(tile);
    if (own?.flat) marks.push(flatMark(tile));
  }
  return { width, height, tiles, marks };
}

/** All answers: a row for each question, and in it the mean of the layers' maps for each answer. */
function sheetOfTree(name: string, answers: readonly AnswerExplanation[]): Sheet {
  const words = SMALL + GAP; // the first column: what is asked
  const most = Math.max(...GALAXY_ZOO_2.questions.map(({ start, end }) => end - start));
  const width = 2 * MARGIN + words + most * SMALL + (most - 1) * GAP;
  const row = SMALL + CAPTION + GAP;
  const height = 2 * MARGIN + HEADER + GALAXY_ZOO_2.questions.length * row - GAP;
  const marks = header(name, 'all answers', width);
  const galaxy = { left: width - MARGIN - SMALL, top: MARGIN + HEADER, size: SMALL };
  marks.push(text(galaxy.left, galaxy.top + SMALL + 19, 'what the network sees', { size: 13, faint: true }));
  const tiles: Tile[] = [galaxy];
  for (const { column, fraction, map } of answers) {
    const top = MARGIN + HEADER + (column.question - 1) * row;
    const left = MARGIN + words + (column.answer - 1) * (SMALL + GAP);
    const { topic } = GALAXY_ZOO_2.questions[column.question - 1]!;
    if (column.answer === 1) {
      marks.push(
        text(MARGIN, top + 18, `Question ${column.question}`),
        text(MARGIN, top + 40, topic, { faint: true }),
      );
    }
    const tile = { left, top, size: SMALL, map };
    tiles.push(tile);
    if (map.flat) marks.push(flatMark(tile));
    marks.push(text(left, top + SMALL + 19, column.label.slice(topic.length + 2), { size: 13, faint: true }));
    marks.push(text(left + SMALL, top + SMALL + 19, number(fraction), { size: 13, end: true }));
  }
  return { width, height, tiles, marks };
}

/**
 * The sheet of a galaxy's explanation.
 * @param name of the picture
 * @example layOut('100008.jpg', answers).tiles.length // 7
 */
export function layOut(name: string, answers: readonly AnswerExplanation[]): Sheet {
  return answers.length === 1 ? sheetOfAnswer(name, answers[0]!) : sheetOfTree(name, answers);
}
