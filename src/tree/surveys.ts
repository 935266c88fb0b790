/** The decision trees of known surveys. */

import { GALAXY10_DECALS } from './surveys/galaxy10Decals.ts';
import { GALAXY_ZOO_2 } from './surveys/galaxyZoo2.ts';
import { GALAXY_ZOO_2_DATASETS } from './surveys/galaxyZoo2Datasets.ts';
import { GALAXY_ZOO_2_HART } from './surveys/galaxyZoo2Hart.ts';
import { GALAXY_ZOO_CANDELS } from './surveys/galaxyZooCandels.ts';
import { GALAXY_ZOO_COSMIC_DAWN } from './surveys/galaxyZooCosmicDawn.ts';
import { GALAXY_ZOO_DECALS_5 } from './surveys/galaxyZooDecals5.ts';
import { GALAXY_ZOO_DECALS_8 } from './surveys/galaxyZooDecals8.ts';
import { GALAXY_ZOO_DECALS_12 } from './surveys/galaxyZooDecals12.ts';
import { GALAXY_ZOO_DESI } from './surveys/galaxyZooDesi.ts';
import { GALAXY_ZOO_EUCLID } from './surveys/galaxyZooEuclid.ts';
import { GALAXY_ZOO_HUBBLE } from './surveys/galaxyZooHubble.ts';
import { GALAXY_ZOO_HUBBLE_DATASETS } from './surveys/galaxyZooHubbleDatasets.ts';
import { GALAXY_ZOO_JWST } from './surveys/galaxyZooJwst.ts';
import { GALAXY_ZOO_UKIDSS } from './surveys/galaxyZooUkidss.ts';
import type { Tree } from './tree.ts';

/** All surveys, Galaxy Zoo 2 first. @example SURVEYS.map(({ data }) => data.name) // ['gz2', 'gz2-hart', …] */
export const SURVEYS: readonly Tree[] = [
  GALAXY_ZOO_2,
  GALAXY_ZOO_2_HART,
  GALAXY_ZOO_2_DATASETS,
  GALAXY_ZOO_DESI, // before the others that may have its columns, so that it is named for them
  GALAXY_ZOO_DECALS_12,
  GALAXY_ZOO_DECALS_5,
  GALAXY_ZOO_DECALS_8,
  GALAXY_ZOO_HUBBLE,
  GALAXY_ZOO_HUBBLE_DATASETS,
  GALAXY_ZOO_CANDELS,
  GALAXY_ZOO_UKIDSS,
  GALAXY_ZOO_COSMIC_DAWN,
  GALAXY_ZOO_EUCLID,
  GALAXY_ZOO_JWST,
  GALAXY10_DECALS,
];
