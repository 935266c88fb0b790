/** Writes a table of intervals beside the predictions. */
import { ID_COLUMN } from '../../data/idColumn.ts';
import type { OutputColumn } from '../../data/output.ts';
import type { Prediction } from '../../data/submission.ts';
import { intervalsOf } from '../../model/intervals.ts';
import type { PredictedGalaxy } from '../../model/likelihood.ts';
import type { Model } from '../../model/model.ts';
import { type AnswerIntervals, LEVELS, percentOf } from '../../model/posterior.ts';
import { writeTable } from './writeTable.ts';

/** The values of a galaxy's row: answer by answer, level by level, the lower and the upper end. */
const ends = (columns: number, intervals: readonly AnswerIntervals[]): number[] =>
  Array.from({ length: columns }, (_, column) =>
    intervals.flatMap(({ low, high }) => [low[column]!, high[column]!]),
  ).flat();

interface IntervalOptions {
  /** Number of people whose votes are described too. */
  people?: number;
  /** Texts about the whole table, for formats that have metadata. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes the intervals of predictions as `write` consumes them. For each answer and level, the table has columns such as
 * `Class1.1_50_low` and `Class1.1_50_high`, and with `people` also `Class1.1_votes_50_low` and `Class1.1_votes_50_high`.
 * @returns the result of `write`
 */
export function writeIntervals<Galaxy extends Prediction & PredictedGalaxy, Result>(
  model: Model,
  path: string,
  predictions: AsyncIterable<Galaxy>,
  { people, metadata }: IntervalOptions,
  write: (predictions: AsyncGenerator<Galaxy, void, undefined>) => Promise<Result>,
): Promise<Result> {
  const { columns } = model.tree;
  const kinds = people === undefined ? [''] : ['', '_votes'];
  const names = kinds.flatMap((kind) =>
    columns.flatMap(({ name }) =>
      LEVELS.flatMap((level) => ['low', 'high'].map((end) => `${name}${kind}_${percentOf(level)}_${end}`)),
    ),
  );
  const tableColumns: OutputColumn[] = [
    { name: ID_COLUMN, type: 'text' },
    ...names.map((name) => ({ name, type: 'float32' as const })),
  ];
  const asked = people === undefined ? undefined : columns.map(() => people);
  return writeTable(
    path,
    tableColumns,
    async (table) => {
      async function* written() {
        for await (const prediction of predictions) {
          const { fractions, votes = [] } = intervalsOf(model, prediction, asked);
          const cells = [fractions, votes].flatMap((each) => ends(each.length && columns.length, each));
          await table.add([prediction.id, ...cells]);
          yield prediction;
        }
      }
      return write(written());
    },
    metadata,
  );
}
