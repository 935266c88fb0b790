/** A table of votes with pictures, as a page and as one picture: examples by class, leading answers and fractions. */
import { axisX, frame, rectY } from '@observablehq/plot';
import { answerNumber, columnNamed, type Tree } from '../tree/tree.ts';
import type { Chart } from './chart.ts';
import { CENTRED_AXIS, CHART_WIDTH, drawChart, marginFor } from './drawing.ts';
import { escapeMarkup } from './escape.ts';
import type { ClassExamples, LabelStatistics } from './labels.ts';
import { type Block, page } from './page.ts';
import { LIGHT, seriesColour } from './palette.ts';
import { questionSection } from './questionTable.ts';
import { type Drawing, rectangle, shortened, svgFile, words } from './svg.ts';
import { decimals, inGroups, left, percent, right, type Table, tableOf } from './table.ts';

/** A class and its example galaxies. */
interface ClassPictures extends Omit<ClassExamples, 'rows'> {
  readonly galaxies: readonly {
    readonly id: string;
    /** A data: URI. */
    readonly image?: string;
    /** Of the class's answer, 0…1. */
    readonly fraction: number;
  }[];
}

/** Content of the page of a table of votes. */
export interface SkyReport {
  readonly title: string;
  readonly tree: Tree;
  /** Lines that explain how the galaxies were chosen. */
  readonly about: readonly string[];
  readonly classes: readonly ClassPictures[];
  readonly statistics: LabelStatistics;
}

function answersTable(tree: Tree, { galaxies, reached, answers }: LabelStatistics): Table {
  const rows = tree.columns.map((column, i) => ({
    ...answers[i]!,
    name: `${answerNumber(column)} ${column.label}`,
    asked: reached[column.question - 1]!,
  }));
  return tableOf(`Leading answers of ${inGroups(galaxies)} galaxies`, rows, [
    left('Answer', ({ name }) => name),
    right('Asked', ({ asked }) => inGroups(asked), 'galaxies whose leading answers lead to the question'),
    right('Leads', ({ leading }) => inGroups(leading), 'of these, galaxies with this leading answer'),
    right('Share', ({ leading, asked }) => percent(asked === 0 ? null : leading / asked)),
    right(
      'Mean fraction',
      ({ meanFraction }) => decimals(meanFraction, 4),
      'mean of the weighted vote fractions of all galaxies',
    ),
  ]);
}

/**
 * Histograms of the vote fractions by answer. Heights are square roots of the counts, so that rare large fractions are
 * visible.
 */
export function histogramChart(
  { columns }: Tree,
  { answers, galaxies }: LabelStatistics,
  drawing: Drawing,
): Chart {
  const names = columns.map((column) => `${answerNumber(column)} ${column.label}`);
  const bars = answers.flatMap(({ histogram }, i) =>
    histogram.map((count, bin) => ({
      name: names[i],
      from: bin / histogram.length,
      to: (bin + 1) / histogram.length,
      height: Math.sqrt(count / Math.max(...histogram)),
      colour: seriesColour(columns[i]!.question % 2 === 1 ? 2 : 1),
    })),
  );
  return {
    name: 'fractions',
    title: 'Vote fractions by answer',
    caption: `Distribution of the vote fractions of ${inGroups(galaxies)} galaxies. Heights are square roots of the counts, scaled to each row's highest; colours alternate by question.`,
    svg: drawChart(
      {
        description: `Histograms of the vote fractions of ${answers.length} answers`,
        width: CHART_WIDTH,
        height: answers.length * 28 + 60,
        marginLeft: marginFor(names),
        marginRight: 20,
        marginTop: 10,
        marginBottom: 50,
        x: { domain: [0, 1] },
        y: { domain: [0, 1], axis: null },
        fy: { domain: names, axis: 'left', label: null, padding: 0.08 },
        marks: [
          axisX({ ...CENTRED_AXIS, label: 'fraction of the votes', ticks: 6, labelOffset: 42 }),
          frame({ anchor: 'bottom', strokeOpacity: 0.2 }),
          rectY(
            bars.filter(({ height }) => height > 0),
            {
              fy: 'name',
              x1: 'from',
              x2: 'to',
              y1: 0,
              y2: 'height',
              insetLeft: 1,
              fill: ({ colour }: { colour: string }) => colour,
            },
          ),
        ],
      },
      drawing,
    ),
  };
}

const countOf = ({ count }: ClassPictures) => `${inGroups(count)} ${count === 1 ? 'galaxy' : 'galaxies'}`;

/** @example answerOf(GALAXY_ZOO_2, spirals) // '4.1 spiral: yes' */
function answerOf(tree: Tree, { answer }: ClassPictures): string {
  const column = columnNamed(tree, answer)!;
  return `${answerNumber(column)} ${column.label}`;
}

/**
 * Galaxies and their votes as one self-contained HTML page.
 * @param drawing the DOM to draw charts in: `{ document }` in a browser, `nodeDrawing()` in Node
 */
export function skyPage({ title, tree, about, classes, statistics }: SkyReport, drawing: Drawing): string {
  const present = classes.filter(({ galaxies }) => galaxies.length > 0);
  const absent = classes.filter(({ galaxies }) => galaxies.length === 0).map(({ name }) => name);
  const missing = absent.length === 0 ? [] : [`No example of: ${absent.join(', ')}.`];
  const classBlock = (each: ClassPictures): Block => ({
    kind: 'galaxies',
    heading: each.name,
    text: `${countOf(each)}; fractions of answer ${answerOf(tree, each)}.`,
    galaxies: each.galaxies.map(({ id, image, fraction }) => ({
      title: id,
      image,
      text: decimals(fraction, 3),
    })),
  });
  return page({
    title,
    sections: [
      { blocks: [...about, ...missing].map((text) => ({ kind: 'text', text })) },
      { heading: 'Examples by class', blocks: present.map(classBlock) },
      questionSection(tree),
      { heading: 'Leading answers', blocks: [{ kind: 'table', table: answersTable(tree, statistics) }] },
      {
        heading: 'Vote fractions',
        blocks: [{ kind: 'figure', ...histogramChart(tree, statistics, drawing) }],
      },
    ],
  });
}

/** Pixels of the picture. */
const SIDE = 128;
const GAP = 12;
const LABEL = 216;
/** Longest answer beside a row, in letters. */
const LONGEST_ANSWER = 32;
const MARGIN = 20;
const CAPTION = 24;
const HEAD = 44;
const ROW = SIDE + CAPTION + GAP;

/**
 * The examples as an SVG file with the pictures in it: a row per class, IDs and fractions below.
 * @throws RangeError if no class has an example
 */
export function skySheet({ title, tree, classes }: SkyReport): string {
  const rows = classes.filter(({ galaxies }) => galaxies.length > 0);
  if (rows.length === 0) throw new RangeError(`${title}: expected a class with an example, got none`);
  const most = Math.max(...rows.map(({ galaxies }) => galaxies.length));
  const width = Math.max(2 * MARGIN + LABEL + most * (SIDE + GAP) - GAP, 480);
  const height = MARGIN + HEAD + rows.length * ROW - GAP + MARGIN;
  const small = `font-size="12" fill="${LIGHT.soft}"`;
  const markup = rows.flatMap((each, i) => {
    const top = MARGIN + HEAD + i * ROW;
    const [middle, below] = [top + SIDE / 2, top + SIDE + 15];
    const pictures = each.galaxies.flatMap(({ id, image, fraction }, j) => {
      const x = MARGIN + LABEL + j * (SIDE + GAP);
      return [
        image === undefined
          ? rectangle(x, top, SIDE, SIDE, `fill="${LIGHT.line}"`)
          : `<image x="${x}" y="${top}" width="${SIDE}" height="${SIDE}" href="${escapeMarkup(image)}"/>`,
        words(x, below, id, 'font-size="12"'),
        words(x + SIDE, below, decimals(fraction, 2), `text-anchor="end" ${small}`),
      ];
    });
    return [
      words(MARGIN, middle, each.name, 'font-weight="600"'),
      words(MARGIN, middle + 18, countOf(each), small),
      words(MARGIN, middle + 34, shortened(answerOf(tree, each), LONGEST_ANSWER), small),
      ...pictures,
    ];
  });
  return svgFile(
    { width, height, title },
    [words(MARGIN, MARGIN + 16, title, 'font-size="18" font-weight="600"'), ...markup].join('\n'),
  );
}
