/** World coordinates of FITS images (FITS standard 4.0, section 8). */
import type { FitsHeader } from './header.ts';

/** Arcseconds of a unit of angle; degrees are the default (section 8.3). */
const ARCSECONDS: Readonly<Record<string, number>> = {
  deg: 3600,
  degree: 3600,
  degrees: 3600,
  arcmin: 60,
  arcsec: 1,
  mas: 1e-3,
  rad: (3600 * 180) / Math.PI,
};

/** Names of axes on the sky: `RA---TAN`, `DEC--SIN`, `GLON-CAR`, … */
const CELESTIAL = /^(?:RA|DEC|[GESH]LON|[GESH]LAT|[A-Z]{2}L[NT])(?:-|$)/;

/**
 * The scale of a picture in arcseconds per pixel: the square root of a pixel's area. It comes from CDi_j, from PCi_j and CDELTi,
 * or from CDELTi; undefined if the header has none of these for two axes on the sky.
 * @example pixelScale(new Map([['CTYPE1', 'RA---TAN'], ['CTYPE2', 'DEC--TAN'], ['CDELT1', -0.01], ['CDELT2', 0.01]])) // 36
 */
export function pixelScale(header: FitsHeader): number | undefined {
  const number = (key: string) => {
    const value = header.get(key);
    return typeof value === 'number' ? value : undefined;
  };
  const axes = [1, 2, 3, 4].filter((axis) => CELESTIAL.test(String(header.get(`CTYPE${axis}`))));
  const [x, y] = axes;
  if (x === undefined || y === undefined || axes.length > 2) return undefined;
  const pairs = [
    [x, x],
    [x, y],
    [y, x],
    [y, y],
  ] as const;
  const [a, b, c, d] = pairs.map(([i, j]) => {
    if (pairs.some(([k, l]) => header.has(`CD${k}_${l}`))) return number(`CD${i}_${j}`) ?? 0;
    return (number(`PC${i}_${j}`) ?? (i === j ? 1 : 0)) * (number(`CDELT${i}`) ?? Number.NaN);
  }) as [number, number, number, number];
  const [u, v] = [x, y].map((axis) => {
    const unit = String(header.get(`CUNIT${axis}`) ?? 'deg')
      .trim()
      .toLowerCase();
    return Object.hasOwn(ARCSECONDS, unit) ? ARCSECONDS[unit]! : Number.NaN;
  }) as [number, number];
  const scale = Math.sqrt(Math.abs((a * d - b * c) * u * v));
  return scale > 0 && Number.isFinite(scale) ? scale : undefined;
}
