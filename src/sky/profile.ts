/** Radial profiles of galaxies, and the radius that Petrosian's method gives them. */

/** The gamma function (Lanczos 1964, g = 7, n = 9), for positive numbers. */
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
 * The b of Sérsic's profile that puts half of the light within the effective radius (Ciotti & Bertin 1999):
 *
 *     b = 2n − 1/3 + 4/405n + 46/25515n²
 */
export const sersicB = (index: number) => 2 * index - 1 / 3 + 4 / (405 * index) + 46 / (25515 * index ** 2);

/**
 * Sérsic (1963): I(r) = I_e exp(−b ((r/R_e)^{1/n} − 1)). The I_e of a total light of 1:
 *
 *     1 = I_e 2π R_e² q n e^b b^{−2n} Γ(2n)
 *
 * @param axisRatio q = b/a of the ellipses; R_e is along the major axis
 */
export function sersicBrightness(index: number, effectiveRadius: number, axisRatio: number): number {
  const b = sersicB(index);
  return (
    b ** (2 * index) /
    (2 * Math.PI * effectiveRadius ** 2 * axisRatio * index * Math.exp(b) * gamma(2 * index))
  );
}

/** The area within |x|^c + |y|^c = 1, over π: what boxes have more than circles. */
export const superellipseArea = (c: number) => (4 * gamma(1 + 1 / c) ** 2) / gamma(1 + 2 / c) / Math.PI;

/** Surface brightness around the centre at a radius and an azimuth, in any unit. */
export type Brightness = (x: number, y: number) => number;

/** Petrosian's radius is where the brightness is this share of the mean within; the light is counted to twice that (Blanton et al. 2001). */
const PETROSIAN = { ratio: 0.2, reach: 2 };

/** Radii, on a logarithmic scale, and azimuths of the sum. */
const RADII = 96;
const AZIMUTHS = 32;

/**
 * The radius with 90 % of the light in round apertures, as the survey measures it: of the light within two Petrosian radii.
 *
 * @param scale a length of the galaxy's, for the radii that are tried: a thirtieth of it to thirty times
 * @example
 * radius90((x, y) => Math.exp(-Math.hypot(x, y)), 1); // 3.8 scale lengths
 */
export function radius90(brightness: Brightness, scale: number): number {
  const radii = Array.from({ length: RADII }, (_, k) => (scale / 30) * 900 ** (k / (RADII - 1)));
  const directions = Array.from({ length: AZIMUTHS }, (_, k) => (2 * Math.PI * (k + 0.5)) / AZIMUTHS).map(
    (angle) => [Math.cos(angle), Math.sin(angle)],
  );
  const within: number[] = [];
  let light = 0;
  let before = { radius: 0, mean: 0 };
  let petrosian = radii[RADII - 1];
  for (const [k, radius] of radii.entries()) {
    let mean = 0;
    for (const [cosine, sine] of directions) mean += brightness(radius * cosine!, radius * sine!) / AZIMUTHS;
    const area = Math.PI * (radius ** 2 - before.radius ** 2);
    light += k === 0 ? area * mean : (area * (mean + before.mean)) / 2;
    within.push(light);
    before = { radius, mean };
    if (k > 0 && mean < (PETROSIAN.ratio * light) / (Math.PI * radius ** 2)) {
      petrosian = Math.min(petrosian!, radius);
    }
  }
  const reach = PETROSIAN.reach * petrosian!;
  const last = radii.findLastIndex((radius) => radius <= reach);
  const wanted = 0.9 * within[last]!;
  const k = Math.max(
    1,
    within.findIndex((each) => each >= wanted),
  );
  const share = (wanted - within[k - 1]!) / (within[k]! - within[k - 1]!);
  return radii[k - 1]! + Math.max(0, share) * (radii[k]! - radii[k - 1]!);
}
