/**
 * Surveys for simulated volunteers: Galaxy Zoo 2, or another tree whose answers rename or merge answers of Galaxy Zoo 2:
 *
 *     { "text": "with arms", "column": "arms", "from": ["4.1"] }
 *
 * The answers of one question must come from one question of Galaxy Zoo 2, because odds are comparable only within a question.
 */
import { z } from 'zod';
import { inWords, UserError } from '../errors.ts';
import { bracketed, checked } from '../files/schema.ts';
import { parseTree } from '../tree/parse.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { columnNamed, type Tree } from '../tree/tree.ts';

/** A tree, and the answers of Galaxy Zoo 2 that its answers come from. */
export interface Survey {
  readonly tree: Tree;
  /** For each column of the tree, the columns of Galaxy Zoo 2 whose odds it adds up. */
  readonly evidence: readonly (readonly number[])[];
  /** Short names of the first question's answers, for counts. */
  readonly classes: readonly string[];
}

/** The default survey. */
export const GALAXY_ZOO_2_SURVEY: Survey = {
  tree: GALAXY_ZOO_2,
  evidence: GALAXY_ZOO_2.columns.map(({ index }) => [index]),
  classes: ['smooth', 'features', 'artifact'],
};

const answersSchema = z.looseObject({
  questions: z.array(
    z.looseObject({
      answers: z.array(z.looseObject({ from: z.array(z.string()).min(1, 'expected one or more') })),
    }),
  ),
});

/**
 * Parses the `tree` of a config file: `TreeData`, and in each answer the list `from` of Galaxy Zoo 2's answers (`Class4.1` or
 * `4.1`).
 * @param place the file, and the place in it, for messages
 * @throws UserError that names the place and the fault
 */
export function parseSurvey(data: unknown, place: string): Survey {
  const { questions, ...rest } = checked(answersSchema, data, place, bracketed);
  const names = questions.map(({ answers }) => answers.map(({ from }) => from));
  const tree = parseTree(
    {
      ...rest,
      questions: questions.map(({ answers, ...question }) => ({
        ...question,
        answers: answers.map(({ from, ...answer }) => answer),
      })),
    },
    place,
  );
  const evidence = names.flatMap((answers, question) => {
    const used = new Set<string>();
    const whole = columnNamed(GALAXY_ZOO_2, answers[0]![0]!)?.question;
    return answers.map((from, answer) =>
      from.map((name) => {
        const where = `${place}: questions[${question}].answers[${answer}].from`;
        const column = columnNamed(GALAXY_ZOO_2, name);
        if (column === undefined)
          throw new UserError(`${where}: Galaxy Zoo 2 has no answer ${inWords(name)}`);
        if (column.question !== whole) {
          throw new UserError(`${where}: expected answers of one question, got ${inWords(name)} too`);
        }
        if (used.has(column.name)) throw new UserError(`${where}: ${inWords(name)} is used twice`);
        used.add(column.name);
        return column.index;
      }),
    );
  });
  const { start, end } = tree.questions[0]!;
  return { tree, evidence, classes: tree.columns.slice(start, end).map(({ text }) => text) };
}
