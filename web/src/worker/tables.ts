/** Encodes tables of predictions and labels, in the formats of the commands. */
import { ID_COLUMN } from '../../../src/data/idColumn.ts';
import type { OutputColumn, OutputRow } from '../../../src/data/output.ts';
import { outputFormat } from '../../../src/data/outputs.ts';
import {
  FLAG_COLUMNS,
  FLAG_TABLE,
  fractionColumns,
  isSubmission,
  joinColumns,
} from '../../../src/data/predictionTable.ts';
import { submissionCells } from '../../../src/data/submission.ts';
import { tableMetadata } from '../../../src/model/hash.ts';
import type { Tree } from '../../../src/tree/tree.ts';
import type { TableEnding } from '../protocol.ts';
import { type Labels, labelsOf, rememberTable } from './labels.ts';
import { chosenModel, database } from './session.ts';

export interface NamedFile {
  name: string;
  content: Blob;
}

function encoded(
  name: string,
  columns: readonly OutputColumn[],
  rows: readonly OutputRow[],
  metadata: Readonly<Record<string, string>> = {},
): NamedFile {
  const encoder = outputFormat(name).encoder(columns, metadata);
  const pieces = [encoder.rows(rows), encoder.end()].map((piece) => new Uint8Array(piece));
  return { name, content: new Blob(pieces) };
}

/** The predictions of galaxies, as the command `predict` writes them; of a submission to Kaggle, also its flags. */
export async function predictionTables(ending: TableEnding, ids: readonly string[]): Promise<NamedFile[]> {
  const stored = await database;
  const model = chosenModel();
  const { tree, file } = model;
  const name = `predictions${ending}`;
  const isKaggle = isSubmission(tree, name);
  const more = joinColumns(isKaggle ? [] : [FLAG_COLUMNS]);
  const found = await Promise.all(ids.map((id) => stored.get('galaxies', [file, id])));
  const galaxies = found.filter((galaxy) => galaxy !== undefined);
  const rows = galaxies.map((each) => [each.id, ...submissionCells(tree, each), ...more.cells(each)]);
  const metadata = outputFormat(name).hasMetadata ? await tableMetadata(model) : {};
  const table = encoded(name, [...fractionColumns(tree), ...more.columns], rows, metadata);
  const flagged = galaxies.filter(({ flags }) => flags.length > 0);
  if (!isKaggle || flagged.length === 0) return [table];
  const flags = flagged.map(({ id, flags }) => [id, flags]);
  return [table, encoded('predictions.flags.csv', FLAG_TABLE, flags)];
}

/** The labels of all galaxies, as a table that is recognised if it is opened here again. */
export async function labelTable(tree: Tree, ending: TableEnding): Promise<NamedFile> {
  const file = encodedLabels(tree, `labels${ending}`, await labelsOf(tree));
  await rememberTable(new Uint8Array(await file.content.arrayBuffer()));
  return file;
}

/** Counts of votes, or fractions if the counts of some galaxies are unknown. */
function encodedLabels(tree: Tree, name: string, galaxies: readonly Labels[]): NamedFile {
  if (!galaxies.every(({ counts }) => counts)) {
    const rows = galaxies.map((each) => [each.id, ...submissionCells(tree, each, true)]);
    return encoded(name, fractionColumns(tree), rows);
  }
  const columns: OutputColumn[] = [
    { name: ID_COLUMN, type: 'text' },
    ...tree.columns.map(({ name }) => ({ name: `${name}_count`, type: 'float32' as const })),
  ];
  const cells = (counts: Float64Array) => Array.from(counts, (each) => (Number.isNaN(each) ? null : each));
  return encoded(
    name,
    columns,
    galaxies.map(({ id, counts }) => [id, ...cells(counts!)]),
  );
}
