/** Decision trees: the questions of a survey, their order, and the table columns of their answers. */
import { UserError } from '../errors.ts';

/** An answer in a survey's data. */
export interface AnswerData {
  /** The answer in the survey's words, `smooth`. */
  readonly text: string;
  /** Name of its table column, unique in the tree: `Class1.1`. */
  readonly column: string;
  /** Topic of the next question; undefined at the end of a route. */
  readonly next?: string;
}

/** A question in a survey's data. */
export interface QuestionData {
  /** A word or two, unique in the tree: `spiral`. */
  readonly topic: string;
  /** The question in the survey's words. */
  readonly text: string;
  /** True if the question's fractions sum to 1 although answers lead to it. The first question's always do. */
  readonly askedOfAll?: boolean;
  readonly answers: readonly AnswerData[];
}

/** A published score of predictions on galaxies of a survey. */
export interface PublishedScore {
  readonly name: string;
  readonly what: string;
  /** Pooled, in units of vote fraction. */
  readonly rmse: number;
}

/** A decision tree as plain data: the content of a survey file, saved with runs and models. */
export interface TreeData {
  /** Short name for flags and files, `gz2`. */
  readonly name: string;
  /** `Galaxy Zoo 2` */
  readonly title: string;
  /** Where the tree was published. */
  readonly source: string;
  /** Each question comes after those that lead to it. */
  readonly questions: readonly QuestionData[];
  /** Classes of which `show` draws examples: galaxies whose leading route has the answer with this column. Default: one per answer. */
  readonly classes?: readonly { readonly name: string; readonly column: string }[];
  /** Scores to compare with. */
  readonly publishedScores?: readonly PublishedScore[];
}

/** One answer and its table column. */
export interface Column {
  /** Place among the tree's columns, from 0. */
  readonly index: number;
  /** Number of the question, from 1. */
  readonly question: number;
  /** Number of the answer within its question, from 1. */
  readonly answer: number;
  /** `Class4.1` */
  readonly name: string;
  /** For people: `spiral: yes`. */
  readonly label: string;
  /** The answer alone: `yes`. */
  readonly text: string;
  /** Number of the next question; null at the end of a route. */
  readonly next: number | null;
}

/** A question; its answers are the columns `start` … `end` − 1. */
export interface Question {
  /** From 1, in the order of the tree. */
  readonly number: number;
  readonly topic: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Columns whose fractions add up to those of this question's answers; empty if these sum to 1. */
  readonly parents: readonly number[];
}

/** A decision tree: its data, and the questions and columns that follow from it. */
export interface Tree {
  readonly data: TreeData;
  /** By number: `questions[0]` has number 1. Parents come before their questions, so that one pass goes down the tree. */
  readonly questions: readonly Question[];
  /** In the order of the questions and their answers. */
  readonly columns: readonly Column[];
}

/** Column names that need no quotes in a CSV header: no comma, quote or control character, no space at an end. */
const COLUMN_NAME = /^(?! )[^",\p{Cc}]+(?<! )$/u;

/** The first value that occurs twice. */
const duplicate = (values: readonly string[]) => values.find((value, i) => values.indexOf(value) !== i);

/**
 * Columns whose fractions add up to the share of volunteers who are asked a question: the answers that lead to it. If these
 * include all answers of another question, the columns that lead to that one replace them.
 */
function columnsLeadingTo(question: number, columns: readonly Column[]): number[] {
  const answersTo = (number: number) => columns.filter((column) => column.question === number);
  let leading = columns.filter(({ next }) => next === question).map(({ index }) => index);
  const isWhole = (number: number) => answersTo(number).every(({ index }) => leading.includes(index));
  for (;;) {
    const whole = leading.map((index) => columns[index]!.question).find(isWhole);
    if (whole === undefined) return leading;
    const rest = leading.filter((index) => columns[index]!.question !== whole);
    if (whole === 1) return []; // everybody answers the first question
    leading = [...new Set([...rest, ...columnsLeadingTo(whole, columns)])].sort((a, b) => a - b);
  }
}

/**
 * Builds a decision tree from its data.
 * @throws UserError that names the tree and the question, if there are no questions or answers, a topic, answer or column
 * occurs twice, a column name cannot stand in a CSV header, an answer leads to an unknown or an earlier question, or no answer
 * leads to a question
 * @example
 * const tree = defineTree({
 *   name: 'shapes', title: 'Shapes', source: 'my thesis',
 *   questions: [
 *     { topic: 'shape', text: 'Round?', answers: [{ text: 'yes', column: 'round' }, { text: 'no', column: 'flat', next: 'arms' }] },
 *     { topic: 'arms', text: 'How many arms?', answers: [{ text: '1', column: 'one' }, { text: '2', column: 'two' }] },
 *   ],
 * });
 * tree.columns[2].label; // 'arms: 1'
 * tree.questions[1].parents; // [1]
 */
export function defineTree(data: TreeData): Tree {
  const refuse = (problem: string) => new UserError(`tree ${data.name}: ${problem}`);
  if (data.questions.length === 0) throw refuse('expected at least one question');
  const twice = duplicate(data.questions.map(({ topic }) => topic));
  if (twice !== undefined) throw refuse(`two questions have the topic '${twice}'`);
  const numberOf = new Map(data.questions.map(({ topic }, i) => [topic, i + 1]));
  const columns = data.questions
    .flatMap(({ topic, answers }, i) => {
      if (answers.length < 2) throw refuse(`question '${topic}': expected two answers or more`);
      const same = duplicate(answers.map(({ text }) => text));
      if (same !== undefined) throw refuse(`question '${topic}': two answers have the text '${same}'`);
      return answers.map(({ text, column, next }, answer) => {
        const place = `question '${topic}', answer '${text}'`;
        if (!COLUMN_NAME.test(column)) {
          throw refuse(`${place}: expected a column name without commas and quotes, got '${column}'`);
        }
        const following = next === undefined ? null : (numberOf.get(next) ?? 0);
        if (following === 0) throw refuse(`${place}: there is no question '${next}'`);
        return {
          question: i + 1,
          answer: answer + 1,
          name: column,
          label: `${topic}: ${text}`,
          text,
          next: following,
        };
      });
    })
    .map((column, index) => ({ index, ...column }));
  const repeated = duplicate(columns.map(({ name }) => name));
  if (repeated !== undefined) throw refuse(`two answers have the column '${repeated}'`);
  const unknown = data.classes?.find(({ column }) => columns.every(({ name }) => name !== column));
  if (unknown !== undefined)
    throw refuse(`class '${unknown.name}': no answer has the column '${unknown.column}'`);
  checkRoutes(data, columns, refuse);
  const questions = data.questions.map(({ topic, text, askedOfAll }, i): Question => {
    const own = columns.filter(({ question }) => question === i + 1);
    const parents = askedOfAll || i === 0 ? [] : columnsLeadingTo(i + 1, columns);
    if (parents.some((parent) => parent >= own[0]!.index)) {
      throw refuse(`question '${topic}': expected it after the questions that lead to it`);
    }
    return { number: i + 1, topic, text, start: own[0]!.index, end: own.at(-1)!.index + 1, parents };
  });
  return { data, questions, columns };
}

/** Throws if a question is never asked, or asked twice on one route. */
function checkRoutes(
  data: TreeData,
  columns: readonly Column[],
  refuse: (problem: string) => UserError,
): void {
  const topic = (number: number) => data.questions[number - 1]!.topic;
  const asked = new Set<number>();
  const visit = (question: number, route: readonly number[]) => {
    if (route.includes(question)) throw refuse(`question '${topic(question)}' leads back to itself`);
    if (asked.has(question)) return;
    for (const { next } of columns.filter((column) => column.question === question)) {
      if (next !== null) visit(next, [...route, question]);
    }
    asked.add(question);
  };
  visit(1, []);
  const unreachable = data.questions.findIndex((_, i) => !asked.has(i + 1));
  if (unreachable >= 0) throw refuse(`question '${topic(unreachable + 1)}': no answer leads to it`);
}

/** The numbers of a question and an answer. @example answerNumber(GALAXY_ZOO_2.columns[7]) // '4.1' */
export const answerNumber = ({ question, answer }: Pick<Column, 'question' | 'answer'>): string =>
  `${question}.${answer}`;

/**
 * The column with a name, `Class4.1`, or a number, `4.1`; undefined if there is none.
 * @example columnNamed(GALAXY_ZOO_2, '4.1')?.label // 'spiral: yes'
 */
export function columnNamed(tree: Tree, name: string): Column | undefined {
  return tree.columns.find((column) => column.name === name || answerNumber(column) === name);
}

/**
 * The number of rows in fractions `[N, columns]`.
 * @throws RangeError if the length is not a multiple of the tree's columns
 */
export function rowCount({ columns }: Tree, fractions: ArrayLike<number>): number {
  const rows = fractions.length / columns.length;
  if (Number.isInteger(rows)) return rows;
  throw new RangeError(`expected rows of ${columns.length} fractions, got ${fractions.length} numbers`);
}

/** The fractions of several galaxies as one table, `[N, columns]`. */
export function joinedFractions(
  { columns }: Tree,
  rows: readonly { readonly fractions: ArrayLike<number> }[],
): Float64Array {
  const joined = new Float64Array(rows.length * columns.length);
  rows.forEach(({ fractions }, row) => {
    joined.set(fractions, row * columns.length);
  });
  return joined;
}
