/**
 * Campaign 5 of Galaxy Zoo DECaLS (Walmsley et al. 2022, MNRAS 509, 3966, section 3.2 and figure 4): answers and routes of the paper, wordings of the
 * website, columns of galaxy-datasets (`decals_dr5_ortho_pairs`); the published catalogue (Zenodo 4573248) has the same without `-dr5`. Later campaigns ask the same
 * questions.
 */
import { type AnswerData, defineTree, type QuestionData } from '../tree.ts';

/** How a later campaign differs. */
interface Campaign {
  /** The third answer of the first question. */
  third?: AnswerData;
  /** The topic that follows the bulge of a disk. Default: `merging`. */
  afterBulge?: string;
  /** The topic that follows the roundness, and the bulge of an edge-on disk. Default: `merging`. */
  last?: string;
}

/** The questions since campaign 5. @param end the end of each question's name in the columns, `-dr5` */
export function decals5Questions(
  end: string,
  { third, afterBulge = 'merging', last = 'merging' }: Campaign = {},
): QuestionData[] {
  const answer = (question: string, text: string, name = text, next?: string): AnswerData => ({
    text,
    column: `${question}${end}_${name}`,
    ...(next !== undefined && { next }),
  });
  return [
    {
      topic: 'shape',
      text: 'Is the galaxy simply smooth and rounded, with no sign of a disk?',
      answers: [
        answer('smooth-or-featured', 'smooth', 'smooth', 'roundness'),
        answer('smooth-or-featured', 'features or disk', 'featured-or-disk', 'edge-on'),
        third ?? answer('smooth-or-featured', 'star or artifact', 'artifact'),
      ],
    },
    {
      topic: 'roundness',
      text: 'How rounded is it?',
      answers: [
        answer('how-rounded', 'round', 'round', last),
        answer('how-rounded', 'in between', 'in-between', last),
        answer('how-rounded', 'cigar-shaped', 'cigar-shaped', last),
      ],
    },
    {
      topic: 'edge-on',
      text: 'Could this be a disk viewed edge-on?',
      answers: [
        answer('disk-edge-on', 'yes', 'yes', 'edge-on bulge'),
        answer('disk-edge-on', 'no', 'no', 'bar'),
      ],
    },
    {
      topic: 'edge-on bulge',
      text: 'Does the galaxy have a bulge at its centre? If so, what shape?',
      answers: [
        answer('edge-on-bulge', 'boxy', 'boxy', last),
        answer('edge-on-bulge', 'no bulge', 'none', last),
        answer('edge-on-bulge', 'rounded', 'rounded', last),
      ],
    },
    {
      topic: 'bar',
      text: 'Is there a bar feature through the centre of the galaxy?',
      answers: [
        answer('bar', 'strong bar', 'strong', 'spiral'),
        answer('bar', 'weak bar', 'weak', 'spiral'),
        answer('bar', 'no bar', 'no', 'spiral'),
      ],
    },
    {
      topic: 'spiral',
      text: 'Is there any sign of a spiral arm pattern?',
      answers: [
        answer('has-spiral-arms', 'yes', 'yes', 'arm winding'),
        answer('has-spiral-arms', 'no', 'no', 'bulge'),
      ],
    },
    {
      topic: 'arm winding',
      text: 'How tightly wound do the spiral arms appear?',
      answers: ['tight', 'medium', 'loose'].map((name) => answer('spiral-winding', name, name, 'arm count')),
    },
    {
      topic: 'arm count',
      text: 'How many spiral arms are there?',
      answers: [
        ...['1', '2', '3', '4'].map((name) => answer('spiral-arm-count', name, name, 'bulge')),
        answer('spiral-arm-count', 'more than 4', 'more-than-4', 'bulge'),
        answer('spiral-arm-count', "can't tell", 'cant-tell', 'bulge'),
      ],
    },
    {
      topic: 'bulge',
      text: 'How prominent is the central bulge, compared with the rest of the galaxy?',
      answers: [
        answer('bulge-size', 'no bulge', 'none', afterBulge),
        ...['small', 'moderate', 'large', 'dominant'].map((name) =>
          answer('bulge-size', name, name, afterBulge),
        ),
      ],
    },
    {
      topic: 'merging',
      text: 'Is the galaxy merging or disturbed?',
      answers: [
        answer('merging', 'none'),
        answer('merging', 'minor disturbance', 'minor-disturbance'),
        answer('merging', 'major disturbance', 'major-disturbance'),
        answer('merging', 'merging', 'merger'),
      ],
    },
  ];
}

/** Galaxy Zoo DECaLS, campaign 5: 10 questions, 34 answers. @example GALAXY_ZOO_DECALS_5.columns[0].name // 'smooth-or-featured-dr5_smooth' */
export const GALAXY_ZOO_DECALS_5 = defineTree({
  name: 'gz-decals-5',
  title: 'Galaxy Zoo DECaLS, campaign 5',
  source:
    'Walmsley et al. 2022, MNRAS 509, 3966, figure 4; columns of galaxy-datasets, decals_dr5_ortho_pairs',
  fractions: 'conditional',
  suffix: '-dr5',
  questions: decals5Questions('-dr5'),
});
