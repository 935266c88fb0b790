/** The eleven questions with the columns they take and the sum they owe, derived from {@link DECISIONS}. */
import { COLUMNS } from './columns.ts';
import { DECISIONS } from './decisions.ts';

/** A question; its answers are the columns `start` … `end` − 1. */
export interface Question {
  /** 1…11. */
  readonly number: number;
  /** A word or two for labels, `spiral`. */
  readonly topic: string;
  /** The wording that the volunteers read, in short. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Column of the answer whose weighted fraction this question's answers sum to, or null where they sum to 1. */
  readonly parent: number | null;
}

const isAnswerTo = (question: number) => (column: number) => COLUMNS[column].question === question;
const answersTo = (question: number) => COLUMNS.map(({ index }) => index).filter(isAnswerTo(question));

/**
 * The columns that add up to the share of volunteers who come to a question: the answers that lead there, where all the
 * answers of an earlier question, taken together, count as whatever led to that question.
 */
function columnsLeadingTo(question: number): number[] {
  let columns = COLUMNS.filter(({ next }) => next === question).map(({ index }) => index);
  const isWhole = ({ number }: { number: number }) => answersTo(number).every((c) => columns.includes(c));
  for (let whole = DECISIONS.find(isWhole); whole !== undefined; whole = DECISIONS.find(isWhole)) {
    const isAnswer = isAnswerTo(whole.number);
    columns = [...new Set([...columns.filter((c) => !isAnswer(c)), ...columnsLeadingTo(whole.number)])];
  }
  return columns;
}

/**
 * All questions; a question's parent always stands in an earlier one, so one pass in this order goes down the tree.
 *
 * Two have no parent and sum to 1. Q1 is asked of everybody. Q6 ("anything odd?") is reached through A1.1 and A1.2, so its
 * sum ought to be A1.1 + A1.2, but the challenge's tables were made with 1, and so it stays.
 *
 * @example
 * const { start, end, parent } = QUESTIONS[7 - 1]; // 15, 18, 0: A7.1 + A7.2 + A7.3 = A1.1
 */
export const QUESTIONS: readonly Question[] = DECISIONS.map(({ number, topic, text }) => {
  const columns = answersTo(number);
  const leading = columnsLeadingTo(number);
  return {
    number,
    topic,
    text,
    start: columns[0],
    end: columns[0] + columns.length,
    parent: leading.length === 1 ? leading[0] : null,
  };
});
