/**
 * Stretches turn raw values into brightness 0…1. With x' = (x - low) / (high - low), clipped to 0…1:
 *
 * - `linear`: x'
 * - `sqrt`: √x'
 * - `log`: log(1 + a·x') / log(1 + a), as in SAOImage DS9, where a = 1000
 * - `asinh`: asinh(x' / a) / asinh(1 / a), as in astropy's AsinhStretch, where a = 0.1
 *
 * `low` and `high` are values in the picture's units, or percentiles of each picture and band (`99.5%`). `percentile` is `linear`
 * with 0.5% and 99.5%.
 *
 * `lupton` keeps colours (Lupton et al. 2004, PASP 116, 133). Each band is scaled, v = scale · x + offset; the bands share
 * one curve f(I) = asinh(alpha · Q · I) / Q of the mean I of their positive parts; the brightness is v · f(I) / I, clipped to 0…1.
 * `sdss` and `legacy` are `lupton` with the constants of the Legacy Surveys' viewer, for pixels in nanomaggies
 * (github.com/legacysurvey/imagine, map/views.py, `sdss_rgb` and `dr2_rgb`). The viewer writes f as asinh(20 I) / √20.
 */
import { enumerate, OptionError } from '../errors.ts';
import { parseDecimal } from '../files/decimal.ts';

/** Constants of a survey's pictures. */
interface SurveyColours {
  /** Its usual bands. */
  readonly bands: readonly string[];
  readonly scales: Readonly<Record<string, number>>;
  readonly offset: number;
}

const ROOT = Math.sqrt(20);

const SURVEY_COLOURS: Readonly<Record<string, SurveyColours>> = {
  sdss: { bands: ['g', 'r', 'i'], scales: { u: 1.5, g: 2.5, r: 1.5, i: 1, z: 0.4 }, offset: 0.02 },
  legacy: { bands: ['g', 'r', 'z'], scales: { g: 6, r: 3.4, i: 3, z: 2.2 }, offset: 0.03 },
};

/** Parameters of a stretch with their defaults. */
type Parameters = Readonly<Record<string, string>>;

const LEVELS = { low: '0.5%', high: '99.9%' };

const KINDS: Readonly<Record<string, Parameters>> = {
  linear: { low: '0%', high: '100%' },
  sqrt: LEVELS,
  log: { ...LEVELS, a: '1000' },
  asinh: { ...LEVELS, a: '0.1' },
  lupton: { Q: '8', alpha: '0.02', offset: '0', scales: '' },
};

const PERCENTILE: Parameters = { low: '0.5%', high: '99.5%' };

/** @example stretchNames() // ['linear', 'sqrt', 'log', 'asinh', 'lupton', 'percentile', 'sdss', 'legacy'] */
export const stretchNames = (): string[] => [
  ...Object.keys(KINDS),
  'percentile',
  ...Object.keys(SURVEY_COLOURS),
];

const refuse = (text: string, problem: string) => new OptionError('stretch', problem, text);

/** The kind of a name and its parameters. */
function defaultsOf(name: string, bands: readonly string[], text: string): [kind: string, Parameters] {
  if (name === 'percentile') return ['linear', PERCENTILE];
  if (Object.hasOwn(SURVEY_COLOURS, name)) {
    const { scales, offset } = SURVEY_COLOURS[name]!;
    const unknown = bands.find((band) => !Object.hasOwn(scales, band));
    if (unknown !== undefined) {
      throw refuse(text, `has no scale for ${unknown}, only for the bands ${Object.keys(scales).join(', ')}`);
    }
    const own = bands.map((band) => scales[band]).join('/');
    return ['lupton', { Q: String(ROOT), alpha: String(ROOT), offset: String(offset), scales: own }];
  }
  if (!Object.hasOwn(KINDS, name)) throw refuse(text, `expected one of ${stretchNames().join(', ')}`);
  const defaults = KINDS[name]!;
  return [name, name === 'lupton' ? { ...defaults, scales: bands.map(() => '1').join('/') } : defaults];
}

/** A percentile, or a value. */
type Level = { percent: number } | { value: number };

/** A stretch, ready to use. */
type Curve =
  | { kind: 'levels'; low: Level; high: Level; curve: (x: number) => number }
  | { kind: 'lupton'; q: number; alpha: number; offset: number; scales: readonly number[] };

function numberOf(text: string, key: string, value: string): number {
  const number = parseDecimal(value);
  if (!Number.isFinite(number)) throw refuse(text, `${key}: expected a number, got ${value}`);
  return number;
}

function positive(text: string, key: string, value: string): number {
  const number = numberOf(text, key, value);
  if (!(number > 0)) throw refuse(text, `${key}: expected more than 0, got ${value}`);
  return number;
}

function levelOf(text: string, key: string, value: string): Level {
  if (!value.endsWith('%')) return { value: numberOf(text, key, value) };
  const percent = numberOf(text, key, value.slice(0, -1));
  if (!(percent >= 0 && percent <= 100)) throw refuse(text, `${key}: expected 0%…100%, got ${value}`);
  return { percent };
}

function curveOf(text: string, kind: string, given: Parameters, bands: number): Curve {
  if (kind === 'lupton') {
    const scales = given.scales!.split('/').map((each) => positive(text, 'scales', each));
    if (scales.length !== bands) {
      throw refuse(text, `scales: expected ${bands}, one for each band, got ${scales.length}`);
    }
    const [q, alpha] = [positive(text, 'Q', given.Q!), positive(text, 'alpha', given.alpha!)];
    return { kind: 'lupton', q, alpha, offset: numberOf(text, 'offset', given.offset!), scales };
  }
  const [low, high] = [levelOf(text, 'low', given.low!), levelOf(text, 'high', given.high!)];
  const isOrdered =
    'value' in low && 'value' in high
      ? low.value < high.value
      : !('percent' in low && 'percent' in high) || low.percent < high.percent;
  if (!isOrdered) throw refuse(text, `high: expected more than low, ${given.low}, got ${given.high}`);
  const a = given.a === undefined ? 1 : positive(text, 'a', given.a);
  const curves: Record<string, (x: number) => number> = {
    linear: (x) => x,
    sqrt: Math.sqrt,
    log: (x) => Math.log1p(a * x) / Math.log1p(a),
    asinh: (x) => Math.asinh(x / a) / Math.asinh(1 / a),
  };
  return { kind: 'levels', low, high, curve: curves[kind]! };
}

function parse(text: string, bands: readonly string[]): { words: string; curve: Curve } {
  const [name, ...rest] = text.split(':');
  const [kind, defaults] = defaultsOf(name!, bands, text);
  const given: Record<string, string> = { ...defaults };
  for (const part of rest.length === 0 ? [] : rest.join(':').split(',')) {
    const [key, value = ''] = part.split('=');
    if (!Object.hasOwn(defaults, key!) || value === '') {
      const known = enumerate(Object.keys(defaults).map((each) => `${each}=…`));
      throw refuse(text, `expected ${name}:${known}, got ${part}`);
    }
    given[key!] = value;
  }
  const words = Object.entries(given).map(([key, value]) => `${key}=${value}`);
  return { words: `${kind}:${words.join(',')}`, curve: curveOf(text, kind, given, bands.length) };
}

/**
 * A stretch with all its parameters, as a model keeps it.
 * @param text a name, and parameters after a colon: `asinh`, `log:low=0,high=99%`, `lupton:Q=8,alpha=0.02,scales=1/1/2`
 * @throws OptionError with the path `stretch`
 * @example resolveStretch('asinh:high=99.5%', ['r']) // 'asinh:low=0.5%,high=99.5%,a=0.1'
 */
export const resolveStretch = (text: string, bands: readonly string[]): string => parse(text, bands).words;

/**
 * The default bands of a stretch: those of its survey, else one.
 * @example usualBands('legacy:Q=5') // ['g', 'r', 'z']
 */
export function usualBands(stretch: string): readonly string[] {
  const name = stretch.replace(/:.*/s, '');
  return Object.hasOwn(SURVEY_COLOURS, name) ? SURVEY_COLOURS[name]!.bands : ['brightness'];
}

/** The value of a level; percentiles are linear between neighbours, as in NumPy. @param sorted finite values, ascending */
function levelIn(sorted: Float64Array, level: Level): number {
  if ('value' in level) return level.value;
  const place = (level.percent / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return a + (place - below) * (b - a);
}

/**
 * Stretches the bands of a picture in place. Values that are not finite become the sky's: the median of their band.
 * @param planes one for each band, `[pixels]`, all of the same length; each has a finite value
 * @param stretch as of {@link resolveStretch}
 * @throws OptionError if the stretch is malformed
 */
export function stretchPlanes(
  planes: readonly Float64Array[],
  stretch: string,
  bands: readonly string[],
): void {
  const { curve: stretched } = parse(stretch, bands);
  const sorted = planes.map((plane) => plane.filter(Number.isFinite).sort());
  for (const [band, plane] of planes.entries()) {
    const sky = levelIn(sorted[band]!, { percent: 50 });
    for (let i = 0; i < plane.length; i++) if (!Number.isFinite(plane[i]!)) plane[i] = sky;
  }
  if (stretched.kind === 'lupton') {
    lupton(planes, stretched);
    return;
  }
  const { low, high, curve } = stretched;
  for (const [band, plane] of planes.entries()) {
    const [from, to] = [levelIn(sorted[band]!, low), levelIn(sorted[band]!, high)];
    for (let i = 0; i < plane.length; i++) {
      plane[i] = to > from ? curve(Math.min(Math.max((plane[i]! - from) / (to - from), 0), 1)) : 0;
    }
  }
}

function lupton(
  planes: readonly Float64Array[],
  { q, alpha, offset, scales }: Curve & { kind: 'lupton' },
): void {
  const length = planes[0]!.length;
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const [band, plane] of planes.entries()) {
      plane[i] = scales[band]! * plane[i]! + offset;
      sum += Math.max(0, plane[i]!);
    }
    const intensity = sum / planes.length;
    const gain = intensity > 0 ? Math.asinh(alpha * q * intensity) / q / intensity : 0;
    for (const plane of planes) plane[i] = Math.min(Math.max(plane[i]! * gain, 0), 1);
  }
}
