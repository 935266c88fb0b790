/** Explanations of a galaxy's predictions, as plain data and as JSON documents. */
import { answerNumber, type Column, type Tree } from '../tree/tree.ts';
import type { Deletion } from './deletion.ts';
import type { HeatMap } from './heatMap.ts';

/** A map in the frame of the neutral view. */
export interface ExplainedMap {
  /** In the layer's size; with several views, in the size of the network's input. */
  map: HeatMap;
  /** Agreement of the views, see `ViewMeanMap`; null for one view. */
  stability: number | null;
}

/** One layer's explanation of an answer. */
export interface LayerExplanation extends ExplainedMap {
  layer: string;
  /** Weight of each channel, `[C]`, mean over views. */
  weights: Float64Array;
}

/** An answer's explanation. The map is the mean of the layers', in the size of the network's input. */
export interface AnswerExplanation extends ExplainedMap {
  column: Column;
  /** The vote fraction, mean over views. */
  fraction: number;
  layers: LayerExplanation[];
  /** Along the map, in the neutral view; if it was asked for and the map is not flat. */
  deletion?: Deletion;
}

/** The explanation of a galaxy. */
export interface Explanation {
  /** `[columns]`, mean over views, as `predict` gives them. */
  fractions: Float32Array;
  answers: AnswerExplanation[];
}

/** Significant digits: maps follow from float32 scores. */
const rounded = (value: number, digits = 6) => Number(value.toPrecision(digits));
const all = (values: ArrayLike<number>) => Array.from(values, (value) => rounded(value));
const stabilityOf = ({ stability }: ExplainedMap) => (stability === null ? null : rounded(stability));

/** A map row by row, `[height][width]`, 0…1. */
function mapDocument(explained: ExplainedMap) {
  const { values, height, width, flat } = explained.map;
  const rows = Array.from({ length: height }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width), (value) => rounded(value, 4)),
  );
  return { flat, stability: stabilityOf(explained), height, width, map: rows };
}

const deletionSummary = ({ meaningful, area, areaOfMiddle, spread }: Deletion) => ({
  meaningful,
  area: rounded(area),
  areaOfMiddle: rounded(areaOfMiddle),
  spread: rounded(spread),
});

const deletionDocument = (deletion: Deletion) => ({
  ...deletionSummary(deletion),
  removed: deletion.removed,
  map: all(deletion.map),
  random: all(deletion.random),
  middle: all(deletion.middle),
});

const headOf = ({ column, fraction }: AnswerExplanation) => ({
  answer: answerNumber(column),
  label: column.label,
  score: rounded(fraction),
});

/** Each answer of an explanation without its maps. @example summaryDocument(explanation)[0].label // 'spiral: yes' */
export const summaryDocument = ({ answers }: Explanation) =>
  answers.map((answer) => ({
    ...headOf(answer),
    flat: answer.map.flat,
    stability: stabilityOf(answer),
    ...(answer.deletion && { deletion: deletionSummary(answer.deletion) }),
  }));

/**
 * The whole explanation: the scores of all answers; of the explained ones each layer's map (0…1, row by row) and weights,
 * their mean, and the deletion's curves.
 */
export const explanationDocument = (tree: Tree, { fractions, answers }: Explanation) => ({
  scores: Object.fromEntries(
    tree.columns.map((column) => [answerNumber(column), rounded(fractions[column.index]!)]),
  ),
  answers: answers.map((answer) => ({
    ...headOf(answer),
    ...mapDocument(answer),
    layers: answer.layers.map(({ layer, weights, ...each }) => ({
      layer,
      ...mapDocument(each),
      weights: all(weights),
    })),
    ...(answer.deletion && { deletion: deletionDocument(answer.deletion) }),
  })),
});
