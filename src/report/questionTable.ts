/** The questions of a tree in the survey's words, and the question that each answer leads to. */
import { answerNumber, type Tree } from '../tree/tree.ts';
import type { Section } from './page.ts';
import { left, type Table, tableOf } from './table.ts';

/** A row for each answer. The question is in the row of its first answer. */
export function questionTable({ data, questions, columns }: Tree): Table {
  const rows = columns.map((column) => {
    const { number, topic, text } = questions[column.question - 1]!;
    const next = column.next === null ? undefined : questions[column.next - 1];
    return {
      question: column.answer === 1 ? `${number} ${topic}` : '',
      wording: column.answer === 1 ? text : '',
      answer: `${answerNumber(column)} ${column.text}`,
      next: next ? `${next.number} ${next.topic}` : 'end',
      column: column.name,
    };
  });
  return tableOf(`${data.title}: questions and answers. Source: ${data.source}.`, rows, [
    left('Question', ({ question }) => question),
    left('In words', ({ wording }) => wording),
    left('Answer', ({ answer }) => answer),
    left('Leads to', ({ next }) => next, 'the next question'),
    left('Column', ({ column }) => column, "the answer's column in tables of votes and predictions"),
  ]);
}

/** The table as a page's section, collapsed. */
export const questionSection = (tree: Tree): Section => ({
  heading: 'Questions and answers',
  isCollapsed: true,
  blocks: [{ kind: 'table', table: questionTable(tree) }],
});
