/** Parses decision trees from files: those of surveys, runs and models. */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { checked } from '../files/schema.ts';
import { defineTree, type Tree, type TreeData } from './tree.ts';

/** Limits of a tree in a file; Galaxy Zoo 2 has 11 questions and 37 answers. */
const MOST = { questions: 200, answers: 100, characters: 1000 };

const text = () =>
  z.string().min(1, 'expected a text').max(MOST.characters, `expected ${MOST.characters} characters at most`);

const list = <Item extends z.ZodType>(item: Item, least: number, most: number) =>
  z.array(item).min(least, `expected ${least} or more`).max(most, `expected ${most} at most`);

const treeSchema: z.ZodType<TreeData> = z.strictObject({
  name: text(),
  title: text(),
  source: text(),
  questions: list(
    z.strictObject({
      topic: text(),
      text: text(),
      askedOfAll: z.boolean().optional(),
      answers: list(
        z.strictObject({ text: text(), column: text(), next: text().optional() }),
        2,
        MOST.answers,
      ),
    }),
    1,
    MOST.questions,
  ),
  classes: list(z.strictObject({ name: text(), column: text() }), 1, MOST.answers).optional(),
  publishedScores: list(
    z.strictObject({ name: text(), what: text(), rmse: z.number() }),
    0,
    MOST.answers,
  ).optional(),
});

/**
 * The tree of a file's {@link TreeData}.
 * @param place the file, and the place in it, for messages
 * @throws UserError that names the place and the question, as {@link defineTree} does
 * @example parseTree(JSON.parse(JSON.stringify(GALAXY_ZOO_2.data)), 'config.json: tree').columns.length // 37
 */
export function parseTree(data: unknown, place: string): Tree {
  const sound = checked(treeSchema, data, place);
  try {
    return defineTree(sound);
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${place}: ${error.message}`);
    throw error;
  }
}
