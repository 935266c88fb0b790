/** An explanation as a JSON document. */
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Deletion } from './deletion.ts';
import type { AnswerExplanation, ExplainedMap, Explanation } from './explanation.ts';

/** Digits that carry something: maps come of float32 scores. */
const rounded = (value: number, digits = 6) => Number(value.toPrecision(digits));
const all = (values: ArrayLike<number>) => Array.from(values, (value) => rounded(value));

/** A map row by row, [height][width], 0…1. */
function mapDocument({ map, stability }: ExplainedMap) {
  const { values, height, width, flat } = map;
  const rows = Array.from({ length: height }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width), (value) => rounded(value, 4)),
  );
  return { flat, stability: stability === null ? null : rounded(stability), height, width, map: rows };
}

/** How far the map's order is from chance. */
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

const answerName = ({ column }: AnswerExplanation) => column.name.replace('Class', '');

/** An answer without its maps: what a line of a listing says. */
function summary(answer: AnswerExplanation) {
  const { column, fraction, map, stability, deletion } = answer;
  return {
    answer: answerName(answer),
    label: column.label,
    score: rounded(fraction),
    flat: map.flat,
    stability: stability === null ? null : rounded(stability),
    ...(deletion && { deletion: deletionSummary(deletion) }),
  };
}

/** Each answer of an explanation in a few numbers. @example summaryDocument(explanation)[0].label // 'spiral: yes' */
export const summaryDocument = ({ answers }: Explanation) => answers.map(summary);

/**
 * The whole explanation: of all answers the scores, of the explained ones each layer's map (0…1, row by row) and weights, their mean,
 * and the deletion's curves.
 * @example JSON.stringify(explanationDocument(explanation))
 */
export function explanationDocument({ fractions, answers }: Explanation) {
  return {
    scores: Object.fromEntries(
      GALAXY_ZOO_2.columns.map(({ name, index }) => [name.replace('Class', ''), rounded(fractions[index]!)]),
    ),
    answers: answers.map((answer) => ({
      answer: answerName(answer),
      label: answer.column.label,
      score: rounded(answer.fraction),
      ...mapDocument(answer),
      layers: answer.layers.map(({ layer, weights, ...each }) => ({
        layer,
        ...mapDocument(each),
        weights: all(weights),
      })),
      ...(answer.deletion && { deletion: deletionDocument(answer.deletion) }),
    })),
  };
}
