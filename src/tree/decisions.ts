/**
 * The Galaxy Zoo 2 decision tree (Willett et al. 2013, MNRAS 435, 2835, table 2) in the wording of Kaggle's Galaxy
 * Challenge. This table is the only place that states the tree: columns, names and sums are derived from it.
 */

/** One question: its number 1…11, a short topic for labels, its wording, and `[answer, number of the next question]`. */
export interface Decision {
  readonly number: number;
  readonly topic: string;
  readonly text: string;
  readonly answers: readonly (readonly [text: string, next: number | null])[];
}

/** `next` of an answer after which nothing more is asked. */
const END = null;

/**
 * All eleven questions in the order of their numbers.
 *
 * @example
 * DECISIONS[1].answers; // [['yes', 9], ['no', 3]]
 */
export const DECISIONS: readonly Decision[] = [
  {
    number: 1,
    topic: 'shape',
    text: 'Is the galaxy simply smooth and rounded, with no sign of a disk?',
    answers: [
      ['smooth', 7],
      ['features or disk', 2],
      ['star or artifact', END],
    ],
  },
  {
    number: 2,
    topic: 'edge-on',
    text: 'Could this be a disk viewed edge-on?',
    answers: [
      ['yes', 9],
      ['no', 3],
    ],
  },
  {
    number: 3,
    topic: 'bar',
    text: 'Is there a sign of a bar feature through the centre of the galaxy?',
    answers: [
      ['yes', 4],
      ['no', 4],
    ],
  },
  {
    number: 4,
    topic: 'spiral',
    text: 'Is there any sign of a spiral arm pattern?',
    answers: [
      ['yes', 10],
      ['no', 5],
    ],
  },
  {
    number: 5,
    topic: 'bulge',
    text: 'How prominent is the central bulge, compared with the rest of the galaxy?',
    answers: [
      ['no bulge', 6],
      ['just noticeable', 6],
      ['obvious', 6],
      ['dominant', 6],
    ],
  },
  {
    number: 6,
    topic: 'odd',
    text: 'Is there anything odd?',
    answers: [
      ['yes', 8],
      ['no', END],
    ],
  },
  {
    number: 7,
    topic: 'roundness',
    text: 'How rounded is it?',
    answers: [
      ['completely round', 6],
      ['in between', 6],
      ['cigar-shaped', 6],
    ],
  },
  {
    number: 8,
    topic: 'odd feature',
    text: 'Is the odd feature a ring, or is the galaxy disturbed or irregular?',
    answers: [
      ['ring', END],
      ['lens or arc', END],
      ['disturbed', END],
      ['irregular', END],
      ['other', END],
      ['merger', END],
      ['dust lane', END],
    ],
  },
  {
    number: 9,
    topic: 'edge-on bulge',
    text: 'Does the galaxy have a bulge at its centre? If so, what shape?',
    answers: [
      ['rounded', 6],
      ['boxy', 6],
      ['no bulge', 6],
    ],
  },
  {
    number: 10,
    topic: 'arm winding',
    text: 'How tightly wound do the spiral arms appear?',
    answers: [
      ['tight', 11],
      ['medium', 11],
      ['loose', 11],
    ],
  },
  {
    number: 11,
    topic: 'arm count',
    text: 'How many spiral arms are there?',
    answers: [
      ['1', 5],
      ['2', 5],
      ['3', 5],
      ['4', 5],
      ['more than four', 5],
      ["can't tell", 5],
    ],
  },
];
