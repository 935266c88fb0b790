/**
 * Campaigns 1 and 2 of Galaxy Zoo DECaLS. Wordings and routes are those of the website (zooniverse/Galaxy-Zoo, `decals_tree.coffee`; Walmsley et al.
 * 2022, figure A1), without its last question, in which several odd features could be ticked; columns are those of galaxy-datasets
 * (`decals_dr12_ortho_pairs`); the published catalogue (Zenodo 4573248) has the same without `-dr12`.
 */
import { defineTree } from '../tree.ts';

/** Galaxy Zoo DECaLS, campaigns 1 and 2: 10 questions, 30 answers. @example GALAXY_ZOO_DECALS_12.columns[0].name // 'smooth-or-featured-dr12_smooth' */
export const GALAXY_ZOO_DECALS_12 = defineTree({
  name: 'gz-decals-12',
  title: 'Galaxy Zoo DECaLS, campaigns 1 and 2',
  source:
    'Walmsley et al. 2022, MNRAS 509, 3966, figure A1; columns of galaxy-datasets, decals_dr12_ortho_pairs',
  fractions: 'conditional',
  suffix: '-dr12',
  questions: [
    {
      topic: 'shape',
      text: 'Is the galaxy simply smooth and rounded, with no sign of a disk?',
      answers: [
        { text: 'smooth', column: 'smooth-or-featured-dr12_smooth', next: 'roundness' },
        { text: 'features or disk', column: 'smooth-or-featured-dr12_featured-or-disk', next: 'edge-on' },
        { text: 'star or artifact', column: 'smooth-or-featured-dr12_artifact' },
      ],
    },
    {
      topic: 'roundness',
      text: 'How rounded is it?',
      answers: [
        { text: 'completely round', column: 'how-rounded-dr12_completely', next: 'merging' },
        { text: 'in between', column: 'how-rounded-dr12_in-between', next: 'merging' },
        { text: 'cigar-shaped', column: 'how-rounded-dr12_cigar-shaped', next: 'merging' },
      ],
    },
    {
      topic: 'edge-on',
      text: 'Could this be a disk viewed edge-on?',
      answers: [
        { text: 'yes', column: 'disk-edge-on-dr12_yes', next: 'edge-on bulge' },
        { text: 'no', column: 'disk-edge-on-dr12_no', next: 'bar' },
      ],
    },
    {
      topic: 'edge-on bulge',
      text: 'Does the galaxy have a bulge at its centre?',
      answers: [
        { text: 'rounded', column: 'edge-on-bulge-dr12_rounded', next: 'merging' },
        { text: 'boxy', column: 'edge-on-bulge-dr12_boxy', next: 'merging' },
        { text: 'no bulge', column: 'edge-on-bulge-dr12_none', next: 'merging' },
      ],
    },
    {
      topic: 'bar',
      text: 'Is there any sign of a bar feature through the centre of the galaxy?',
      answers: [
        { text: 'yes', column: 'bar-dr12_yes', next: 'spiral' },
        { text: 'no', column: 'bar-dr12_no', next: 'spiral' },
      ],
    },
    {
      topic: 'spiral',
      text: 'Is there any sign of a spiral arm pattern?',
      answers: [
        { text: 'yes', column: 'has-spiral-arms-dr12_yes', next: 'arm winding' },
        { text: 'no', column: 'has-spiral-arms-dr12_no', next: 'bulge' },
      ],
    },
    {
      topic: 'arm winding',
      text: 'How tightly wound do the spiral arms appear?',
      answers: [
        { text: 'tight', column: 'spiral-winding-dr12_tight', next: 'arm count' },
        { text: 'medium', column: 'spiral-winding-dr12_medium', next: 'arm count' },
        { text: 'loose', column: 'spiral-winding-dr12_loose', next: 'arm count' },
      ],
    },
    {
      topic: 'arm count',
      text: 'How many spiral arms are there?',
      answers: [
        { text: '1', column: 'spiral-arm-count-dr12_1', next: 'bulge' },
        { text: '2', column: 'spiral-arm-count-dr12_2', next: 'bulge' },
        { text: '3', column: 'spiral-arm-count-dr12_3', next: 'bulge' },
        { text: '4', column: 'spiral-arm-count-dr12_4', next: 'bulge' },
        { text: 'more than 4', column: 'spiral-arm-count-dr12_more-than-4', next: 'bulge' },
      ],
    },
    {
      topic: 'bulge',
      text: 'How prominent is the central bulge, compared with the rest of the galaxy?',
      answers: [
        { text: 'no bulge', column: 'bulge-size-dr12_none', next: 'merging' },
        { text: 'obvious', column: 'bulge-size-dr12_obvious', next: 'merging' },
        { text: 'dominant', column: 'bulge-size-dr12_dominant', next: 'merging' },
      ],
    },
    {
      topic: 'merging',
      text: 'Is the galaxy currently merging or is there any sign of tidal debris?',
      answers: [
        { text: 'merging', column: 'merging-dr12_merger' },
        { text: 'tidal debris', column: 'merging-dr12_tidal-debris' },
        { text: 'both', column: 'merging-dr12_both' },
        { text: 'neither', column: 'merging-dr12_neither' },
      ],
    },
  ],
});
