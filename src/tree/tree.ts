/** Decision trees: the questions of a survey, their order, and the table columns of their answers. */
import { UserError } from '../errors.ts';
import { isObject } from '../files/json.ts';

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
  /**
   * True if every volunteer answers the question: its cumulative fractions sum to 1, and answers may lead to it but need not.
   * The first question is always asked of all.
   */
  readonly askedOfAll?: boolean;
  readonly answers: readonly AnswerData[];
}

/**
 * The two conventions for the fractions of a table. Cumulative: an answer's share of all volunteers. Conditional: its share of those
 * who were asked the question, so that each question sums to 1. `conditional.ts` converts them.
 */
export type FractionKind = 'cumulative' | 'conditional';

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
  /** The convention of the survey's tables. Default: cumulative. */
  readonly fractions?: FractionKind;
  /** True if the survey's tables have rounded counts, or lack routes: a question may have more votes than led to it. */
  readonly roundedCounts?: boolean;
  /** The end of each question's name in the columns, `-dr5`, which some of the survey's tables leave out. */
  readonly suffix?: string;
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
  /** Columns whose cumulative fractions add up to those of this question's answers; empty if these sum to 1. */
  readonly parents: readonly number[];
}

/** A decision tree: its data, and the questions and columns that follow from it. */
export interface Tree {
  readonly data: TreeData & { readonly fractions: FractionKind };
  /** By number: `questions[0]` has number 1. Parents come before their questions, so that one pass goes down the tree. */
  readonly questions: readonly Question[];
  /** In the order of the questions and their answers. */
  readonly columns: readonly Column[];
}

/** Column names that need no quotes in a CSV header: no comma, quote or control character, no space at an end. */
const COLUMN_NAME = /^(?! )[^",\p{Cc}]+(?<! )$/u;

/** The index of the first value that has occurred before; −1 if there is none. */
const repeated = (values: readonly string[]) => values.findIndex((value, i) => values.indexOf(value) !== i);

/**
 * Columns whose fractions add up to the share of volunteers who are asked a question: the answers that lead to it. If these
 * include all answers of another question, the columns that lead to that one replace them.
 * @param everybody the numbers of the questions that everybody answers
 */
function columnsLeadingTo(
  question: number,
  columns: readonly Column[],
  everybody: ReadonlySet<number>,
): number[] {
  const answersTo = (number: number) => columns.filter((column) => column.question === number);
  let leading = columns.filter(({ next }) => next === question).map(({ index }) => index);
  const isWhole = (number: number) => answersTo(number).every(({ index }) => leading.includes(index));
  for (;;) {
    const whole = leading.map((index) => columns[index]!.question).find(isWhole);
    if (whole === undefined) return leading;
    if (everybody.has(whole)) return [];
    const rest = leading.filter((index) => columns[index]!.question !== whole);
    const before = columnsLeadingTo(whole, columns, everybody);
    leading = [...new Set([...rest, ...before])].sort((a, b) => a - b);
  }
}

/** Returns an error about a place in a tree's data. */
type Refuse = (path: string, problem: string) => UserError;

const questionPath = (question: number) => `questions[${question}]`;
const answerPath = (question: number, answer: number) => `${questionPath(question)}.answers[${answer}]`;

/**
 * Builds a decision tree from its data.
 * @param place for messages, such as the file
 * @throws UserError with the path of the fault, `questions[1].answers[0].next`: there are no questions, or fewer than two answers; a
 * topic, an answer's text or a column occurs twice; a column name cannot stand in a CSV header; an answer leads to an unknown or
 * an earlier question; or no answer leads to a question
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
export function defineTree(data: TreeData, place = `tree ${data.name}`): Tree {
  const refuse: Refuse = (path, problem) => new UserError(`${place}: ${path}: ${problem}`);
  const columns = readColumns(data, refuse);
  for (const [i, { name, column }] of (data.classes ?? []).entries()) {
    if (columns.some((each) => each.name === column)) continue;
    throw refuse(`classes[${i}].column`, `class '${name}': no answer has the column '${column}'`);
  }
  const everybody = new Set(
    data.questions.flatMap(({ askedOfAll }, i) => (askedOfAll || i === 0 ? [i + 1] : [])),
  );
  checkRoutes(data, columns, everybody, refuse);
  const questions = data.questions.map(({ topic, text }, i): Question => {
    const own = columns.filter(({ question }) => question === i + 1);
    const parents = everybody.has(i + 1) ? [] : columnsLeadingTo(i + 1, columns, everybody);
    const late = columns[parents.find((parent) => parent >= own[0]!.index) ?? -1];
    if (late !== undefined) {
      const problem = `expected '${topic}' after the questions that lead to it, but '${late.label}' comes later`;
      throw refuse(questionPath(i), problem);
    }
    return { number: i + 1, topic, text, start: own[0]!.index, end: own.at(-1)!.index + 1, parents };
  });
  return { data: { ...data, fractions: data.fractions ?? 'cumulative' }, questions, columns };
}

/** The columns of all answers. Throws if a topic, answer, column or next question is wrong. */
function readColumns({ questions }: TreeData, refuse: Refuse): Column[] {
  if (questions.length === 0) throw refuse('questions', 'expected at least one');
  const topics = questions.map(({ topic }) => topic);
  const again = repeated(topics);
  if (again >= 0)
    throw refuse(`${questionPath(again)}.topic`, `two questions have the topic '${topics[again]}'`);
  const columns = questions.flatMap(({ topic, answers }, i) => {
    if (answers.length < 2)
      throw refuse(`${questionPath(i)}.answers`, `expected two or more, got ${answers.length}`);
    const same = repeated(answers.map(({ text }) => text));
    if (same >= 0)
      throw refuse(`${answerPath(i, same)}.text`, `two answers have the text '${answers[same]!.text}'`);
    return answers.map(({ text, column, next }, answer) => {
      if (!COLUMN_NAME.test(column)) {
        const problem = `expected a column name without commas and quotes, got '${column}'`;
        throw refuse(`${answerPath(i, answer)}.column`, problem);
      }
      const following = next === undefined ? null : topics.indexOf(next) + 1;
      if (following === 0)
        throw refuse(`${answerPath(i, answer)}.next`, `there is no question with the topic '${next}'`);
      const label = `${topic}: ${text}`;
      return { question: i + 1, answer: answer + 1, name: column, label, text, next: following };
    });
  });
  const twice = repeated(columns.map(({ name }) => name));
  if (twice >= 0) {
    const { question, answer, name } = columns[twice]!;
    throw refuse(`${answerPath(question - 1, answer - 1)}.column`, `two answers have the column '${name}'`);
  }
  return columns.map((column, index) => ({ index, ...column }));
}

/** Throws if a question is never asked, or asked twice on one route. */
function checkRoutes(
  { questions }: TreeData,
  columns: readonly Column[],
  everybody: ReadonlySet<number>,
  refuse: Refuse,
): void {
  const asked = new Set<number>();
  const visit = (number: number, route: readonly number[]) => {
    if (asked.has(number)) return;
    const before = [...route, number];
    for (const { question, answer, next } of columns.filter((column) => column.question === number)) {
      if (next === null) continue;
      if (before.includes(next)) {
        const loop = [...before.slice(before.indexOf(next)), next].map((each) => questions[each - 1]!.topic);
        throw refuse(`${answerPath(question - 1, answer - 1)}.next`, `a loop: ${loop.join(' → ')}`);
      }
      visit(next, before);
    }
    asked.add(number);
  };
  for (const number of everybody) visit(number, []);
  const unreachable = questions.findIndex((_, i) => !asked.has(i + 1));
  if (unreachable < 0) return;
  throw refuse(questionPath(unreachable), `no answer leads to '${questions[unreachable]!.topic}'`);
}

/** JSON with sorted keys: equal values give equal texts. */
const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_, each) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).sort()) : each,
  );

/** Trees with the same questions, answers and columns. */
export const isSameTree = (one: Tree, other: Tree): boolean =>
  one === other || sortedJson(one.data) === sortedJson(other.data);

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
