import type { CutoutSurvey } from './survey.ts';

/** The Sloan Digital Sky Survey: composites of the bands g, r and i. */
export const sdss: CutoutSurvey = {
  name: 'sdss',
  title: 'Sloan Digital Sky Survey, SkyServer',
  source: 'https://skyserver.sdss.org/dr16/en/help/docs/api.aspx',
  base: 'https://skyserver.sdss.org/dr16/SkyServerWS',
  paths: { jpg: '/ImgCutout/getjpeg?ra={ra}&dec={dec}&scale={scale}&width={size}&height={size}' },
  pixelScale: 0.396127,
  size: 424,
  sizes: [64, 2048],
};
