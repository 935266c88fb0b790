/**
 * Galaxy10 DECaLS: ten classes, from volunteers' votes of Galaxy Zoo on pictures of DECaLS (Leung and Bovy 2019, MNRAS 483, 3255, and the
 * documentation of astroNN). The answers have the order of the class numbers 0 … 9; their columns are the classes' names with underscores.
 */
import { defineTree } from '../tree.ts';

/** Galaxy10 DECaLS: one question, 10 answers. @example GALAXY10_DECALS.columns[5].text // 'barred spiral' */
export const GALAXY10_DECALS = defineTree({
  name: 'galaxy10-decals',
  title: 'Galaxy10 DECaLS',
  source: 'the classes of Galaxy10 DECaLS, documentation of astroNN (Leung and Bovy 2019, MNRAS 483, 3255)',
  fractions: 'conditional',
  questions: [
    {
      topic: 'class',
      text: 'Which class is it?',
      answers: [
        { text: 'disturbed', column: 'Disturbed_Galaxies' },
        { text: 'merging', column: 'Merging_Galaxies' },
        { text: 'round smooth', column: 'Round_Smooth_Galaxies' },
        { text: 'in-between round smooth', column: 'In_Between_Round_Smooth_Galaxies' },
        { text: 'cigar-shaped smooth', column: 'Cigar_Shaped_Smooth_Galaxies' },
        { text: 'barred spiral', column: 'Barred_Spiral_Galaxies' },
        { text: 'unbarred tight spiral', column: 'Unbarred_Tight_Spiral_Galaxies' },
        { text: 'unbarred loose spiral', column: 'Unbarred_Loose_Spiral_Galaxies' },
        { text: 'edge-on without bulge', column: 'Edge_On_Galaxies_Without_Bulge' },
        { text: 'edge-on with bulge', column: 'Edge_On_Galaxies_With_Bulge' },
      ],
    },
  ],
});
