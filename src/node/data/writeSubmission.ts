/** Writes tables of predictions; `readSolutions` reads them. */

import type { MoreColumns } from '../../data/output.ts';
import { fractionColumns } from '../../data/predictionTable.ts';
import { type Prediction, submissionCells, tableCells } from '../../data/submission.ts';
import type { Tree } from '../../tree/tree.ts';
import { type TableFile, writeTable } from './writeTable.ts';

/** A prediction with the uncertainty of each fraction `[columns]`, if it is known. */
type UncertainPrediction = Prediction & { readonly spread?: ArrayLike<number> };

interface SubmissionOptions<Row> {
  /**
   * Path of a second table, with the same columns, of the predictions' `spread`. It belongs to cumulative fractions, even if the
   * tree's tables are conditional.
   */
  uncertainty?: string;
  /** Write unknown fractions (NaN) as empty cells. */
  blanks?: boolean;
  /** Columns after the fractions. */
  more?: MoreColumns<Row>;
  /** Texts about the whole table, for formats that have metadata. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes predictions row by row as they arrive: as CSV in Kaggle's format, Parquet or JSON Lines, by the ending of the path. The
 * file appears only when it is complete.
 * @returns the number of rows
 * @throws OptionError for another ending; RangeError if a fraction is not in 0…1, an ID occurs twice, or a spread is wanted and
 * missing
 */
export async function writeSubmission<Row extends UncertainPrediction>(
  tree: Tree,
  path: string,
  predictions: Iterable<Row> | AsyncIterable<Row>,
  { uncertainty, blanks = false, more, metadata }: SubmissionOptions<Row> = {},
): Promise<number> {
  const columns = fractionColumns(tree);
  const written = new Set<string>();
  const write = async (table: TableFile, spreads?: TableFile) => {
    for await (const prediction of predictions) {
      const { id, spread } = prediction;
      if (written.has(id)) throw new RangeError(`galaxy ${id} is predicted twice`);
      written.add(id);
      const furtherCells = more?.cells(prediction) ?? [];
      await table.add([id, ...submissionCells(tree, prediction, blanks), ...furtherCells]);
      if (!spreads) continue;
      if (spread === undefined) throw new RangeError(`galaxy ${id}: has no spread: was it one view?`);
      await spreads.add([id, ...tableCells(tree, { id, fractions: spread }, blanks)]);
    }
  };
  await writeTable(
    path,
    [...columns, ...(more?.columns ?? [])],
    async (table) => {
      if (uncertainty === undefined) await write(table);
      else await writeTable(uncertainty, columns, (spreads) => write(table, spreads), metadata);
    },
    metadata,
  );
  return written.size;
}
