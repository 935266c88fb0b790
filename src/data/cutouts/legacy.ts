import type { CutoutSurvey } from './survey.ts';

/**
 * A data release of the DESI Legacy Imaging Surveys. The viewer's source limits pictures to 3000 pixels a side
 * (github.com/legacysurvey/imagine, `get_cutout`).
 */
const release = (name: string, number: number, bands: string): CutoutSurvey => {
  const query = `ra={ra}&dec={dec}&layer=ls-dr${number}&pixscale={scale}&size={size}`;
  return {
    name,
    title: `DESI Legacy Imaging Surveys, data release ${number}`,
    source: `https://www.legacysurvey.org/dr${number}/description/`,
    base: 'https://www.legacysurvey.org/viewer',
    paths: { jpg: `/cutout.jpg?${query}`, fits: `/cutout.fits?${query}&bands={bands}` },
    bands,
    pixelScale: 0.262,
    size: 424,
    sizes: [1, 3000],
  };
};

/** Both hemispheres. */
export const legacy = release('legacy', 9, 'grz');

/** The south, with the band i. */
export const legacyDr10 = release('legacy-dr10', 10, 'griz');
