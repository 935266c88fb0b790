/**
 * Galaxy Zoo UKIDSS: Galaxy Zoo 2's questions on infrared pictures. Wordings and routes are those of the website (zooniverse/Galaxy-Zoo,
 * `ukidss_tree.coffee`), columns those of galaxy-datasets (`ukidss_ortho_pairs`), which have no odd features.
 */

import { defineTree } from '../tree.ts';
import { GALAXY_ZOO_2 } from './galaxyZoo2.ts';
import { datasetColumns } from './galaxyZoo2Datasets.ts';
import { withColumns } from './withColumns.ts';

/** Galaxy Zoo UKIDSS: 10 questions, 30 answers. @example GALAXY_ZOO_UKIDSS.columns[0].name // 'smooth-or-featured-ukidss_smooth' */
export const GALAXY_ZOO_UKIDSS = defineTree(
  withColumns(GALAXY_ZOO_2.data, {
    name: 'gz-ukidss',
    title: 'Galaxy Zoo UKIDSS',
    source:
      "the website's questions (zooniverse/Galaxy-Zoo, ukidss_tree); columns of galaxy-datasets, ukidss_ortho_pairs",
    fractions: 'conditional',
    columns: datasetColumns('ukidss'),
    texts: {
      bar: 'Is there any sign of a bar feature through the center of the galaxy?',
      'edge-on bulge': 'Does the galaxy have a bulge at its center? If so, what shape?',
    },
  }),
);
