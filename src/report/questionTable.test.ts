/** The table of docs/tree.md, which `npx vitest run src/report/questionTable -u` rewrites, and tables of other trees. */
import { describe, expect, it } from 'vitest';
import { SHAPES } from '../../test/fixtures/shapes.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { defineTree } from '../tree/tree.ts';
import { page } from './page.ts';
import { questionSection, questionTable } from './questionTable.ts';
import { tableMarkdown } from './table.ts';

const INTRODUCTION = `# The decision tree

Volunteers of Galaxy Zoo 2 answered questions about each galaxy. There are 11 questions; a volunteer answers at most 9 of them. Everybody
begins with question 1, and each answer leads to the next question or to the end. The table has the content of the August report's
Table 1 and is generated from [\`galaxyZoo2.ts\`](../src/tree/surveys/galaxyZoo2.ts). The pages that \`train\`, \`evaluate\`, \`compare\` and
\`show\` write contain the same table, or the questions of [another survey](../CONTRIBUTING.md#add-a-survey).

A value in Kaggle's tables is a cumulative fraction: the share of the answer among the volunteers who were asked the question, times the
share of all volunteers who were asked it. The fractions of question 6 always add up to 1, as if everybody had been asked.

`;

describe('questionTable', () => {
  it('is the table of docs/tree.md', async () => {
    await expect(INTRODUCTION + tableMarkdown(questionTable(GALAXY_ZOO_2))).toMatchFileSnapshot(
      '../../docs/tree.md',
    );
  });

  it('lists the questions of any tree', () => {
    const { rows } = questionTable(defineTree(SHAPES));
    expect(rows.slice(0, 4)).toEqual([
      ['1 form', 'Is it smooth, or are there features?', '1.1 smooth', '2 outline', 'smooth'],
      ['', '', '1.2 features', '3 arms', 'features'],
      ['', '', '1.3 no galaxy', 'end', 'no-galaxy'],
      ['2 outline', 'Is it round?', '2.1 round', 'end', 'round'],
    ]);
  });

  it('is a collapsed section of a page', () => {
    const html = page({ title: 'T', sections: [questionSection(GALAXY_ZOO_2)] });
    expect(html).toContain('<details>\n<summary><h2>Questions and answers</h2></summary>');
    expect(html).toContain('<td>How rounded is it?</td><td>7.1 completely round</td><td>6 odd</td>');
  });
});
