/**
 * Galaxy Zoo CANDELS. Wordings and routes are those of the website (zooniverse/Galaxy-Zoo, `candels_tree.coffee`), columns those of
 * galaxy-datasets (`candels_ortho_pairs`). These have none of the six questions about clumps after "clumpy", all of whose routes lead to
 * "merging". Its counts are products of published fractions and numbers of people, each rounded.
 */
import { defineTree } from '../tree.ts';

/** Galaxy Zoo CANDELS: 11 questions, 32 answers. @example GALAXY_ZOO_CANDELS.columns[0].name // 'smooth-or-featured-candels_smooth' */
export const GALAXY_ZOO_CANDELS = defineTree({
  name: 'gz-candels',
  title: 'Galaxy Zoo CANDELS',
  source: 'Simmons et al. 2017, MNRAS 464, 4420; columns of galaxy-datasets, candels_ortho_pairs',
  fractions: 'conditional',
  roundedCounts: true,
  questions: [
    {
      topic: 'shape',
      text: 'Is the galaxy simply smooth and rounded, with no sign of a disk?',
      answers: [
        { text: 'smooth', column: 'smooth-or-featured-candels_smooth', next: 'roundness' },
        { text: 'features or disk', column: 'smooth-or-featured-candels_features', next: 'clumpy' },
        { text: 'star or artifact', column: 'smooth-or-featured-candels_artifact' },
      ],
    },
    {
      topic: 'roundness',
      text: 'How rounded is it?',
      answers: [
        { text: 'completely round', column: 'how-rounded-candels_completely', next: 'merging' },
        { text: 'in between', column: 'how-rounded-candels_in-between', next: 'merging' },
        { text: 'cigar-shaped', column: 'how-rounded-candels_cigar-shaped', next: 'merging' },
      ],
    },
    {
      topic: 'clumpy',
      text: 'Does the galaxy have a mostly clumpy appearance?',
      answers: [
        { text: 'yes', column: 'clumpy-appearance-candels_yes', next: 'merging' },
        { text: 'no', column: 'clumpy-appearance-candels_no', next: 'edge-on' },
      ],
    },
    {
      topic: 'edge-on',
      text: 'Could this be a disk viewed edge-on?',
      answers: [
        { text: 'yes', column: 'disk-edge-on-candels_yes', next: 'edge-on bulge' },
        { text: 'no', column: 'disk-edge-on-candels_no', next: 'bar' },
      ],
    },
    {
      topic: 'edge-on bulge',
      text: 'Does the galaxy have a bulge at its centre?',
      answers: [
        { text: 'yes', column: 'edge-on-bulge-candels_yes', next: 'merging' },
        { text: 'no', column: 'edge-on-bulge-candels_no', next: 'merging' },
      ],
    },
    {
      topic: 'bar',
      text: 'Is there any sign of a bar feature through the centre of the galaxy?',
      answers: [
        { text: 'yes', column: 'bar-candels_yes', next: 'spiral' },
        { text: 'no', column: 'bar-candels_no', next: 'spiral' },
      ],
    },
    {
      topic: 'spiral',
      text: 'Is there any sign of a spiral arm pattern?',
      answers: [
        { text: 'yes', column: 'has-spiral-arms-candels_yes', next: 'arm winding' },
        { text: 'no', column: 'has-spiral-arms-candels_no', next: 'bulge' },
      ],
    },
    {
      topic: 'arm winding',
      text: 'How tightly wound do the spiral arms appear?',
      answers: [
        { text: 'tight', column: 'spiral-winding-candels_tight', next: 'arm count' },
        { text: 'medium', column: 'spiral-winding-candels_medium', next: 'arm count' },
        { text: 'loose', column: 'spiral-winding-candels_loose', next: 'arm count' },
      ],
    },
    {
      topic: 'arm count',
      text: 'How many spiral arms are there?',
      answers: [
        { text: '1', column: 'spiral-arm-count-candels_1', next: 'bulge' },
        { text: '2', column: 'spiral-arm-count-candels_2', next: 'bulge' },
        { text: '3', column: 'spiral-arm-count-candels_3', next: 'bulge' },
        { text: '4', column: 'spiral-arm-count-candels_4', next: 'bulge' },
        { text: 'more than 4', column: 'spiral-arm-count-candels_5-plus', next: 'bulge' },
        { text: "can't tell", column: 'spiral-arm-count-candels_cant-tell', next: 'bulge' },
      ],
    },
    {
      topic: 'bulge',
      text: 'How prominent is the central bulge, compared with the rest of the galaxy?',
      answers: [
        { text: 'no bulge', column: 'bulge-size-candels_none', next: 'merging' },
        { text: 'obvious', column: 'bulge-size-candels_obvious', next: 'merging' },
        { text: 'dominant', column: 'bulge-size-candels_dominant', next: 'merging' },
      ],
    },
    {
      topic: 'merging',
      text: 'Is the galaxy currently merging or is there any sign of tidal debris?',
      answers: [
        { text: 'merging', column: 'merging-candels_merger' },
        { text: 'tidal debris', column: 'merging-candels_tidal-debris' },
        { text: 'both', column: 'merging-candels_both' },
        { text: 'neither', column: 'merging-candels_neither' },
      ],
    },
  ],
});
