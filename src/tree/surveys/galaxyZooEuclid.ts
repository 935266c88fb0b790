/**
 * Galaxy Zoo Euclid (Walmsley et al. 2025, arXiv 2503.15310): the questions of Galaxy Zoo Cosmic Dawn, with one more artifact
 * (galaxy-datasets, `euclid_ortho_pairs`).
 */
import { defineTree } from '../tree.ts';
import { cosmicDawnQuestions } from './galaxyZooCosmicDawn.ts';

/** Galaxy Zoo Euclid: 13 questions, 46 answers. @example GALAXY_ZOO_EUCLID.columns[0].name // 'smooth-or-featured-euclid_smooth' */
export const GALAXY_ZOO_EUCLID = defineTree({
  name: 'gz-euclid',
  title: 'Galaxy Zoo Euclid',
  source: 'columns of galaxy-datasets, euclid_ortho_pairs; survey: Walmsley et al. 2025, arXiv 2503.15310',
  fractions: 'conditional',
  questions: cosmicDawnQuestions('-euclid', ['ghost']),
});
