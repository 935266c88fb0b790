/** Services that cut pictures out of a survey by position, and the URLs of their pictures. */
import { OptionError } from '../../errors.ts';

/** A format of pictures, which is also the ending of their files. */
export type CutoutFormat = 'jpg' | 'fits';

/** A service that cuts out pictures. */
export interface CutoutSurvey {
  readonly name: string;
  readonly title: string;
  /** The service's documentation. */
  readonly source: string;
  /** The beginning of all its URLs. */
  readonly base: string;
  /** The rest of a URL, by format; it contains the placeholders of {@link cutoutUrl}. */
  readonly paths: Readonly<Partial<Record<CutoutFormat, string>>>;
  /** The names of its bands, one letter each; for formats whose path contains `{bands}`. */
  readonly bands?: string;
  /** Arcseconds per pixel of the survey's own pictures. */
  readonly pixelScale: number;
  /** Pixels per side by default. */
  readonly size: number;
  /** The smallest and largest size. The service silently replaces others by these. */
  readonly sizes: readonly [number, number];
}

/** The settings that all cutouts of a folder share. */
export interface CutoutSettings {
  readonly format: CutoutFormat;
  /** Pixels per side. */
  readonly size: number;
  /** Arcseconds per pixel. */
  readonly pixelScale: number;
  /** The bands of a FITS file; undefined if the service does not let one choose. */
  readonly bands?: string;
  /** The URL of a picture, with placeholders. */
  readonly template: string;
}

/** Settings that may be left out. */
export interface CutoutChoices {
  readonly format: CutoutFormat;
  readonly size?: number | undefined;
  readonly pixelScale?: number | undefined;
  readonly bands?: string | undefined;
  /** Another host, which replaces the base, or a whole URL with placeholders. */
  readonly url?: string | undefined;
}

const PLACEHOLDER = /\{(\w*)\}/g;
const PLACEHOLDERS = ['ra', 'dec', 'size', 'scale', 'bands', 'format'];

/** @throws OptionError if `url` is not a URL, or its placeholders are wrong */
function templateOf(survey: CutoutSurvey, path: string, url: string | undefined): string {
  if (url === undefined) return survey.base + path;
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new OptionError('url', 'expected a URL that begins with http:// or https://', url);
  }
  const names = [...url.matchAll(PLACEHOLDER)].map(([, name]) => name!);
  if (names.length === 0) return url.replace(/\/$/, '') + path;
  const unknown = names.find((name) => !PLACEHOLDERS.includes(name));
  if (unknown !== undefined) {
    const known = PLACEHOLDERS.map((name) => `{${name}}`).join(', ');
    throw new OptionError('url', `expected placeholders of ${known}, got {${unknown}}`, url);
  }
  const missing = ['ra', 'dec'].find((name) => !names.includes(name));
  if (missing !== undefined) throw new OptionError('url', `expected a placeholder {${missing}}`, url);
  return url;
}

/**
 * Completes the settings of cutouts with the survey's own.
 * @throws OptionError if the survey does not have the format, a band or the size
 * @example cutoutSettings(sdss, { format: 'jpg' }).pixelScale // 0.396127
 */
export function cutoutSettings(survey: CutoutSurvey, choices: CutoutChoices): CutoutSettings {
  const { format, size = survey.size, pixelScale = survey.pixelScale, url } = choices;
  const path = survey.paths[format];
  if (path === undefined) {
    const formats = Object.keys(survey.paths).join(' or ');
    throw new OptionError('format', `expected ${formats} for ${survey.name}`, format);
  }
  const [least, most] = survey.sizes;
  if (size < least || size > most) {
    throw new OptionError('size', `expected ${least} to ${most} pixels for ${survey.name}`, size);
  }
  const template = templateOf(survey, path, url);
  const { bands = survey.bands } = choices;
  if (!template.includes('{bands}')) {
    if (choices.bands === undefined) return { format, size, pixelScale, template };
    throw new OptionError('bands', `has no effect on a ${format} file of ${survey.name}`, choices.bands);
  }
  const isKnown = [...bands!].every((band, i) => survey.bands!.includes(band) && bands!.indexOf(band) === i);
  if (!isKnown || bands === '') {
    const expected = `expected some of ${survey.bands} for ${survey.name}, each once`;
    throw new OptionError('bands', expected, bands);
  }
  return { format, size, pixelScale, bands: bands!, template };
}

/**
 * The URL of a cutout: fills `{ra}`, `{dec}` (degrees), `{size}` (pixels), `{scale}` (arcseconds per pixel), `{bands}` and `{format}`.
 * @example
 * const settings = { format: 'jpg', size: 64, pixelScale: 0.4, template: 'https://x/{ra}/{dec}?width={size}&scale={scale}' };
 * cutoutUrl(settings, 184.9511, -0.8754) // 'https://x/184.9511/-0.8754?width=64&scale=0.4'
 */
export function cutoutUrl(settings: CutoutSettings, ra: number, dec: number): string {
  const { format, size, pixelScale: scale, bands = '', template } = settings;
  const values: Readonly<Record<string, string | number>> = { ra, dec, size, scale, bands, format };
  return template.replace(PLACEHOLDER, (_, name: string) => encodeURIComponent(values[name]!));
}
