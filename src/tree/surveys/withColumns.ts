/** The same decision tree in another table. */
import type { TreeData } from '../tree.ts';

/** How a table differs from a survey's data. */
interface OtherTable extends Omit<TreeData, 'questions' | 'classes' | 'publishedScores'> {
  /** The columns of each question's answers, by topic and in the order of the answers. The table has no other questions. */
  columns: Readonly<Record<string, readonly string[]>>;
  /** Other wordings, by topic. */
  texts?: Readonly<Record<string, string>>;
  /** The next question of a route, by the topic of one that the table does not have. Default: the route ends. */
  instead?: Readonly<Record<string, string>>;
}

/**
 * The data of a survey's tree with the columns of another table. Questions and classes without columns are left out, and no question
 * but the first is asked of all.
 * @throws RangeError if a question has another number of columns than of answers
 * @example withColumns(GALAXY_ZOO_2.data, { name: 'odd', title: 'Odd', source: 'mine', columns: { odd: ['odd', 'normal'] } }).questions.length // 1
 */
export function withColumns(
  data: TreeData,
  { columns, texts = {}, instead = {}, ...about }: OtherTable,
): TreeData {
  const renamed = new Map<string, string>();
  const kept = (topic: string | undefined) => {
    const next = topic !== undefined && columns[topic] === undefined ? instead[topic] : topic;
    return next === undefined || columns[next] === undefined ? {} : { next };
  };
  const questions = data.questions.flatMap(({ topic, text, answers }) => {
    const names = columns[topic];
    if (names === undefined) return [];
    if (names.length !== answers.length)
      throw new RangeError(`${topic}: expected ${answers.length} columns, got ${names.length}`);
    return {
      topic,
      text: texts[topic] ?? text,
      answers: answers.map((answer, i) => {
        renamed.set(answer.column, names[i]!);
        return { text: answer.text, column: names[i]!, ...kept(answer.next) };
      }),
    };
  });
  const classes = data.classes?.flatMap(({ name, column }) => {
    const other = renamed.get(column);
    return other === undefined ? [] : { name, column: other };
  });
  return { ...about, questions, ...(classes && { classes }) };
}
