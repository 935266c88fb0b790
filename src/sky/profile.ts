/** Sérsic profiles, and Petrosian's R90. */

/** Gamma function of a positive number (Lanczos 1964, g = 7, n = 9). */
export function gamma(x: number): number {
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const coefficients = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const t = x + 6.5;
  const sum = coefficients.reduce((all, each, i) => all + each / (x - 1 + i));
  return Math.sqrt(2 * Math.PI) * t ** (x - 0.5) * Math.exp(-t) * sum;
}

/**
 * The coefficient b of the Sérsic profile, for which R_e encloses half of the light (Ciotti & Bertin 1999):
 *
 *     b = 2n − 1/3 + 4/405n + 46/25515n²
 */
export const sersicB = (index: number) => 2 * index - 1 / 3 + 4 / (405 * index) + 46 / (25515 * index ** 2);

/**
 * Surface brightness I_e at R_e of a Sérsic profile (1963) of unit total light, I(r) = I_e exp(−b ((r/R_e)^{1/n} − 1)):
 *
 *     1 = I_e 2π R_e² q n e^b b^{−2n} Γ(2n)
 *
 * @param effectiveRadius R_e along the major axis
 * @param axisRatio q = b/a of the isophotes
 */
export function sersicBrightness(index: number, effectiveRadius: number, axisRatio: number): number {
  const b = sersicB(index);
  return (
    b ** (2 * index) /
    (2 * Math.PI * effectiveRadius ** 2 * axisRatio * index * Math.exp(b) * gamma(2 * index))
  );
}

/** Area of the superellipse |x|^c + |y|^c = 1 over that of the unit circle. */
export const superellipseArea = (c: number) => (4 * gamma(1 + 1 / c) ** 2) / gamma(1 + 2 / c) / Math.PI;

/** Surface brightness at an offset (x, y) from the centre. */
export type Brightness = (x: number, y: number) => number;

/**
 * The Petrosian radius is where the surface brightness falls to `ratio` of the mean inside it; the Petrosian flux is the light
 * within `reach` Petrosian radii (Blanton et al. 2001).
 */
const PETROSIAN = { ratio: 0.2, reach: 2 };

/** Numerical integration: logarithmically spaced radii, and azimuths. */
const RADII = 96;
const AZIMUTHS = 32;

/**
 * R90 as the survey measures it: the radius of the circular aperture that encloses 90 % of the Petrosian flux.
 *
 * @param scale characteristic length of the galaxy: integration runs from scale / 30 to 30 scale
 * @example
 * petrosianR90((x, y) => Math.exp(-Math.hypot(x, y)), 1); // 3.8 scale lengths
 */
export function petrosianR90(brightness: Brightness, scale: number): number {
  const radii = Array.from({ length: RADII }, (_, k) => (scale / 30) * 900 ** (k / (RADII - 1)));
  const directions = Array.from({ length: AZIMUTHS }, (_, k) => (2 * Math.PI * (k + 0.5)) / AZIMUTHS).map(
    (angle) => [Math.cos(angle), Math.sin(angle)],
  );
  const within: number[] = [];
  let light = 0;
  let previous = { radius: 0, mean: 0 };
  let petrosian = radii[RADII - 1]!;
  for (const [k, radius] of radii.entries()) {
    let mean = 0;
    for (const [cosine, sine] of directions) mean += brightness(radius * cosine!, radius * sine!) / AZIMUTHS;
    const area = Math.PI * (radius ** 2 - previous.radius ** 2);
    light += k === 0 ? area * mean : (area * (mean + previous.mean)) / 2;
    within.push(light);
    previous = { radius, mean };
    if (k > 0 && mean < (PETROSIAN.ratio * light) / (Math.PI * radius ** 2)) {
      petrosian = Math.min(petrosian, radius);
    }
  }
  const reach = PETROSIAN.reach * petrosian;
  const last = radii.findLastIndex((radius) => radius <= reach);
  const target = 0.9 * within[last]!;
  const k = Math.max(
    1,
    within.findIndex((each) => each >= target),
  );
  const share = (target - within[k - 1]!) / (within[k]! - within[k - 1]!);
  return radii[k - 1]! + Math.max(0, share) * (radii[k]! - radii[k - 1]!);
}
