import { surveysSchema } from '../tasks/options.ts';
import { answerNumber, type Tree } from '../tree/tree.ts';
import { command } from './command.ts';

export const surveysCommand = command({
  name: 'surveys',
  description: 'list the decision trees of surveys, or show one with its questions and table columns',
  schema: surveysSchema,
  async run(options, terminal) {
    const { surveys } = await import('../tasks/surveys.ts');
    const trees = await surveys(options);
    if (options.survey === undefined) terminal.result(list(trees), trees.map(entry));
    else terminal.result(details(trees[0]!), trees[0]!.data);
  },
});

const entry = ({ data: { name, title, source, fractions }, questions, columns }: Tree) => ({
  name,
  title,
  questions: questions.length,
  answers: columns.length,
  fractions,
  source,
});

const counted = (count: number, name: string) => `${count} ${name}${count === 1 ? '' : 's'}`;

const sizeOf = ({ questions, columns }: Tree) =>
  `${counted(questions.length, 'question')}, ${counted(columns.length, 'answer')}`;

const longest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));

/** Two lines for each survey. */
function list(trees: readonly Tree[]): string {
  const width = longest(trees.map(({ data }) => data.name));
  return trees
    .flatMap((tree) => [
      `${tree.data.name.padEnd(width)}  ${tree.data.title}: ${sizeOf(tree)}`,
      `${' '.repeat(width)}  ${tree.data.source}`,
    ])
    .join('\n');
}

const CONVENTIONS = {
  cumulative: 'cumulative: shares of all volunteers',
  conditional: 'conditional: shares of those who were asked, so that each question sums to 1',
};

/** One survey: a line for each question and answer, with the table column and the next question. */
function details(tree: Tree): string {
  const { data, questions, columns } = tree;
  const [answers, names] = [
    longest(columns.map(({ text }) => text)),
    longest(columns.map(({ name }) => name)),
  ];
  const next = (number: number | null) =>
    number === null ? 'end' : `→ ${number} ${questions[number - 1]!.topic}`;
  const askedOfAll = ({ number, parents }: Tree['questions'][number]) =>
    number > 1 && parents.length === 0 ? ' (asked of all)' : '';
  return [
    `${data.name}: ${data.title}`,
    `${sizeOf(tree)}; fractions are ${CONVENTIONS[data.fractions]}`,
    `source: ${data.source}`,
    ...questions.flatMap((question) => [
      '',
      `${question.number} ${question.topic}: ${question.text}${askedOfAll(question)}`,
      ...columns
        .slice(question.start, question.end)
        .map(
          (column) =>
            `  ${answerNumber(column).padEnd(5)} ${column.text.padEnd(answers)}  ${column.name.padEnd(names)}  ${next(column.next)}`,
        ),
    ]),
  ].join('\n');
}
