/**
 * The decision tree of Galaxy Zoo 2 (Willett et al. 2013, MNRAS 435, 2835, table 2) in the wording of Kaggle's Galaxy Zoo
 * Challenge, with the columns of the challenge's tables.
 */
import { defineTree } from '../tree.ts';

/** Galaxy Zoo 2: 11 questions, 37 answers. @example GALAXY_ZOO_2.columns[7].label // 'spiral: yes' */
export const GALAXY_ZOO_2 = defineTree({
  name: 'gz2',
  title: 'Galaxy Zoo 2',
  source: 'Willett et al. 2013, MNRAS 435, 2835, table 2; columns of the Kaggle Galaxy Zoo Challenge',
  fractions: 'cumulative',
  questions: [
    {
      topic: 'shape',
      text: 'Is the galaxy simply smooth and rounded, with no sign of a disk?',
      answers: [
        { text: 'smooth', column: 'Class1.1', next: 'roundness' },
        { text: 'features or disk', column: 'Class1.2', next: 'edge-on' },
        { text: 'star or artifact', column: 'Class1.3' },
      ],
    },
    {
      topic: 'edge-on',
      text: 'Could this be a disk viewed edge-on?',
      answers: [
        { text: 'yes', column: 'Class2.1', next: 'edge-on bulge' },
        { text: 'no', column: 'Class2.2', next: 'bar' },
      ],
    },
    {
      topic: 'bar',
      text: 'Is there a sign of a bar feature through the centre of the galaxy?',
      answers: [
        { text: 'yes', column: 'Class3.1', next: 'spiral' },
        { text: 'no', column: 'Class3.2', next: 'spiral' },
      ],
    },
    {
      topic: 'spiral',
      text: 'Is there any sign of a spiral arm pattern?',
      answers: [
        { text: 'yes', column: 'Class4.1', next: 'arm winding' },
        { text: 'no', column: 'Class4.2', next: 'bulge' },
      ],
    },
    {
      topic: 'bulge',
      text: 'How prominent is the central bulge, compared with the rest of the galaxy?',
      answers: [
        { text: 'no bulge', column: 'Class5.1', next: 'odd' },
        { text: 'just noticeable', column: 'Class5.2', next: 'odd' },
        { text: 'obvious', column: 'Class5.3', next: 'odd' },
        { text: 'dominant', column: 'Class5.4', next: 'odd' },
      ],
    },
    {
      topic: 'odd',
      text: 'Is there anything odd?',
      askedOfAll: true, // answers 1.1 and 1.2 lead here, but its fractions sum to 1 in the challenge's tables
      answers: [
        { text: 'yes', column: 'Class6.1', next: 'odd feature' },
        { text: 'no', column: 'Class6.2' },
      ],
    },
    {
      topic: 'roundness',
      text: 'How rounded is it?',
      answers: [
        { text: 'completely round', column: 'Class7.1', next: 'odd' },
        { text: 'in between', column: 'Class7.2', next: 'odd' },
        { text: 'cigar-shaped', column: 'Class7.3', next: 'odd' },
      ],
    },
    {
      topic: 'odd feature',
      text: 'Is the odd feature a ring, or is the galaxy disturbed or irregular?',
      answers: [
        { text: 'ring', column: 'Class8.1' },
        { text: 'lens or arc', column: 'Class8.2' },
        { text: 'disturbed', column: 'Class8.3' },
        { text: 'irregular', column: 'Class8.4' },
        { text: 'other', column: 'Class8.5' },
        { text: 'merger', column: 'Class8.6' },
        { text: 'dust lane', column: 'Class8.7' },
      ],
    },
    {
      topic: 'edge-on bulge',
      text: 'Does the galaxy have a bulge at its centre? If so, what shape?',
      answers: [
        { text: 'rounded', column: 'Class9.1', next: 'odd' },
        { text: 'boxy', column: 'Class9.2', next: 'odd' },
        { text: 'no bulge', column: 'Class9.3', next: 'odd' },
      ],
    },
    {
      topic: 'arm winding',
      text: 'How tightly wound do the spiral arms appear?',
      answers: [
        { text: 'tight', column: 'Class10.1', next: 'arm count' },
        { text: 'medium', column: 'Class10.2', next: 'arm count' },
        { text: 'loose', column: 'Class10.3', next: 'arm count' },
      ],
    },
    {
      topic: 'arm count',
      text: 'How many spiral arms are there?',
      answers: [
        { text: '1', column: 'Class11.1', next: 'bulge' },
        { text: '2', column: 'Class11.2', next: 'bulge' },
        { text: '3', column: 'Class11.3', next: 'bulge' },
        { text: '4', column: 'Class11.4', next: 'bulge' },
        { text: 'more than four', column: 'Class11.5', next: 'bulge' },
        { text: "can't tell", column: 'Class11.6', next: 'bulge' },
      ],
    },
  ],
  // Along Hubble's tuning fork, then the odd ones.
  classes: [
    { name: 'completely round', column: 'Class7.1' },
    { name: 'in between', column: 'Class7.2' },
    { name: 'cigar-shaped', column: 'Class7.3' },
    { name: 'disk, edge-on', column: 'Class2.1' },
    { name: 'disk without arms', column: 'Class4.2' },
    { name: 'spiral', column: 'Class4.1' },
    { name: 'barred disk', column: 'Class3.1' },
    { name: 'ring', column: 'Class8.1' },
    { name: 'lens or arc', column: 'Class8.2' },
    { name: 'disturbed', column: 'Class8.3' },
    { name: 'irregular', column: 'Class8.4' },
    { name: 'merger', column: 'Class8.6' },
    { name: 'dust lane', column: 'Class8.7' },
    { name: 'star or artifact', column: 'Class1.3' },
  ],
  // On the challenge's 79,975 test galaxies.
  publishedScores: [
    { name: 'report', what: "the report's baseline, 16 views (Ng 2024)", rmse: 0.07742 },
    { name: 'winner', what: '17 networks, 60 views each (Dieleman 2014)', rmse: 0.07491 },
  ],
});
