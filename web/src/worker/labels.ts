/** The labels that people give: keeps and counts them. */
import { downTheTree } from '../../../src/data/convention.ts';
import { sharesOf } from '../../../src/data/counts.ts';
import type { LabelledGalaxy } from '../../../src/data/labels.ts';
import { openTable } from '../../../src/data/tables/open.ts';
import { readVotes } from '../../../src/data/votes.ts';
import type { Model } from '../../../src/model/model.ts';
import { recordOfPicture } from '../../../src/picture/fillBatch.ts';
import { describeFrames } from '../../../src/picture/preprocessing.ts';
import { columnNamed, defineTree, type Tree, type TreeData } from '../../../src/tree/tree.ts';
import { beginningWith } from '../database.ts';
import { isLabel } from '../labels.ts';
import type { OpenedLabels, Trainable, VoteRecord } from '../protocol.ts';
import { counted } from '../words.ts';
import { fingerprint } from './content.ts';
import { chosenModel, database, imageOf, keptImage, platform } from './session.ts';

/** The labels of a galaxy. */
export type Labels = Pick<LabelledGalaxy, 'id' | 'fractions' | 'counts'>;

/** The answers of several people as counts of votes, `[columns]`. */
function countAnswers(tree: Tree, votes: readonly VoteRecord[]): Float64Array {
  const counts = new Float64Array(tree.columns.length);
  for (const name of votes.flatMap(({ answers }) => answers)) {
    const column = columnNamed(tree, name);
    if (column !== undefined) counts[column.index]!++;
  }
  return counts;
}

/** Combines the known values of each column; NaN if there are none. */
const knownOnly = (rows: readonly Float64Array[], combine: (known: readonly number[]) => number) =>
  rows[0]!.map((_, column) => {
    const known = rows.map((row) => row[column]!).filter((value) => !Number.isNaN(value));
    return known.length === 0 ? Number.NaN : combine(known);
  });

/** The labels of a galaxy: the counts of all people and tables, or else the mean of their fractions. */
function joined(tree: Tree, id: string, votes: readonly VoteRecord[]): Labels {
  const people = votes.filter(({ imported }) => imported === undefined);
  const tables = votes.flatMap(({ imported }) => imported ?? []);
  const own = people.length === 0 ? [] : [countAnswers(tree, people)];
  const counted = [...own, ...tables.flatMap(({ counts }) => counts ?? [])];
  if (counted.length === own.length + tables.length) {
    const counts = knownOnly(counted, (known) => known.reduce((sum, count) => sum + count, 0));
    return { id, counts, fractions: downTheTree(tree, sharesOf(tree, counts)) };
  }
  const all = [
    ...own.map((each) => downTheTree(tree, sharesOf(tree, each))),
    ...tables.map((each) => each.fractions),
  ];
  const mean = (known: readonly number[]) => known.reduce((sum, each) => sum + each / known.length, 0);
  return { id, fractions: knownOnly(all, mean) };
}

/** The labels of all galaxies that have some, sorted by ID. */
export async function labelsOf(tree: Tree): Promise<Labels[]> {
  const byId = new Map<string, VoteRecord[]>();
  for (const vote of await (await database).getAll('votes', beginningWith(tree.data.name))) {
    if (!isLabel(vote)) continue;
    byId.set(vote.id, [...(byId.get(vote.id) ?? []), vote]);
  }
  return Array.from(byId, ([id, votes]) => joined(tree, id, votes));
}

/** The labelled galaxies whose pictures are here. */
export async function withPictures(
  labels: readonly Labels[],
  { preprocessing }: Model,
): Promise<LabelledGalaxy[]> {
  const galaxies: LabelledGalaxy[] = [];
  for (const each of labels) {
    const image = await keptImage(each.id, preprocessing);
    if (image) galaxies.push({ ...each, image, weight: 1 });
  }
  return galaxies;
}

/** Counts the labelled galaxies that the chosen model can be trained on, and the others. */
export async function countTrainable(tree: Tree): Promise<Trainable> {
  const frames = describeFrames(chosenModel().preprocessing);
  const keys = await (await database).getAllKeys('records', beginningWith(frames));
  const kept = new Set(keys.map(([, id]) => id));
  const labels = await labelsOf(tree);
  const { length: galaxies } = labels.filter(({ id }) => kept.has(id) || imageOf(id) !== undefined);
  return { galaxies, withoutPicture: labels.length - galaxies };
}

/** Removes the kept pictures of galaxies whose labels were removed in an earlier visit: until then, another label may follow. */
export async function removeUnlabelled(): Promise<void> {
  const stored = await database;
  const training = (await stored.get('settings', 'trainingLabels')) as Labels[] | undefined;
  const labels = [...(await stored.getAll('votes')).filter(isLabel), ...(training ?? [])];
  const needed = new Set(labels.map(({ id }) => id));
  for (const key of await stored.getAllKeys('records'))
    if (!needed.has(key[1])) await stored.delete('records', key);
}

/** Keeps the decoded picture of a galaxy to train on, if its file is open. */
async function keepRecord(id: string): Promise<void> {
  const image = imageOf(id);
  if (image === undefined) return;
  const { preprocessing } = chosenModel();
  const record = recordOfPicture(await platform.readPicture(image, preprocessing));
  const frames = describeFrames(preprocessing);
  await (await database).put('records', { frames, id, record });
}

/** Keeps a person's answers, and the picture. */
export async function keepVote(vote: VoteRecord): Promise<void> {
  await (await database).put('votes', vote);
  if (vote.answers.length > 0) await keepRecord(vote.id);
}

export async function removeVote({ tree, id, person }: VoteRecord): Promise<void> {
  await (await database).delete('votes', [tree, id, person]);
}

const savedTables = async (): Promise<readonly string[]> =>
  ((await (await database).get('settings', 'savedTables')) as string[] | undefined) ?? [];

/** Remembers a table of labels that is saved. */
export async function rememberTable(bytes: Uint8Array): Promise<void> {
  const tables = new Set([...(await savedTables()), fingerprint(bytes)]);
  await (await database).put('settings', [...tables], 'savedTables');
}

/**
 * Adds the labels of a table, in place of those of an earlier table of this name. Of a table that was saved here, only the labels that
 * are no longer here are added: the others would count twice.
 */
export async function importLabels(data: TreeData, file: File): Promise<OpenedLabels> {
  const tree = defineTree(data);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { ids, fractions, counts } = await readVotes(tree, await openTable(bytes, file.name));
  const stored = await database;
  const isSaved = (await savedTables()).includes(fingerprint(bytes));
  const before = await stored.getAll('votes', beginningWith(data.name));
  const others = before.filter((vote) => isLabel(vote) && (isSaved || vote.person !== file.name));
  const labelled = new Set(others.map(({ id }) => id));
  const width = tree.columns.length;
  const time = Date.now();
  const all = ids.map((id, row): VoteRecord => {
    const cells = (values: Float64Array) => values.slice(row * width, (row + 1) * width);
    const imported = { fractions: cells(fractions), ...(counts && { counts: cells(counts) }) };
    return { tree: data.name, id, person: file.name, answers: [], time, imported };
  });
  const added = isSaved ? all.filter(({ id }) => !labelled.has(id)) : all;
  if (!isSaved) await removeLabels(data.name, file.name);
  const transaction = stored.transaction('votes', 'readwrite');
  await Promise.all([...added.map((vote) => transaction.store.put(vote)), transaction.done]);
  const votes = await stored.getAll('votes', beginningWith(data.name));
  const { length: repeated } = ids.filter((id) => labelled.has(id));
  const galaxies = counted(repeated, 'galaxy', 'galaxies');
  const note = isSaved
    ? `${file.name} was saved here: the labels of ${galaxies} are already here and were not added again`
    : `${galaxies} of ${file.name} already had labels here: old and new ones count`;
  return { votes, notes: repeated > 0 ? [note] : [] };
}

/** Removes the labels of a table. @param person the name of its file */
export async function removeLabels(tree: string, person: string): Promise<void> {
  const stored = await database;
  const keys = await stored.getAllKeys('votes', beginningWith(tree));
  const transaction = stored.transaction('votes', 'readwrite');
  const removed = keys.filter(([, , each]) => each === person).map((key) => transaction.store.delete(key));
  await Promise.all([...removed, transaction.done]);
}
