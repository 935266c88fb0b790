/**
 * Finds the votes in a table: the column of IDs, the columns of the tree's answers, and the kind and convention of their numbers.
 * Other columns are ignored.
 */
import { enumerate, OptionError, shorten, UserError } from '../errors.ts';
import { cumulativeFractions } from '../tree/conditional.ts';
import type { FractionKind, Tree } from '../tree/tree.ts';
import { isKaggleId } from './ids.ts';
import { isCount } from './labels.ts';
import type { Table, TableColumns } from './tables/table.ts';

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
}

export const ID_COLUMN = 'GalaxyID';

/** The kinds of numbers that a table may hold for each answer. */
export const VOTE_KINDS = ['fractions', 'counts', 'weighted', 'debiased'] as const;
export type VoteKind = (typeof VOTE_KINDS)[number];

/** What may follow an answer's column in the name of a table's column, by kind. */
const ENDINGS: Readonly<Record<VoteKind, readonly string[]>> = {
  fractions: ['_fraction', ''],
  counts: ['_count', ''],
  weighted: ['_weighted_fraction'],
  debiased: ['_debiased'],
};

/** The usual names of ID columns. */
export const ID_COLUMNS = [ID_COLUMN, 'id_str', 'objid', 'dr7objid', 'iauname', 'dr8_id', 'asset_id'];

/** Fractions outside 0…1 by up to this much are rounding errors. */
const ROUNDING = 1e-6;

/** Sums of published fractions, which have three decimals or more, deviate by less. */
const SUM_TOLERANCE = 0.02;

/** Fewer rows do not show the convention of their fractions. */
const FEWEST_TESTED = 10;

export interface VoteOptions {
  /** Default: the only kind in the table, unless that is `debiased`. */
  readonly labels?: VoteKind;
  /** The convention of fractions. Default: the tree's. */
  readonly fractions?: FractionKind;
  /** Default: the column with a usual name; of several, the one whose IDs are those of the pictures. */
  readonly idColumn?: string;
  /** IDs of the pictures. */
  readonly pictures?: ReadonlySet<string>;
  /** Refuse IDs that are not positive integers. */
  readonly kaggle?: boolean;
  /** Refuse missing cells. */
  readonly complete?: boolean;
}

interface FoundKind {
  kind: VoteKind;
  /** Of the tree's columns, in their order. */
  names: string[];
}

/** The kinds of votes for which a table has a column for every answer. */
export function findKinds({ columns }: Tree, present: ReadonlySet<string>): FoundKind[] {
  const found = VOTE_KINDS.flatMap((kind) => {
    const ending = ENDINGS[kind].find((each) => columns.every(({ name }) => present.has(name + each)));
    return ending === undefined ? [] : [{ kind, ending, names: columns.map(({ name }) => name + ending) }];
  });
  // Plain names are one kind: counts beside explicit fractions, else fractions until their values show otherwise.
  const hasPlainCounts = found.some(({ kind, ending }) => kind === 'fractions' && ending !== '');
  return found.filter(
    ({ kind, ending }) => !(ending === '' && kind === (hasPlainCounts ? 'fractions' : 'counts')),
  );
}

/** @throws UserError that names the missing columns */
function refuseColumns(tree: Tree, table: Table): never {
  const names = table.columns.map(({ name }) => name);
  const present = new Set(names);
  const lacking = VOTE_KINDS.flatMap((kind) =>
    ENDINGS[kind].map((ending) =>
      tree.columns.map(({ name }) => name + ending).filter((name) => !present.has(name)),
    ),
  ).reduce((a, b) => (b.length < a.length ? b : a));
  if (lacking.length === tree.columns.length) {
    const expected = enumerate(
      tree.columns.map(({ name }) => name),
      2,
    );
    const got = enumerate(names.map((name) => shorten(name)));
    throw new UserError(`${table.file}: expected the columns of ${tree.data.title}, ${expected}; got ${got}`);
  }
  throw new UserError(`${table.file}: missing column ${enumerate(lacking)}`);
}

/** The kind of votes to read. @throws OptionError if several are there and none is named */
function chooseKind(tree: Tree, table: Table, labels: VoteKind | undefined): FoundKind {
  const { file } = table;
  const present = new Set(table.columns.map(({ name }) => name));
  const found = findKinds(tree, present);
  if (found.length === 0) refuseColumns(tree, table);
  const kinds = found.map(({ kind }) => kind);
  if (labels !== undefined) {
    const named = found.find(({ kind }) => kind === labels);
    if (named) return named;
    // Plain names may hold counts.
    const plain = found.find(({ names }) => names[0] === tree.columns[0]!.name);
    if (plain && labels === 'counts') return { ...plain, kind: 'counts' };
    throw new OptionError('labels', `${file} has ${kinds.join(' and ')} only`, labels);
  }
  if (found.length > 1) {
    throw new OptionError('labels', `${file} has ${kinds.join(' and ')}; choose one of them`);
  }
  if (kinds[0] === 'debiased') {
    throw new OptionError(
      'labels',
      `${file} has debiased fractions only; give \`labels\` debiased to use them`,
    );
  }
  return found[0]!;
}

const DECIMAL_INTEGER = /^(-?\d+)\.0*$/;

/**
 * IDs that pandas made floats, `100001.0`, as integers again, if all are whole; other IDs as they are.
 * @throws UserError for an ID in scientific notation, whose digits are lost
 */
function wholeIds(ids: readonly string[], name: string, columns: TableColumns): readonly string[] {
  const isFloat =
    ids.length > 0 && ids.every((id) => id === '' || DECIMAL_INTEGER.test(id) || isScientific(id));
  if (!isFloat) return ids;
  return ids.map((id, row) => {
    const digits = DECIMAL_INTEGER.exec(id)?.[1];
    if (digits !== undefined && Number.isSafeInteger(Number(digits))) return digits;
    if (id === '') return id;
    throw columns.fault(row, `${name}: expected all digits of an ID, got ${id}`);
  });
}

const isScientific = (id: string) => /^-?\d(?:\.\d+)?e\+?\d+$/i.test(id);

/** The IDs of a table. @throws UserError if there is no column of IDs, or several fit, or an ID is empty, bad or repeated */
function chooseIds(
  table: Table,
  columns: TableColumns,
  { idColumn, pictures, kaggle }: VoteOptions,
): readonly string[] {
  const candidates = [...columns.texts].map(([name, ids]) => ({
    name,
    ids: kaggle ? ids : wholeIds(ids, name, columns),
  }));
  const matching = candidates.filter(({ ids }) => pictures && ids.some((id) => pictures.has(id)));
  if (idColumn === undefined && matching.length > 1) {
    const names = matching.map(({ name }) => name).join(' and ');
    throw new OptionError('idColumn', `${table.file}: ${names} both have IDs of pictures; choose one`);
  }
  const { name, ids } = matching[0] ?? candidates[0]!;
  const first = new Map<string, number>();
  ids.forEach((id, row) => {
    if (id === '') throw columns.fault(row, `${name}: expected an ID, got an empty cell`);
    if (kaggle && !isKaggleId(id)) {
      throw columns.fault(row, `${name}: expected a positive integer, got '${shorten(id)}'`);
    }
    const before = first.get(id);
    if (before !== undefined)
      throw columns.fault(row, `${name} ${id} is already in ${columns.place(before)}`);
    first.set(id, row);
  });
  return ids;
}

/** Vote fractions as they stand in a table, checked to lie in 0…1. */
function checkFractions(found: FoundKind, columns: TableColumns, complete: boolean): Float64Array {
  const width = found.names.length;
  const values = new Float64Array(columns.rows * width);
  for (const [column, name] of found.names.entries()) {
    const cells = columns.numbers.get(name)!;
    for (let row = 0; row < columns.rows; row++) {
      const value = cells[row]!;
      if (Number.isNaN(value) && complete)
        throw columns.fault(row, `${name}: expected 0…1, got an unknown value`);
      if (value < -ROUNDING || value > 1 + ROUNDING)
        throw columns.fault(row, `${name}: expected 0…1, got ${value}`);
      values[row * width + column] = Math.min(1, Math.max(0, value));
    }
  }
  return values;
}

/** Numbers of votes, checked to be whole and no more than the people asked. */
function checkCounts(tree: Tree, found: FoundKind, columns: TableColumns): Float64Array {
  const width = found.names.length;
  const counts = new Float64Array(columns.rows * width);
  for (const [column, name] of found.names.entries()) {
    const cells = columns.numbers.get(name)!;
    for (let row = 0; row < columns.rows; row++) {
      const count = cells[row]!;
      if (!Number.isNaN(count) && !isCount(count)) {
        throw columns.fault(row, `${name}: expected a count, got ${count}`);
      }
      counts[row * width + column] = count;
    }
  }
  for (let row = 0; row < columns.rows; row++) {
    const sum = (places: Iterable<number>) => {
      let total = 0;
      for (const place of places) total += counts[row * width + place]!;
      return total;
    };
    for (const { topic, start, end, parents } of tree.questions) {
      if (parents.length === 0) continue;
      const answers = sum(Array.from({ length: end - start }, (_, i) => start + i));
      const asked = sum(parents);
      if (answers > asked) {
        throw columns.fault(row, `question '${topic}': has ${answers} votes, but only ${asked} led to it`);
      }
    }
  }
  return counts;
}

/**
 * Counts as conditional fractions: each count's share of its question's votes. A question that nobody was asked has shares of 0;
 * one that was asked without an answer is unknown.
 */
function sharesOf({ columns, questions }: Tree, counts: Float64Array): Float64Array {
  const shares = new Float64Array(counts.length);
  for (let first = 0; first < counts.length; first += columns.length) {
    for (const { start, end, parents } of questions) {
      const votes = counts.subarray(first + start, first + end).reduce((sum, count) => sum + count, 0);
      const isAsked = parents.length === 0 || parents.some((parent) => counts[first + parent] !== 0);
      for (let column = first + start; column < first + end; column++) {
        shares[column] = isAsked ? counts[column]! / votes : 0;
      }
    }
  }
  return shares;
}

/** Conditional fractions `[N, columns]` as cumulative ones. */
function downTheTree(tree: Tree, conditional: Float64Array): Float64Array {
  const width = tree.columns.length;
  const cumulative = new Float64Array(conditional.length);
  for (let first = 0; first < conditional.length; first += width) {
    cumulative.set(cumulativeFractions(tree, conditional.subarray(first, first + width)), first);
  }
  return cumulative;
}

/** True if plain columns hold counts: whole numbers, some above 1. */
export function areCounts(columns: readonly Float64Array[]): boolean {
  const isWhole = (value: number) => Number.isNaN(value) || Number.isInteger(value);
  return (
    columns.every((cells) => cells.every(isWhole)) &&
    columns.some((cells) => cells.some((value) => value > 1))
  );
}

/** Rows whose sums contradict each convention, and rows that were tested: those with a known question that not everybody reaches. */
function contradictions({ columns, questions }: Tree, fractions: Float64Array) {
  const seen = { tested: 0, cumulative: 0, conditional: 0 };
  const width = columns.length;
  for (let first = 0; first < fractions.length; first += width) {
    const sum = (places: Iterable<number>) => {
      let total = 0;
      for (const place of places) total += fractions[first + place]!;
      return total;
    };
    let [isTested, contradictsCumulative, contradictsConditional] = [false, false, false];
    for (const { start, end, parents } of questions) {
      const answers = sum(Array.from({ length: end - start }, (_, i) => start + i));
      const reach = sum(parents);
      if (parents.length === 0 || Number.isNaN(answers + reach)) continue;
      isTested = true;
      if (Math.abs(answers - reach) > SUM_TOLERANCE) contradictsCumulative = true;
      if (Math.abs(answers - 1) > SUM_TOLERANCE && answers > SUM_TOLERANCE) contradictsConditional = true;
    }
    seen.tested += Number(isTested);
    seen.cumulative += Number(contradictsCumulative);
    seen.conditional += Number(contradictsConditional);
  }
  return seen;
}

/**
 * The convention of fractions. @throws OptionError if the sums of most rows contradict it, and agree with the other one: read so,
 * every label below the first question would be wrong
 */
function checkConvention(
  tree: Tree,
  file: string,
  values: Float64Array,
  given: FractionKind | undefined,
): FractionKind {
  const kind = given ?? tree.data.fractions;
  const other = kind === 'cumulative' ? 'conditional' : 'cumulative';
  const seen = contradictions(tree, values);
  if (seen.tested >= FEWEST_TESTED && seen[kind] > seen.tested / 2 && seen[other] < seen.tested / 20) {
    throw new OptionError(
      'fractions',
      `${file} has ${other} fractions: the sums of ${seen[kind]} of ${seen.tested} rows contradict ${kind} ones`,
      given,
    );
  }
  return kind;
}

/**
 * Reads the votes of a table.
 * @returns cumulative fractions; NaN where unknown
 * @throws UserError that names the file, the place and the value of the first fault; OptionError where the table leaves a choice
 */
export async function readVotes(tree: Tree, table: Table, options: VoteOptions = {}): Promise<Solutions> {
  const { file } = table;
  const chosen = chooseKind(tree, table, options.labels);
  const names = table.columns.map(({ name }) => name);
  const idNames = (options.idColumn === undefined ? ID_COLUMNS : [options.idColumn]).filter((name) =>
    names.includes(name),
  );
  if (idNames.length === 0) {
    if (options.idColumn !== undefined) {
      throw new OptionError('idColumn', `${file} has no such column`, options.idColumn);
    }
    const problem = `${file}: expected a column of IDs, such as ${ID_COLUMNS.slice(0, 3).join(', ')}; name it with \`idColumn\``;
    throw new UserError(problem);
  }
  const columns = await table.read({ texts: idNames, numbers: chosen.names });
  if (columns.rows === 0) throw new UserError(`${file}: has a header but no rows`);
  const ids = chooseIds(table, columns, options);
  const isPlain = chosen.names[0] === tree.columns[0]!.name;
  const read = chosen.names.map((name) => columns.numbers.get(name)!);
  const holdsCounts =
    chosen.kind === 'counts' || (isPlain && options.labels === undefined && areCounts(read));
  if (holdsCounts) {
    const counts = checkCounts(tree, chosen, columns);
    return { file, ids, fractions: downTheTree(tree, sharesOf(tree, counts)), counts };
  }
  const values = checkFractions(chosen, columns, options.complete ?? false);
  const kind = checkConvention(tree, file, values, options.fractions);
  return { file, ids, fractions: kind === 'conditional' ? downTheTree(tree, values) : values };
}
