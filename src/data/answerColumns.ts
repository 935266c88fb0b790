/** Finds the columns of a tree's answers in a table: by their names, or by names that the user gives. */
import { z } from 'zod';
import { enumerate, inWords, OptionError, shorten, UserError } from '../errors.ts';
import { checked } from '../files/schema.ts';
import { SURVEYS } from '../tree/surveys.ts';
import { type Column, columnNamed, type Question, type Tree } from '../tree/tree.ts';
import { isMissing, lookalike, type MissingValues, plainName, type Table } from './tables/table.ts';

/** The kinds of numbers that a table may have for each answer. */
export const VOTE_KINDS = ['fractions', 'counts', 'weighted', 'debiased'] as const;
export type VoteKind = (typeof VOTE_KINDS)[number];

/** The endings of a table's columns after the answer's column name, by kind. */
const ENDINGS: Readonly<Record<VoteKind, readonly string[]>> = {
  fractions: ['_fraction', ''],
  counts: ['_count', ''],
  weighted: ['_weighted_fraction'],
  debiased: ['_debiased'],
};

/** The kinds in words, for messages. */
export const KIND_NAMES: Readonly<Record<VoteKind, string>> = {
  fractions: 'fractions',
  counts: 'counts',
  weighted: 'weighted fractions',
  debiased: 'debiased fractions',
};

/** Columns with the number of people who classified a galaxy; `total_count` is that of Galaxy Zoo Hubble. */
const PEOPLE_COLUMNS = ['total_classifications', 'total-classifications', 'total_count'];

/** The table's columns of a tree's answers. */
export interface AnswerColumns {
  readonly kind: VoteKind;
  /** The table's column of each answer, in the order of the tree; undefined where the user's names leave a question out. */
  readonly names: readonly (string | undefined)[];
  /** True if only the values distinguish fractions from counts. */
  readonly isPlain: boolean;
}

/** A column whose cells are answers to one question. */
export interface ClassColumn {
  readonly name: string;
  readonly question: Question;
}

/** The user's names of columns: see `parseColumnNames`. */
export interface ColumnNames {
  /** The file, for messages. */
  readonly file: string;
  /** The table's column of each answer, by the answer's place in the tree. */
  readonly answers: ReadonlyMap<number, string>;
  readonly classes: readonly ClassColumn[];
  /** The column with the number of people. */
  readonly people?: string;
}

const namesSchema = z.record(z.string(), z.string());

/**
 * Parses the user's names of columns, an object. A key is a column of the table. Its value is the answer of this column, by its column or
 * number in the tree; the topic of a question, if the cells are its answers; or `people`, for the number of people. Name all answers of
 * a question, or none.
 * @param file for messages
 * @throws UserError that names the file and the column at fault
 * @example
 * parseColumnNames(GALAXY_ZOO_2, { p_odd: '6.1', p_normal: '6.2' }, 'mine.json').answers; // Map { 13 => 'p_odd', 14 => 'p_normal' }
 */
export function parseColumnNames(tree: Tree, data: unknown, file: string): ColumnNames {
  const answers = new Map<number, string>();
  const classes: ClassColumn[] = [];
  let people: string | undefined;
  const once = (name: string, before: string | undefined, target: string) => {
    if (before !== undefined) throw new UserError(`${file}: ${before} and ${name} are both ${target}`);
  };
  for (const [name, target] of Object.entries(checked(namesSchema, data, file))) {
    const column = columnNamed(tree, target);
    const question = tree.questions.find(({ topic }) => topic === target);
    if (column) {
      once(name, answers.get(column.index), target);
      answers.set(column.index, name);
    } else if (question) {
      once(name, classes.find((each) => each.question === question)?.name, target);
      classes.push({ name, question });
    } else if (target === 'people') {
      once(name, people, target);
      people = name;
    } else {
      const examples = `a column or number of an answer of ${tree.data.title}, such as ${tree.columns[0]!.name} or 1.1`;
      const topics = enumerate(tree.questions.map(({ topic }) => `'${topic}'`));
      throw new UserError(
        `${file}: ${name}: expected ${examples}, a question (${topics}) or people, got ${inWords(target)}`,
      );
    }
  }
  for (const { topic, start, end, number } of tree.questions) {
    const named = tree.columns.slice(start, end).filter(({ index }) => answers.has(index));
    const missing = tree.columns.slice(start, end).filter(({ index }) => !answers.has(index));
    if (named.length > 0 && missing.length > 0)
      throw new UserError(
        `${file}: question '${topic}': no column for ${enumerate(missing.map(({ name }) => name))}`,
      );
    const both = classes.find(({ question }) => question.number === number);
    if (named.length > 0 && both)
      throw new UserError(
        `${file}: question '${topic}': expected a column of classes or columns of its answers, got both`,
      );
  }
  if (answers.size + classes.length === 0)
    throw new UserError(`${file}: expected the column of an answer or a question`);
  return { file, answers, classes, ...(people !== undefined && { people }) };
}

const columnNamesOf = ({ columns }: Table): string[] => columns.map(({ name }) => name);

/** Names that a table lacks, with the names that it has in place of them. */
const withLookalikes = (absent: readonly string[], present: readonly string[]): string[] =>
  absent.map((name) => {
    const alike = lookalike(name, present);
    return alike === undefined ? name : `${name} (is it ${alike}?)`;
  });

/** The user's names as columns. @throws UserError if the table does not have them */
function namedColumns(
  tree: Tree,
  table: Table,
  names: ColumnNames,
  labels: VoteKind | undefined,
): AnswerColumns {
  const present = columnNamesOf(table);
  const { file, answers, classes, people } = names;
  const wanted = [
    ...answers.values(),
    ...classes.map(({ name }) => name),
    ...(people === undefined ? [] : [people]),
  ];
  const absent = wanted.filter((name) => !present.includes(name));
  if (absent.length > 0)
    throw new UserError(
      `${table.file}: has no column ${enumerate(withLookalikes(absent, present))}, which ${file} names`,
    );
  return {
    kind: labels ?? 'fractions',
    names: tree.columns.map(({ index }) => answers.get(index)),
    isPlain: labels === undefined,
  };
}

/** The stems of the columns of a tree's answers: those of the tree, and those without the survey's suffix. */
function stemsOf({ data: { suffix }, columns }: Tree): string[][] {
  const names = columns.map(({ name }) => name);
  return suffix === undefined ? [names] : [names, names.map((name) => name.replace(`${suffix}_`, '_'))];
}

/** The kinds of votes for which a table has a column for every answer. */
export function findKinds(
  tree: Tree,
  present: ReadonlySet<string>,
): (AnswerColumns & { readonly names: readonly string[] })[] {
  const kindsOf = (stems: readonly string[]) =>
    VOTE_KINDS.flatMap((kind) => {
      const ending = ENDINGS[kind].find((each) => stems.every((stem) => present.has(stem + each)));
      return ending === undefined
        ? []
        : [{ kind, names: stems.map((stem) => stem + ending), isPlain: ending === '' }];
    });
  const found =
    stemsOf(tree)
      .map(kindsOf)
      .find(({ length }) => length > 0) ?? [];
  // Plain names are counts if the table also has columns of fractions; otherwise fractions, unless their values are counts.
  const hasPlainCounts = found.some(({ kind, isPlain }) => kind === 'fractions' && !isPlain);
  return found.filter(
    ({ kind, isPlain }) => !(isPlain && kind === (hasPlainCounts ? 'fractions' : 'counts')),
  );
}

/** The names that the columns of a tree's answers may have: for each pair of stems and ending, one for each answer. */
const namesOfAnswers = (tree: Tree): string[][] =>
  stemsOf(tree).flatMap((stems) =>
    [...new Set(Object.values(ENDINGS).flat())].map((ending) => stems.map((stem) => stem + ending)),
  );

/** The number of a tree's answers that a table has a column for. */
function answersIn(tree: Tree, present: ReadonlySet<string>): number {
  const endings = Object.values(ENDINGS).flat();
  const isPresent = (stem: string) => endings.some((ending) => present.has(stem + ending));
  return Math.max(...stemsOf(tree).map((stems) => stems.filter(isPresent).length));
}

/** @throws OptionError if the table is one of another survey or has no answers, else UserError that names the missing columns */
function refuseColumns(tree: Tree, table: Table): never {
  const names = columnNamesOf(table);
  const present = new Set(names);
  const [other] = SURVEYS.map((survey) => ({
    survey,
    share: answersIn(survey, present) / survey.columns.length,
  })).sort((a, b) => b.share - a.share);
  const own = answersIn(tree, present);
  if (other && other.share >= 0.5 && other.share > own / tree.columns.length) {
    const { title, name } = other.survey.data;
    const problem = `${table.file} has the columns of ${name}, ${title}; expected those of ${tree.data.title}`;
    throw new OptionError('tree', problem);
  }
  const lacking = namesOfAnswers(tree)
    .map((wanted) => wanted.filter((name) => !present.has(name)))
    .map((absent) => ({ absent, alike: absent.flatMap((name) => lookalike(name, names) ?? []) }))
    .reduce((a, b) => (b.absent.length - b.alike.length < a.absent.length - a.alike.length ? b : a));
  const { absent, alike } = lacking;
  if (alike.length === absent.length) {
    const pairs = enumerate(
      absent.map((name, i) => `${alike[i]} in place of ${name}`),
      2,
    );
    const problem = `${table.file} has ${pairs}, which differ in case or punctuation; rename or map them`;
    throw new OptionError('columns', problem);
  }
  if (own === 0 && alike.length === 0) {
    const expected = enumerate(
      tree.columns.map(({ name }) => name),
      2,
    );
    const got = enumerate(names.map((name) => shorten(name)));
    const [question, ...others] = tree.questions as [Question, ...Question[]];
    const classes = others.length === 0 ? ', or a column of these classes' : '';
    const problem = `${table.file}: expected the columns of ${tree.data.title}, ${expected}${classes}; got ${got}`;
    const advice = `map yours in a file, as in {"my_class": "${question.topic}"}, or name another \`tree\``;
    throw new OptionError('columns', `${problem}; ${advice}`, undefined, { code: 'data' });
  }
  throw new UserError(`${table.file}: missing column ${enumerate(withLookalikes(absent, names))}`);
}

/**
 * The survey that has half of its answers or more among a table's columns, whatever their case and punctuation; undefined if there is none.
 * Of several, the one with the largest share.
 */
export function closestSurvey(table: Table): Tree | undefined {
  const present = new Set(columnNamesOf(table).map(plainName));
  const shareOf = (tree: Tree) => {
    const found = namesOfAnswers(tree).map(
      (names) => names.filter((name) => present.has(plainName(name))).length,
    );
    return Math.max(...found) / tree.columns.length;
  };
  const shares = SURVEYS.map((survey) => ({ survey, share: shareOf(survey) }));
  const best = shares.reduce((a, b) => (b.share > a.share ? b : a));
  return best.share >= 0.5 ? best.survey : undefined;
}

/**
 * The columns of a tree's answers.
 * @param labels the kind of votes. Default: the only one that the table has, unless that is `debiased`
 * @throws OptionError if the table has several kinds and none is chosen, or lacks the chosen one; UserError that names missing columns
 */
export function chooseColumns(
  tree: Tree,
  table: Table,
  labels: VoteKind | undefined,
  named: ColumnNames | undefined,
): AnswerColumns {
  const { file } = table;
  if (named) return namedColumns(tree, table, named, labels);
  const found = findKinds(tree, new Set(columnNamesOf(table)));
  if (found.length === 0) refuseColumns(tree, table);
  const kinds = found.map(({ kind }) => KIND_NAMES[kind]).join(' and ');
  if (labels !== undefined) {
    const chosen = found.find(({ kind }) => kind === labels);
    if (chosen) return { ...chosen, isPlain: false };
    // Plain names may hold counts.
    const plain = found.find(({ isPlain }) => isPlain);
    if (plain && labels === 'counts') return { ...plain, kind: 'counts', isPlain: false };
    throw new OptionError('labels', `${file} has ${kinds} only`, labels);
  }
  if (found.length > 1) throw new OptionError('labels', `${file} has ${kinds}; choose one of them`);
  if (found[0]!.kind === 'debiased') {
    throw new OptionError('labels', `${file} has debiased fractions only; choose debiased to use them`);
  }
  return found[0]!;
}

/** An answer's name without regard to case, spaces, hyphens and underscores. */
const plainWord = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');

/**
 * The answers of a question by their texts and columns.
 * @param byNumber also by their numbers from 0, as in tables of classes
 */
export function answersByName(
  { columns }: Tree,
  { start, end }: Question,
  byNumber = false,
): ReadonlyMap<string, Column> {
  const answers = columns.slice(start, end);
  const numbers = byNumber ? answers.map((column, i) => [String(i), column] as const) : [];
  const names = answers.flatMap((column) =>
    [column.name, column.text].map((name) => [plainWord(name), column] as const),
  );
  return new Map([...numbers, ...names]);
}

/** The answer that a cell names. */
export const answerOf = (answers: ReadonlyMap<string, Column>, cell: string): Column | undefined =>
  answers.get(plainWord(cell));

/** Rows that are read of every column, to find classes. */
const FIRST_ROWS = 100;

/** The cells of a column, of all rows or the first ones; none if they are lists or groups. */
async function readTexts(table: Table, name: string, most?: number): Promise<readonly string[]> {
  try {
    return (await table.read({ texts: [name], most })).texts.get(name)!;
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** A column is one of classes with a wrong cell, rather than of anything else, if this share of its cells are names of classes. */
const MOST_CELLS = 0.8;

/**
 * The columns of a table whose cells are the answers to the tree's only question; none if the tree has more questions. If no column
 * has such cells alone, those in which most cells are names of answers: the others are mistakes.
 */
export async function classColumns(tree: Tree, table: Table, missing: MissingValues): Promise<ClassColumn[]> {
  const [question, ...others] = tree.questions as [Question, ...Question[]];
  if (others.length > 0 || answersIn(tree, new Set(columnNamesOf(table))) > 0) return [];
  const answers = answersByName(tree, question);
  const isClass = (cell: string) => answerOf(answers, cell) !== undefined;
  const share = (cells: readonly string[]) => cells.filter(isClass).length / cells.length;
  const [whole, most]: ClassColumn[][] = [[], []];
  for (const name of columnNamesOf(table)) {
    const known = async (rows?: number) =>
      (await readTexts(table, name, rows)).filter((cell) => !isMissing(cell) && !missing.has(cell));
    // The first rows show that most columns have none, so that few columns of a wide table are read whole.
    if (share(await known(FIRST_ROWS)) < MOST_CELLS) continue;
    const found = share(await known());
    if (found >= MOST_CELLS) (found === 1 ? whole : most)!.push({ name, question });
  }
  return whole!.length > 0 ? whole! : most!;
}

/** The column of {@link classColumns}; undefined if there is none. @throws OptionError if there are several */
export async function findClassColumn(
  tree: Tree,
  table: Table,
  missing: MissingValues,
): Promise<ClassColumn | undefined> {
  const found = await classColumns(tree, table, missing);
  if (found.length <= 1) return found[0];
  const names = found.map(({ name }) => name);
  const problem = `${table.file}: ${names.join(' and ')} all hold classes; name one of them, as in {"${names[0]}": "${found[0]!.question.topic}"}`;
  throw new OptionError('columns', problem);
}

/** The column with the number of people who classified each galaxy, if it has a usual name. */
export const usualPeopleColumn = (table: Table): string | undefined =>
  PEOPLE_COLUMNS.find((name) => columnNamesOf(table).includes(name));

/** The column with the number of people who classified each galaxy. @throws OptionError if there is none */
export function peopleColumn(table: Table, named: ColumnNames | undefined): string {
  const found = named?.people ?? usualPeopleColumn(table);
  if (found !== undefined) return found;
  const problem = `${table.file} has no column with the number of people, such as ${PEOPLE_COLUMNS[0]}; name it with \`columns\`, as in {"votes": "people"}`;
  throw new OptionError('countsFromFractions', problem);
}
