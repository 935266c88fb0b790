/** Campaign 8 of Galaxy Zoo DECaLS, on pictures of DR8 of the DESI Legacy Surveys: the questions of campaign 5 (galaxy-datasets, `decals_dr8_ortho_pairs`). */
import { defineTree } from '../tree.ts';
import { decals5Questions } from './galaxyZooDecals5.ts';

/** Galaxy Zoo DECaLS, campaign 8: 10 questions, 34 answers. @example GALAXY_ZOO_DECALS_8.columns[0].name // 'smooth-or-featured-dr8_smooth' */
export const GALAXY_ZOO_DECALS_8 = defineTree({
  name: 'gz-decals-8',
  title: 'Galaxy Zoo DECaLS, campaign 8',
  source: 'Walmsley et al. 2023, MNRAS 526, 4768; columns of galaxy-datasets, decals_dr8_ortho_pairs',
  fractions: 'conditional',
  questions: decals5Questions('-dr8'),
});
