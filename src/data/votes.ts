/** Reads the votes of a table: finds its columns, checks its numbers, and makes them cumulative fractions. Other columns are ignored. */
import { andMore, enumerate, OptionError, shorten, UserError } from '../errors.ts';
import { SURVEYS } from '../tree/surveys.ts';
import type { Column, FractionKind, Tree } from '../tree/tree.ts';
import {
  type AnswerColumns,
  answerOf,
  answersByName,
  type ClassColumn,
  type ColumnNames,
  chooseColumns,
  findClassColumn,
  KIND_NAMES,
  peopleColumn,
  type VoteKind,
} from './answerColumns.ts';
import { downTheTree, fractionKind, oddRows } from './convention.ts';
import { areCounts, checkCounts, rebuildCounts, sharesOf } from './counts.ts';
import { chooseIds, type IdOptions, idCandidates } from './idColumn.ts';
import { isCount } from './labels.ts';
import type { TableReading } from './tableReading.ts';
import { faultOfCells, isMissing, MissingValues, type Table, type TableColumns } from './tables/table.ts';

/** The votes of a table; row i is galaxy `ids[i]`. */
export interface Solutions {
  /** The file's name, for messages. */
  readonly file: string;
  /** In the order of the file, each once. */
  readonly ids: readonly string[];
  /** Cumulative vote fractions `[N, columns]`, from 0 to 1, NaN where unknown. */
  readonly fractions: Float64Array;
  /** Numbers of votes `[N, columns]`, NaN where unknown, if the table has these. */
  readonly counts?: Float64Array;
  /** How the table was understood, if it was read from a file. */
  readonly reading?: TableReading;
}

export interface VoteOptions extends IdOptions {
  /** Default: the only kind in the table, unless that is `debiased`. */
  readonly labels?: VoteKind;
  /** The convention of fractions. Default: the tree's; for a table of the user's own, the one that its sums fit. */
  readonly fractions?: FractionKind;
  /** Accept sums that contradict the convention, as those of a bad network's predictions do. */
  readonly anySums?: boolean;
  /** Names of the table's columns, in place of the tree's. */
  readonly columns?: ColumnNames;
  /** Rebuild counts from fractions and the number of people. */
  readonly countsFromFractions?: boolean;
  /** Values of unknown cells, such as `-99`, besides empty ones and `NaN`. IDs are not compared with them. */
  readonly missing?: readonly string[];
  /** Refuse missing cells. */
  readonly complete?: boolean;
}

/** Fractions outside 0…1 by up to this much are rounding errors. */
const ROUNDING = 1e-6;

/** The numbers of the answers `[N, columns]`, as they stand in the table; NaN for answers without a column. */
function gather(names: AnswerColumns['names'], columns: TableColumns): Float64Array {
  const width = names.length;
  const values = new Float64Array(columns.rows * width).fill(Number.NaN);
  for (const [column, name] of names.entries()) {
    const cells = name === undefined ? [] : columns.numbers.get(name)!;
    for (let row = 0; row < cells.length; row++) values[row * width + column] = cells[row]!;
  }
  return values;
}

/** True for percentages: values up to 100, not all whole as counts are, more than a tenth of them above 1. */
function arePercentages(values: Float64Array): boolean {
  const known = values.filter((value) => !Number.isNaN(value));
  const above = known.filter((value) => value > 1);
  return (
    above.length > known.length / 10 &&
    !above.every(Number.isInteger) &&
    known.every((value) => value >= 0 && value <= 100 + ROUNDING)
  );
}

/** Fractions, limited to 0…1. @throws UserError that names the place of the first one outside */
function checkFractions(
  values: Float64Array,
  names: AnswerColumns['names'],
  columns: TableColumns,
  complete: boolean,
): Float64Array {
  const isWrong = (value: number) =>
    Number.isNaN(value) ? complete : value < -ROUNDING || value > 1 + ROUNDING;
  const first = values.findIndex(isWrong);
  if (first === -1) return values.map((value) => Math.min(1, Math.max(0, value)));
  const wrong = values.filter(isWrong);
  const got = Number.isNaN(wrong[0]) ? 'an unknown value' : wrong[0];
  const more = andMore(wrong.length - 1, 'cell is outside', 'cells are outside');
  const advice = arePercentages(values) ? '; divide percentages by 100' : '';
  const problem = `${names[first % names.length]}: expected 0…1, got ${got}${more}${advice}`;
  throw faultOfCells(columns.fault(Math.floor(first / names.length), problem), wrong);
}

/** The number of people who classified each galaxy, NaN where unknown. @throws UserError that names the row of a wrong number */
function peopleOf(name: string, columns: TableColumns): Float64Array {
  const people = columns.numbers.get(name)!;
  people.forEach((count, row) => {
    if (Number.isNaN(count) || isCount(count)) return;
    throw columns.fault(row, `${name}: expected a number of people, got ${count}`);
  });
  return people;
}

/**
 * Writes 1 for the answer that a class names, and 0 for the other answers to its question.
 * @returns how the classes were understood, for the note
 * @throws UserError that names the row of an unknown class
 */
function fillClasses(
  tree: Tree,
  classes: readonly ClassColumn[],
  columns: TableColumns,
  fractions: Float64Array,
): Pick<TableReading, 'numbered' | 'absent'> {
  const [numbered, absent]: string[][] = [[], []];
  for (const { name, question } of classes) {
    const [answers, byName] = [answersByName(tree, question, true), answersByName(tree, question)];
    const seen = new Set<Column>();
    let hasNumbers = false;
    for (const [row, cell] of columns.texts.get(name)!.entries()) {
      if (isMissing(cell)) continue;
      const answer = answerOf(answers, cell);
      hasNumbers ||= answerOf(byName, cell) === undefined;
      if (answer === undefined) {
        const texts = tree.columns.slice(question.start, question.end).map((column) => column.text);
        const problem = `${name}: expected a class, ${enumerate(texts)}, got '${shorten(cell)}'`;
        throw faultOfCells(columns.fault(row, problem), [cell]);
      }
      const first = row * tree.columns.length;
      fractions.fill(0, first + question.start, first + question.end);
      fractions[first + answer.index] = 1;
      seen.add(answer);
    }
    const own = tree.columns.slice(question.start, question.end);
    if (hasNumbers) numbered!.push(...own.map(({ text }, i) => `${i} ${text}`));
    absent!.push(...own.filter((column) => !seen.has(column)).map(({ text }) => text));
  }
  return { ...(numbered!.length > 0 && { numbered }), ...(absent!.length > 0 && { absent }) };
}

/** The number of cells of answers and classes that are unknown. */
function unknownCells({ answers, classes }: ChosenColumns, { numbers, texts }: TableColumns): number {
  const inAnswers = answers.map((name) => numbers.get(name)!.filter(Number.isNaN).length);
  const inClasses = classes.map(({ name }) => texts.get(name)!.filter(isMissing).length);
  return [...inAnswers, ...inClasses].reduce((sum, count) => sum + count, 0);
}

/** The columns of a table's votes. */
interface ChosenColumns extends AnswerColumns {
  /** The names that are not undefined. */
  readonly answers: readonly string[];
  readonly classes: readonly ClassColumn[];
  readonly people?: string;
}

/** @throws UserError if a column is missing; OptionError if the user must choose between columns or kinds */
async function chooseVotes(
  tree: Tree,
  table: Table,
  { labels, columns: named, countsFromFractions }: VoteOptions,
  missing: MissingValues,
): Promise<ChosenColumns> {
  const found = named || labels ? undefined : await findClassColumn(tree, table, missing);
  const none: AnswerColumns = { kind: 'fractions', names: tree.columns.map(() => undefined), isPlain: false };
  const chosen = found ? none : chooseColumns(tree, table, labels, named);
  return {
    ...chosen,
    answers: chosen.names.filter((name) => name !== undefined),
    classes: found ? [found] : (named?.classes ?? []),
    ...(countsFromFractions && { people: peopleColumn(table, named) }),
  };
}

/** Columns whose unknown numbers and classes are NaN and ''. */
function withoutMissing(
  columns: TableColumns,
  { classes }: ChosenColumns,
  missing: MissingValues,
): TableColumns {
  if (missing.counts.size === 0) return columns;
  const numbers = Array.from(columns.numbers, ([name, cells]) => {
    return [name, cells.map((value) => (missing.count(value) ? Number.NaN : value))] as const;
  });
  const texts = classes.map(({ name }) => {
    const cells = columns.texts.get(name)!;
    return [name, cells.map((cell) => (missing.count(cell) ? '' : cell))] as const;
  });
  return { ...columns, numbers: new Map(numbers), texts: new Map([...columns.texts, ...texts]) };
}

/**
 * The votes of columns.
 * @throws UserError that names the place and the value of the first fault; OptionError if the user must choose a kind
 */
function votesOf(
  tree: Tree,
  file: string,
  columns: TableColumns,
  chosen: ChosenColumns,
  { columns: named, countsFromFractions, complete = false, fractions: given, anySums }: VoteOptions,
): Pick<Solutions, 'fractions' | 'counts'> & { reading: Omit<TableReading, 'idColumn' | 'ignored'> } {
  const { answers, classes, people } = chosen;
  const values = gather(chosen.names, columns);
  const holdsCounts = chosen.kind === 'counts' || (chosen.isPlain && areCounts([values]));
  const kind = answers.length === 0 ? 'classes' : holdsCounts ? 'counts' : chosen.kind;
  if (countsFromFractions && kind !== 'fractions' && kind !== 'weighted') {
    const got = kind === 'classes' ? kind : KIND_NAMES[kind];
    throw new OptionError(
      'countsFromFractions',
      `expected fractions or weighted fractions, but ${file} has ${got}`,
    );
  }
  let fractions: Float64Array;
  let counts: Float64Array | undefined;
  let convention: FractionKind | undefined;
  let [exceeding, odd] = [0, 0];
  if (holdsCounts) {
    counts = values;
    exceeding = checkCounts(tree, counts, chosen.names, columns);
    fractions = downTheTree(tree, sharesOf(tree, counts));
  } else {
    const checked = checkFractions(values, chosen.names, columns, complete);
    const isOwn = named !== undefined || !SURVEYS.some(({ data }) => data.name === tree.data.name);
    convention = anySums ? (given ?? tree.data.fractions) : fractionKind(tree, file, checked, given, isOwn);
    odd = oddRows(tree, checked, convention);
    fractions = convention === 'conditional' ? downTheTree(tree, checked) : checked;
  }
  const understood = fillClasses(tree, classes, columns, fractions);
  const rebuilt =
    people === undefined ? undefined : rebuildCounts(tree, fractions, peopleOf(people, columns));
  counts ??= rebuilt?.counts;
  return {
    fractions,
    ...(counts && { counts }),
    reading: {
      kind,
      ...(answers.length > 0 && convention && { convention }),
      answers: [...answers, ...classes.map(({ name }) => name)],
      unknown: unknownCells(chosen, columns),
      ...understood,
      ...(exceeding > 0 && { exceeding }),
      ...(odd > 0 && { odd }),
      ...(rebuilt && { rebuilt: { people: people!, ...rebuilt.wholeness } }),
    },
  };
}

/** A table of votes, as far as it can be read. */
export interface Examination {
  /** The IDs and their column; undefined if there is a fault in them. */
  readonly ids?: { readonly name: string; readonly ids: readonly string[] };
  /** Undefined if there are faults. */
  readonly solutions?: Solutions;
  /** `readVotes` throws the first. */
  readonly faults: readonly UserError[];
}

/**
 * Reads the votes of a table like {@link readVotes}, but goes on after a fault: one in the IDs does not hide one in the votes.
 * @param tree undefined to read the IDs alone
 * @example (await examineVotes(tree, table)).faults.map(({ message }) => message)
 */
export async function examineVotes(
  tree: Tree | undefined,
  table: Table,
  options: VoteOptions = {},
): Promise<Examination> {
  const faults: UserError[] = [];
  const attempt = async <Result>(step: () => Result | Promise<Result>): Promise<Result | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error);
      return undefined;
    }
  };
  const { file } = table;
  const missing = new MissingValues(options.missing);
  const chosen = tree && (await attempt(() => chooseVotes(tree, table, options, missing)));
  const candidates = (await attempt(() => idCandidates(table, options))) ?? [];
  const { answers = [], classes = [], people } = chosen ?? {};
  const columns = await attempt(() =>
    table.read({
      texts: [...new Set([...candidates, ...classes.map(({ name }) => name)])],
      numbers: [...new Set(people === undefined ? answers : [...answers, people])],
      missing,
    }),
  );
  const readable = columns ?? (await table.read({ texts: candidates }).catch(() => undefined));
  if (readable?.rows === 0) {
    faults.push(new UserError(`${file}: has a header but no rows`));
    return { faults };
  }
  const ids =
    readable && candidates.length > 0
      ? await attempt(() => chooseIds(table, readable, candidates, options))
      : undefined;
  const votes =
    tree && columns && chosen
      ? await attempt(() => votesOf(tree, file, withoutMissing(columns, chosen, missing), chosen, options))
      : undefined;
  if (!ids || !votes || faults.length > 0) return { ids, faults };
  const { reading, ...labels } = votes;
  const used = new Set([ids.name, ...reading.answers, people]);
  const understood: TableReading = {
    idColumn: ids.name,
    ...reading,
    ignored: table.columns.map(({ name }) => name).filter((name) => !used.has(name)),
    ...(missing.counts.size > 0 && { missing: Object.fromEntries(missing.counts) }),
  };
  return { ids, solutions: { file, ids: ids.ids, ...labels, reading: understood }, faults };
}

/**
 * Reads the votes of a table.
 * @returns cumulative fractions; NaN where unknown
 * @throws UserError that names the file, the place and the value of the first fault; OptionError if the user must choose between columns or kinds
 */
export async function readVotes(tree: Tree, table: Table, options: VoteOptions = {}): Promise<Solutions> {
  const { solutions, faults } = await examineVotes(tree, table, options);
  if (solutions === undefined) throw faults[0]!;
  return solutions;
}
