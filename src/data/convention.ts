/** Decides whether a table's fractions are cumulative or conditional, by the sums of their questions. */
import { OptionError } from '../errors.ts';
import { cumulativeFractions } from '../tree/conditional.ts';
import { sumOf, sumOfParents } from '../tree/sums.ts';
import type { FractionKind, Question, Tree } from '../tree/tree.ts';

/** Sums of published fractions (three decimals or more) deviate by less. */
const SUM_TOLERANCE = 0.02;

/** With fewer rows, the sums are not compared with the convention of the survey. */
const FEWEST_TESTED = 10;

/** The share of rows whose sums may deviate. */
const MOST_ODD = 0.05;

/** True if the sum of a question's answers contradicts a convention; false if an answer is unknown. */
function isOdd(question: Question, fractions: Float64Array, first: number, kind: FractionKind): boolean {
  const answers = sumOf(fractions, first + question.start, first + question.end);
  if (kind === 'cumulative')
    return Math.abs(answers - sumOfParents(question, fractions, first)) > SUM_TOLERANCE;
  return Math.abs(answers - 1) > SUM_TOLERANCE && answers > SUM_TOLERANCE; // 0 if nobody was asked
}

/**
 * The number of rows in which the sum of a question contradicts a convention, as those of debiased fractions do.
 * @param fractions `[N, columns]` as they stand in the table
 */
export function oddRows({ columns, questions }: Tree, fractions: Float64Array, kind: FractionKind): number {
  let rows = 0;
  for (let first = 0; first < fractions.length; first += columns.length)
    rows += Number(questions.some((question) => isOdd(question, fractions, first, kind)));
  return rows;
}

/** Numbers of rows whose sums contradict each convention, and of tested rows: those that know a question that not everybody is asked. */
function contradictions({ columns, questions }: Tree, fractions: Float64Array) {
  const seen = { tested: 0, cumulative: 0, conditional: 0 };
  for (let first = 0; first < fractions.length; first += columns.length) {
    const tested = questions.filter(
      (question) =>
        question.parents.length > 0 &&
        !Number.isNaN(
          sumOf(fractions, first + question.start, first + question.end) +
            sumOfParents(question, fractions, first),
        ),
    );
    const contradicts = (kind: FractionKind) =>
      Number(tested.some((question) => isOdd(question, fractions, first, kind)));
    seen.tested += Number(tested.length > 0);
    seen.cumulative += contradicts('cumulative');
    seen.conditional += contradicts('conditional');
  }
  return seen;
}

/**
 * The convention of a table's fractions.
 * @param values `[N, columns]` as they stand in the table
 * @param given the user's choice
 * @param isOwn the table is not one of a known survey, so that the sums decide
 * @throws OptionError if the sums of most rows contradict the convention and agree with the other one, which would make every label
 * below the first question wrong; or if the sums decide and agree with neither
 */
export function fractionKind(
  tree: Tree,
  file: string,
  values: Float64Array,
  given: FractionKind | undefined,
  isOwn: boolean,
): FractionKind {
  const kind = given ?? tree.data.fractions;
  const other = kind === 'cumulative' ? 'conditional' : 'cumulative';
  const seen = contradictions(tree, values);
  const agrees = (each: FractionKind) => seen[each] <= MOST_ODD * seen.tested;
  if (given === undefined && isOwn) {
    if (agrees(kind)) return kind;
    if (agrees(other)) return other;
    const counts = `${seen.cumulative} of ${seen.tested} rows contradict cumulative fractions, and ${seen.conditional} contradict conditional ones`;
    throw new OptionError('fractions', `${file}: the sums fit neither kind: ${counts}; choose one of them`);
  }
  if (seen.tested >= FEWEST_TESTED && seen[kind] > seen.tested / 2 && agrees(other)) {
    throw new OptionError(
      'fractions',
      `${file} has ${other} fractions: the sums of ${seen[kind]} of ${seen.tested} rows contradict ${kind} ones`,
      given,
    );
  }
  return kind;
}

/** Conditional fractions `[N, columns]` as cumulative ones, limited to 1, which the sums of rounded fractions may exceed. */
export function downTheTree(tree: Tree, conditional: Float64Array): Float64Array {
  const width = tree.columns.length;
  const cumulative = new Float64Array(conditional.length);
  for (let first = 0; first < conditional.length; first += width) {
    cumulative.set(cumulativeFractions(tree, conditional.subarray(first, first + width)), first);
  }
  return cumulative.map((value) => Math.min(1, value));
}
