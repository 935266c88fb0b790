/** The labels of galaxies, and the trees that they belong to. */
import { SURVEYS } from '../../src/tree/surveys.ts';
import { defineTree, isSameTree, type Tree, type TreeData } from '../../src/tree/tree.ts';
import type { VoteRecord } from './protocol.ts';

/** False for a galaxy that a person has skipped. */
export const isLabel = ({ answers, imported }: VoteRecord): boolean =>
  answers.length > 0 || imported !== undefined;

/** The IDs of galaxies with labels. */
export const labelledIds = (votes: readonly VoteRecord[]): Set<string> =>
  new Set(votes.filter(isLabel).map(({ id }) => id));

/** The last vote about one of the galaxies; undefined if there is none. */
export const lastVote = (
  votes: readonly VoteRecord[],
  galaxies: readonly { readonly id: string }[],
): VoteRecord | undefined => {
  const ids = new Set(galaxies.map(({ id }) => id));
  return votes.filter(({ id }) => ids.has(id)).sort((a, b) => b.time - a.time)[0];
};

const isSurvey = (tree: TreeData) => SURVEYS.some(({ data }) => data.name === tree.name);

/** The user's own trees and one more, unless it is that of a survey; it replaces the one of its name. */
export const withTree = (own: readonly TreeData[], tree: TreeData): readonly TreeData[] =>
  isSurvey(tree) ? own : [...own.filter(({ name }) => name !== tree.name), tree];

/** @throws Error if a survey has the name of a tree, or another tree with labels: labels belong to a name */
export function checkTreeName(
  tree: Tree,
  file: string,
  own: readonly TreeData[],
  votes: readonly VoteRecord[],
): void {
  const { name } = tree.data;
  const others = [...SURVEYS, ...own.map((each) => defineTree(each))];
  const other = others.find(({ data }) => data.name === name);
  if (other === undefined || isSameTree(other, tree)) return;
  if (isSurvey(tree.data))
    throw new Error(
      `${file}: ${name} is the name of ${other.data.title}; give this tree a "name" of its own`,
    );
  if (votes.some((vote) => vote.tree === name))
    throw new Error(`${file}: another tree named ${name} has labels here; give this one a "name" of its own`);
}
