/**
 * Galaxy Zoo Cosmic Dawn (Pearson et al. 2025, arXiv 2509.22311), on pictures of the HSC survey of the Hawaii Twenty Square Degrees: the questions of
 * Galaxy Zoo DECaLS, campaign 5, and three new ones. Answers, routes and columns are those of galaxy-datasets
 * (`cosmic_dawn_ortho_pairs`). It has no wordings: those of "clumps", "problem" and "artifact" are ours, as is the place of
 * "clumps" among the questions of a disk that is not edge-on.
 */
import { defineTree, type QuestionData } from '../tree.ts';
import { decals5Questions } from './galaxyZooDecals5.ts';

/**
 * The questions since Cosmic Dawn.
 * @param end the end of each question's name in the columns, `-cd`
 * @param artifacts answers to the last question, besides those of Cosmic Dawn
 */
export function cosmicDawnQuestions(end: string, artifacts: readonly string[] = []): QuestionData[] {
  const third = { text: 'problem', column: `smooth-or-featured${end}_problem`, next: 'problem' };
  const questions = decals5Questions(end, { third, afterBulge: 'clumps' });
  const clumps: QuestionData = {
    topic: 'clumps',
    text: 'Are there clumps?',
    answers: ['yes', 'no'].map((text) => ({ text, column: `clumps${end}_${text}`, next: 'merging' })),
  };
  const kinds = ['satellite', 'scattered', 'diffraction', 'ray', 'saturation', 'other', ...artifacts];
  return [
    ...questions.slice(0, -1),
    clumps,
    ...questions.slice(-1),
    {
      topic: 'problem',
      text: 'What is the problem?',
      answers: [
        { text: 'star', column: `problem${end}_star` },
        { text: 'artifact', column: `problem${end}_artifact`, next: 'artifact' },
        { text: 'zoom', column: `problem${end}_zoom` },
      ],
    },
    {
      topic: 'artifact',
      text: 'What kind of artifact is it?',
      answers: kinds.map((text) => ({ text, column: `artifact${end}_${text}` })),
    },
  ];
}

/** Galaxy Zoo Cosmic Dawn: 13 questions, 45 answers. @example GALAXY_ZOO_COSMIC_DAWN.columns[0].name // 'smooth-or-featured-cd_smooth' */
export const GALAXY_ZOO_COSMIC_DAWN = defineTree({
  name: 'gz-cosmic-dawn',
  title: 'Galaxy Zoo Cosmic Dawn',
  source:
    'columns of galaxy-datasets, cosmic_dawn_ortho_pairs; survey: Pearson et al. 2025, arXiv 2509.22311',
  fractions: 'conditional',
  questions: cosmicDawnQuestions('-cd'),
});
