/** Galaxy Zoo DESI (Walmsley et al. 2023): the questions of Galaxy Zoo DECaLS, campaign 5; its columns have no suffix (galaxy-datasets, `desi_pairs`). */
import { defineTree } from '../tree.ts';
import { decals5Questions } from './galaxyZooDecals5.ts';

/** Galaxy Zoo DESI: 10 questions, 34 answers. @example GALAXY_ZOO_DESI.columns[0].name // 'smooth-or-featured_smooth' */
export const GALAXY_ZOO_DESI = defineTree({
  name: 'gz-desi',
  title: 'Galaxy Zoo DESI',
  source: 'Walmsley et al. 2023, MNRAS 526, 4768; columns of galaxy-datasets, desi_pairs',
  fractions: 'conditional',
  questions: decals5Questions(''),
});
