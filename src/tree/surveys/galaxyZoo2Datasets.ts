/**
 * Galaxy Zoo 2 with the columns of galaxy-datasets (`gz2_ortho_pairs`), which Hugging Face has too. They have no odd features. Columns are
 * the stems of counts (`smooth-or-featured-gz2_smooth`) and fractions (`…_fraction`).
 */

import { defineTree } from '../tree.ts';
import { GALAXY_ZOO_2 } from './galaxyZoo2.ts';
import { withColumns } from './withColumns.ts';

/** The columns of galaxy-datasets for Galaxy Zoo 2's questions. @param survey the end of each question's name, `gz2` */
export const datasetColumns = (survey: string): Record<string, string[]> => {
  const of = (question: string, ...answers: string[]) =>
    answers.map((answer) => `${question}-${survey}_${answer}`);
  return {
    shape: of('smooth-or-featured', 'smooth', 'featured-or-disk', 'artifact'),
    'edge-on': of('disk-edge-on', 'yes', 'no'),
    bar: of('bar', 'yes', 'no'),
    spiral: of('has-spiral-arms', 'yes', 'no'),
    bulge: of('bulge-size', 'no', 'just-noticeable', 'obvious', 'dominant'),
    odd: of('something-odd', 'yes', 'no'),
    roundness: of('how-rounded', 'round', 'in-between', 'cigar'),
    'edge-on bulge': of('bulge-shape', 'round', 'boxy', 'no-bulge'),
    'arm winding': of('spiral-winding', 'tight', 'medium', 'loose'),
    'arm count': of('spiral-arm-count', '1', '2', '3', '4', 'more-than-4', 'cant-tell'),
  };
};

/** Galaxy Zoo 2 in galaxy-datasets: 10 questions, 30 answers. @example GALAXY_ZOO_2_DATASETS.columns[0].name // 'smooth-or-featured-gz2_smooth' */
export const GALAXY_ZOO_2_DATASETS = defineTree(
  withColumns(GALAXY_ZOO_2.data, {
    name: 'gz2-datasets',
    title: 'Galaxy Zoo 2 (galaxy-datasets)',
    source: 'Willett et al. 2013, MNRAS 435, 2835, table 2; columns of galaxy-datasets, gz2_ortho_pairs',
    fractions: 'conditional',
    columns: datasetColumns('gz2'),
  }),
);
