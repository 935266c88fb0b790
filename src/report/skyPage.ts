/** A table of votes with pictures, as a page: examples by class, leading answers, fractions. */
import { axisX, frame, rectY } from '@observablehq/plot';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Chart } from './chart.ts';
import { type Drawing, drawChart } from './drawing.ts';
import type { LabelStatistics } from './labels.ts';
import { type Block, page } from './page.ts';
import { type Table, tableOf } from './table.ts';

/** A galaxy that stands for a class. */
export interface ClassPicture {
  readonly id: string;
  /** A data: URI. */
  readonly image?: string;
  /** Of the class's answer, 0…1. */
  readonly fraction: number;
}

/** A class and galaxies that stand for it. */
export interface ClassPictures {
  readonly name: string;
  /** Kaggle's name of its answer, `Class7.1`. */
  readonly answer: string;
  /** How many galaxies are of the class. */
  readonly count: number;
  readonly galaxies: readonly ClassPicture[];
}

/** What a page of a table of votes shows. */
export interface SkyReport {
  readonly title: string;
  /** A line each on where the galaxies are from. */
  readonly about: readonly string[];
  readonly classes: readonly ClassPictures[];
  readonly statistics: LabelStatistics;
}

const inGroups = (count: number) => count.toLocaleString('en-US');

function answersTable({ galaxies, reached, answers }: LabelStatistics): Table {
  const share = (part: number, whole: number) =>
    whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
  return tableOf(
    `Leading answers of ${inGroups(galaxies)} galaxies`,
    [
      {
        label: 'Answer',
        align: 'left',
        cell: (i) =>
          `${GALAXY_ZOO_2.columns[i]!.question}.${GALAXY_ZOO_2.columns[i]!.answer} ${answers[i]!.label}`,
      },
      {
        label: 'Asked',
        align: 'right',
        note: 'galaxies whose leading answers lead to the question',
        cell: (i) => inGroups(reached[GALAXY_ZOO_2.columns[i]!.question - 1]!),
      },
      {
        label: 'Leads',
        align: 'right',
        note: 'of these, where the answer leads',
        cell: (i) => inGroups(answers[i]!.leading),
      },
      {
        label: 'Share',
        align: 'right',
        cell: (i) => share(answers[i]!.leading, reached[GALAXY_ZOO_2.columns[i]!.question - 1]!),
      },
      {
        label: 'Mean fraction',
        align: 'right',
        note: 'mean of the weighted vote fractions of all galaxies',
        cell: (i) => answers[i]!.meanFraction.toFixed(4),
      },
    ],
    GALAXY_ZOO_2.columns.map(({ index }) => index),
  );
}

/**
 * Histograms of the vote fractions of all answers, in bins of 0.05; heights are as the roots of the counts, each row up to its
 * highest, so that rare large fractions are to be seen.
 * @example histogramChart(labelStatistics(fractions), nodeDrawing()).svg
 */
export function histogramChart({ answers, galaxies }: LabelStatistics, drawing: Drawing): Chart {
  const names = answers.map(
    ({ label }, i) => `${GALAXY_ZOO_2.columns[i]!.question}.${GALAXY_ZOO_2.columns[i]!.answer} ${label}`,
  );
  const bars = answers.flatMap(({ histogram }, i) =>
    histogram.map((count, bin) => ({
      name: names[i],
      from: bin / histogram.length,
      to: (bin + 1) / histogram.length,
      height: Math.sqrt(count / Math.max(...histogram)),
      isOdd: GALAXY_ZOO_2.columns[i]!.question % 2 === 1,
    })),
  );
  return {
    name: 'fractions',
    title: 'Vote fractions by answer',
    caption: `How many of ${inGroups(galaxies)} galaxies have which fraction of the votes. Heights are as the roots of the counts, in each row up to its highest; questions take turns in colour.`,
    svg: drawChart(
      {
        description: `Histograms of the vote fractions of ${answers.length} answers`,
        width: 720,
        height: answers.length * 28 + 60,
        marginLeft: Math.max(...names.map((name) => name.length)) * 8 + 20,
        marginRight: 20,
        marginTop: 10,
        marginBottom: 50,
        x: { domain: [0, 1] },
        y: { domain: [0, 1], axis: null },
        fy: { domain: names, axis: 'left', label: null, padding: 0.08 },
        marks: [
          axisX({
            label: 'fraction of the votes',
            ticks: 6,
            tickSize: 0,
            labelAnchor: 'center',
            labelArrow: 'none',
            labelOffset: 42,
          }),
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
              fill: ({ isOdd }: { isOdd: boolean }) =>
                isOdd ? 'var(--series-2, #1d63c9)' : 'var(--series-1, #c2410c)',
            },
          ),
        ],
      },
      drawing,
    ),
  };
}

function classBlock({ name, answer, count, galaxies }: ClassPictures): Block {
  return {
    kind: 'galaxies',
    heading: name,
    text: `${inGroups(count)} ${count === 1 ? 'galaxy' : 'galaxies'}; fractions of ${answer.replace('Class', 'answer ')}.`,
    galaxies: galaxies.map(({ id, image, fraction }) => ({
      title: String(id),
      image,
      lines: [fraction.toFixed(3)],
    })),
  };
}

/**
 * Galaxies and their votes as one self-contained page in HTML.
 *
 * @param drawing the document to draw charts in: `{ document }` in a browser, `nodeDrawing()` in Node
 * @example writeFileSync('sky.html', skyPage(report, nodeDrawing()));
 */
export function skyPage({ title, about, classes, statistics }: SkyReport, drawing: Drawing): string {
  const present = classes.filter(({ galaxies }) => galaxies.length > 0);
  const absent = classes.filter(({ galaxies }) => galaxies.length === 0).map(({ name }) => name);
  const missing = absent.length === 0 ? [] : [`No example of: ${absent.join(', ')}.`];
  return page({
    title,
    sections: [
      { blocks: [...about, ...missing].map((text) => ({ kind: 'text', text })) },
      { heading: 'Examples by class', blocks: present.map(classBlock) },
      { heading: 'Leading answers', blocks: [{ kind: 'table', table: answersTable(statistics) }] },
      {
        heading: 'Vote fractions',
        blocks: [{ kind: 'figure', ...histogramChart(statistics, drawing) }],
      },
    ],
  });
}
