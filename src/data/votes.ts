/** Reads the votes of a table: finds its columns, checks its numbers, and makes them cumulative fractions. Other columns are ignored. */
import { enumerate, OptionError, shorten, UserError } from '../errors.ts';
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
import { isMissing, type Table, type TableColumns } from './tables/table.ts';

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
  /** Names of the table's columns, in place of the tree's. */
  readonly columns?: ColumnNames;
  /** Rebuild counts from fractions and the number of people. */
  readonly countsFromFractions?: boolean;
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

/** Fractions, limited to 0…1. @throws UserError that names the place of the first one outside */
function checkFractions(
  values: Float64Array,
  names: AnswerColumns['names'],
  columns: TableColumns,
  complete: boolean,
): Float64Array {
  return values.map((value, i) => {
    const isUnknown = Number.isNaN(value) && !complete;
    if (isUnknown || (value >= -ROUNDING && value <= 1 + ROUNDING)) return Math.min(1, Math.max(0, value));
    const got = Number.isNaN(value) ? 'an unknown value' : value;
    throw columns.fault(Math.floor(i / names.length), `${names[i % names.length]}: expected 0…1, got ${got}`);
  });
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
        throw columns.fault(row, `${name}: expected a class, ${enumerate(texts)}, got '${shorten(cell)}'`);
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
function unknownCells(
  answers: readonly string[],
  classes: readonly ClassColumn[],
  { numbers, texts }: TableColumns,
): number {
  const inAnswers = answers.map((name) => numbers.get(name)!.filter(Number.isNaN).length);
  const inClasses = classes.map(({ name }) => texts.get(name)!.filter(isMissing).length);
  return [...inAnswers, ...inClasses].reduce((sum, count) => sum + count, 0);
}

/**
 * Reads the votes of a table.
 * @returns cumulative fractions; NaN where unknown
 * @throws UserError that names the file, the place and the value of the first fault; OptionError if the user must choose between columns or kinds
 */
export async function readVotes(tree: Tree, table: Table, options: VoteOptions = {}): Promise<Solutions> {
  const { file } = table;
  const { labels, columns: named, countsFromFractions = false, complete = false } = options;
  const found = named || labels ? undefined : await findClassColumn(tree, table);
  const classes = found ? [found] : (named?.classes ?? []);
  const none: AnswerColumns = { kind: 'fractions', names: tree.columns.map(() => undefined), isPlain: false };
  const chosen = found ? none : chooseColumns(tree, table, labels, named);
  const answers = chosen.names.filter((name) => name !== undefined);
  const people = countsFromFractions ? peopleColumn(table, named) : undefined;
  const candidates = idCandidates(table, options);
  const columns = await table.read({
    texts: [...new Set([...candidates, ...classes.map(({ name }) => name)])],
    numbers: [...new Set(people === undefined ? answers : [...answers, people])],
  });
  if (columns.rows === 0) throw new UserError(`${file}: has a header but no rows`);
  const { name: idColumn, ids } = chooseIds(table, columns, candidates, options);

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
    convention = fractionKind(tree, file, checked, options.fractions, isOwn);
    odd = oddRows(tree, checked, convention);
    fractions = convention === 'conditional' ? downTheTree(tree, checked) : checked;
  }
  const understood = fillClasses(tree, classes, columns, fractions);
  const rebuilt =
    people === undefined ? undefined : rebuildCounts(tree, fractions, peopleOf(people, columns));
  counts ??= rebuilt?.counts;

  const read = [...answers, ...classes.map(({ name }) => name)];
  const used = new Set([idColumn, ...read, people]);
  const reading: TableReading = {
    idColumn,
    kind,
    ...(answers.length > 0 && convention && { convention }),
    answers: read,
    ignored: table.columns.map(({ name }) => name).filter((name) => !used.has(name)),
    unknown: unknownCells(answers, classes, columns),
    ...understood,
    ...(exceeding > 0 && { exceeding }),
    ...(odd > 0 && { odd }),
    ...(rebuilt && { rebuilt: { people: people!, ...rebuilt.wholeness } }),
  };
  return { file, ids, fractions, ...(counts && { counts }), reading };
}
