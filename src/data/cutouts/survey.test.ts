import { describe, expect, it } from 'vitest';
import { legacy } from './legacy.ts';
import { sdss } from './sdss.ts';
import { cutoutSettings, cutoutUrl } from './survey.ts';
import { CUTOUT_SURVEYS } from './surveys.ts';

const PLACE = [184.9511, -0.8754] as const;

describe('the URL of a cutout', () => {
  it.each([
    [
      sdss,
      { format: 'jpg', pixelScale: 0.4 },
      'https://skyserver.sdss.org/dr16/SkyServerWS/ImgCutout/getjpeg?ra=184.9511&dec=-0.8754&scale=0.4&width=424&height=424',
    ],
    [
      legacy,
      { format: 'jpg', size: 256 },
      'https://www.legacysurvey.org/viewer/cutout.jpg?ra=184.9511&dec=-0.8754&layer=ls-dr9&pixscale=0.262&size=256',
    ],
    [
      legacy,
      { format: 'fits', bands: 'rg', url: 'http://mirror.example/ls/' },
      'http://mirror.example/ls/cutout.fits?ra=184.9511&dec=-0.8754&layer=ls-dr9&pixscale=0.262&size=424&bands=rg',
    ],
    [
      sdss,
      { format: 'jpg', url: 'http://x.example/{ra}/{dec}.{format}?s={size}&p={scale}' },
      'http://x.example/184.9511/-0.8754.jpg?s=424&p=0.396127',
    ],
  ] as const)('of $name with %j', (survey, choices, url) => {
    expect(cutoutUrl(cutoutSettings(survey, choices), ...PLACE)).toBe(url);
  });

  it('has a position and a size for every survey and format', () => {
    for (const survey of CUTOUT_SURVEYS) {
      for (const path of Object.values(survey.paths)) {
        for (const name of ['{ra}', '{dec}', '{size}', '{scale}']) expect(path).toContain(name);
      }
    }
  });
});

it.each([
  [sdss, { format: 'fits' }, 'format fits: expected jpg for sdss'],
  [sdss, { format: 'jpg', size: 63 }, 'size 63: expected 64 to 2048 pixels for sdss'],
  [legacy, { format: 'fits', size: 3001 }, 'size 3001: expected 1 to 3000 pixels for legacy'],
  [legacy, { format: 'jpg', bands: 'grz' }, 'bands grz: has no effect on a jpg file of legacy'],
  [legacy, { format: 'fits', bands: 'gi' }, 'bands gi: expected some of grz for legacy, each once'],
  [legacy, { format: 'fits', bands: 'gg' }, 'bands gg: expected some of grz for legacy, each once'],
  [legacy, { format: 'jpg', url: 'ftp://x/{ra}' }, 'expected a URL that begins with http:// or https://'],
  [legacy, { format: 'jpg', url: 'http://x/{ra}' }, 'expected a placeholder {dec}'],
  [legacy, { format: 'jpg', url: 'http://x/{ra}/{dec}/{id}' }, '{bands}, {format}, got {id}'],
] as const)('settings of $name with %j are refused', (survey, choices, says) => {
  expect(() => cutoutSettings(survey, choices)).toThrow(says);
});
