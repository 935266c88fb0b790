/** The columns of tables of predictions, as `predict` and the page write them. */
import type { PictureFlag } from '../picture/flags.ts';
import { leadingRoute, routeInWords, routeProbability } from '../tree/route.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { isSameTree, type Tree } from '../tree/tree.ts';
import { ID_COLUMN } from './idColumn.ts';
import type { MoreColumns, OutputColumn } from './output.ts';
import type { Prediction } from './submission.ts';

/** A picture in a table. */
export interface TabledPicture {
  readonly id: string;
  readonly flags: readonly PictureFlag[];
}

export const FLAG_COLUMNS: MoreColumns<TabledPicture> = {
  columns: [{ name: 'flags', type: 'words' }],
  cells: ({ flags }) => [flags],
};

/** The table of the flags beside a submission to Kaggle, which has columns for nothing else. */
export const FLAG_TABLE: readonly OutputColumn[] = [
  { name: ID_COLUMN, type: 'text' },
  ...FLAG_COLUMNS.columns,
];

/** The columns of IDs and fractions. */
export const fractionColumns = ({ columns }: Tree): OutputColumn[] => [
  { name: ID_COLUMN, type: 'text' },
  ...columns.map(({ name }) => ({ name, type: 'float32' as const })),
];

/** The columns of the leading route. */
export const routeColumns = (tree: Tree): MoreColumns<Prediction> => ({
  columns: [
    { name: 'route', type: 'text' },
    { name: 'route_probability', type: 'float32' },
  ],
  cells({ fractions }) {
    const route = leadingRoute(tree, fractions);
    return [routeInWords(tree, route), routeProbability(tree, route, fractions)];
  },
});

/** Several groups of columns, one after the other. */
export const joinColumns = <Item>(groups: readonly MoreColumns<Item>[]): MoreColumns<Item> => ({
  columns: groups.flatMap(({ columns }) => columns),
  cells: (item) => groups.flatMap(({ cells }) => cells(item)),
});

/** True for a CSV of Galaxy Zoo 2, which has the columns of Kaggle's submissions and no others. */
export const isSubmission = (tree: Tree, path: string): boolean =>
  path.toLowerCase().endsWith('.csv') && isSameTree(tree, GALAXY_ZOO_2);
