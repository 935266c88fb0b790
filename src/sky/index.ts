/** `tuningfork/sky` outside Node: draws objects, renders their pictures and simulates their votes. */
export { FREE_SKY, parseSkyConfig, type SkyConfig } from './config.ts';
export type { Colour, SkyObject } from './object.ts';
export { drawObject, type FixedObject } from './population.ts';
export { renderPicture } from './render.ts';
export { voteCounts, voteFractions } from './votes.ts';
