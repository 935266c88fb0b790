/**
 * Galaxy Zoo JWST, on pictures of CEERS: the questions of Galaxy Zoo DECaLS, campaign 5, and two new ones. Answers, routes and columns are those of
 * galaxy-datasets (`jwst_ortho_pairs`), which asks for "clumps" and "merging" in every galaxy. It has no wordings: those of "clumps" and
 * "problem" are ours, as is their order.
 */
import { defineTree } from '../tree.ts';
import { decals5Questions } from './galaxyZooDecals5.ts';

const third = {
  text: 'star, artifact or bad zoom',
  column: 'smooth-or-featured-jwst_star-artifact-zoom',
  next: 'problem',
};
const questions = decals5Questions('-jwst', { third, afterBulge: 'clumps', last: 'clumps' });

/** Galaxy Zoo JWST: 12 questions, 39 answers. @example GALAXY_ZOO_JWST.columns[0].name // 'smooth-or-featured-jwst_smooth' */
export const GALAXY_ZOO_JWST = defineTree({
  name: 'gz-jwst',
  title: 'Galaxy Zoo JWST (CEERS)',
  source: 'columns of galaxy-datasets, jwst_ortho_pairs',
  fractions: 'conditional',
  questions: [
    ...questions.slice(0, -1),
    {
      topic: 'clumps',
      text: 'Are there clumps?',
      answers: [
        { text: 'yes', column: 'clumps-jwst_yes', next: 'merging' },
        { text: 'no', column: 'clumps-jwst_no', next: 'merging' },
      ],
    },
    ...questions.slice(-1),
    {
      topic: 'problem',
      text: 'What is the problem?',
      answers: [
        { text: 'star', column: 'problem-jwst_star' },
        { text: 'artifact', column: 'problem-jwst_artifact' },
        { text: 'bad zoom', column: 'problem-jwst_bad-zoom' },
      ],
    },
  ],
});
