import { legacy, legacyDr10 } from './legacy.ts';
import { sdss } from './sdss.ts';
import type { CutoutSurvey } from './survey.ts';

/** The services that cut out pictures. */
export const CUTOUT_SURVEYS: readonly CutoutSurvey[] = [legacy, legacyDr10, sdss];
