/** Explanations of a galaxy's predictions, as plain data and as JSON documents. */
import { answerNumber, type Column, type Tree } from '../tree/tree.ts';
import type { Deletion } from './deletion.ts';
import type { ExplainedMap } from './viewMean.ts';

/** One layer's explanation of an answer. */
export interface LayerExplanation extends ExplainedMap {
  layer: string;
  /** Weight of each channel, `[C]`, mean over views. */
  weights: Float64Array;
}

/** An answer's explanation; its map is the mean of the layers' maps, in the size of the network's input. */
export interface AnswerExplanation extends ExplainedMap {
  column: Column;
  /** The vote fraction, mean over views. */
  fraction: number;
  layers: LayerExplanation[];
  /** In the neutral view, in the map's order; undefined if not requested, or the map is flat. */
  deletion?: Deletion;
}

/** The explanation of a galaxy. */
export interface Explanation {
  /** `[columns]`, mean over views. */
  fractions: Float32Array;
  answers: AnswerExplanation[];
}

/** Six digits: maps come from float32 scores. */
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

/** Each answer of an explanation, without maps. */
export const summaryDocument = ({ answers }: Explanation) =>
  answers.map((answer) => ({
    ...headOf(answer),
    flat: answer.map.flat,
    stability: stabilityOf(answer),
    ...(answer.deletion && { deletion: deletionSummary(answer.deletion) }),
  }));

/**
 * The whole explanation: all scores, and for each explained answer the layers' maps and weights, their mean, and the
 * deletion curves.
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
