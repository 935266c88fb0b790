/** Parses decision trees from files: those of surveys, runs and models. */
import { z } from 'zod';
import { bracketed, checked } from '../files/schema.ts';
import { classesTree } from './classes.ts';
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
  fractions: z.enum(['cumulative', 'conditional']).optional(),
  roundedCounts: z.boolean().optional(),
  suffix: text().optional(),
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

/** A list of classes. */
const classesSchema = z.array(text());

/**
 * The tree of a file: {@link TreeData}, or a list of classes, `["spiral", "smooth"]` (see {@link classesTree}).
 * @param place the file, and the place in it, for messages
 * @throws UserError that names the place and the path of the fault, `mine.json: questions[2].answers[0].next: …`
 * @example parseTree(JSON.parse(JSON.stringify(GALAXY_ZOO_2.data)), 'config.json: tree').columns.length // 37
 */
export function parseTree(data: unknown, place: string): Tree {
  if (Array.isArray(data)) return classesTree(checked(classesSchema, data, place, bracketed), {}, place);
  return defineTree(checked(treeSchema, data, place, bracketed), place);
}
