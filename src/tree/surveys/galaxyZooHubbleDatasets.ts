/**
 * Galaxy Zoo Hubble with the columns of galaxy-datasets (`hubble_ortho_pairs`). They have no odd features, and of the questions about clumps only
 * two: "symmetry", to which nearly all routes of clumpy galaxies lead, and "embedded clumps". Counts are products of published fractions and
 * numbers of people, each rounded; those of "bar" include the people who saw a spiral of clumps.
 */

import { defineTree } from '../tree.ts';
import { GALAXY_ZOO_HUBBLE } from './galaxyZooHubble.ts';
import { withColumns } from './withColumns.ts';

const of = (question: string, ...answers: string[]) =>
  answers.map((answer) => `${question}-hubble_${answer}`);

/** Galaxy Zoo Hubble in galaxy-datasets: 12 questions, 34 answers. @example GALAXY_ZOO_HUBBLE_DATASETS.columns[0].name // 'smooth-or-featured-hubble_smooth' */
export const GALAXY_ZOO_HUBBLE_DATASETS = defineTree(
  withColumns(GALAXY_ZOO_HUBBLE.data, {
    name: 'gz-hubble-datasets',
    title: 'Galaxy Zoo Hubble (galaxy-datasets)',
    source: 'Willett et al. 2017, MNRAS 464, 4176; columns of galaxy-datasets, hubble_ortho_pairs',
    fractions: 'conditional',
    roundedCounts: true,
    columns: {
      shape: of('smooth-or-featured', 'smooth', 'features', 'artifact'),
      roundness: of('how-rounded', 'completely', 'in-between', 'cigar-shaped'),
      clumpy: of('clumpy-appearance', 'yes', 'no'),
      symmetry: of('galaxy-symmetrical', 'yes', 'no'),
      'embedded clumps': of('clumps-embedded-larger-object', 'yes', 'no'),
      'edge-on': of('disk-edge-on', 'yes', 'no'),
      'edge-on bulge': of('bulge-shape', 'rounded', 'boxy', 'none'),
      bar: of('bar', 'yes', 'no'),
      spiral: of('has-spiral-arms', 'yes', 'no'),
      'arm winding': of('spiral-winding', 'tight', 'medium', 'loose'),
      'arm count': of('spiral-arm-count', '1', '2', '3', '4', '5-plus', 'cant-tell'),
      bulge: of('bulge-size', 'none', 'just-noticeable', 'obvious', 'dominant'),
    },
    instead: { 'clump count': 'symmetry' },
  }),
);
