/** The light of a galaxy in its picture, without the sky and other objects. */
import { luminance } from '../picture/luminance.ts';
import { type Preprocessing, toRgb } from '../picture/preprocessing.ts';
import { RECORD_SIZE, type RecordPixels } from '../picture/record.ts';
import { isEdge } from './deletion.ts';
import { type HeatMap, heatMap } from './heatMap.ts';
import { drawCrop } from './views.ts';

/** A pixel of the galaxy exceeds the sky by this number of the sky's standard deviations. */
const DETECTION = 3;
/** It also exceeds this share of the brightest pixel's light: at fainter levels, galaxies touch their neighbours. */
const FAINTEST = 0.1;
/** Lower limit of the sky's standard deviation, on the scale 0…255: quantisation and JPEG compression hide the noise of a dark sky. */
const LEAST_NOISE = 1;
/** Ratio of standard deviation to median absolute deviation for Gaussian noise. */
const DEVIATION = 1.4826;
/** The brightest pixel of the galaxy lies within this share of half the crop's side from its centre. */
const CENTRE = 0.125;

const medianOf = (values: Float64Array) => values.slice().sort()[values.length >> 1]!;

const luminances = (pixels: Uint8Array): Float64Array =>
  Float64Array.from({ length: pixels.length / 3 }, (_, i) =>
    luminance(pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!),
  );

/** The sky along the edge of a record: the median of the luminance, and its standard deviation from the median absolute deviation. */
function skyOf(record: Uint8Array): { level: number; noise: number } {
  const edge = luminances(record).filter((_, i) => isEdge(i % RECORD_SIZE, Math.floor(i / RECORD_SIZE)));
  const level = medianOf(edge);
  const deviation = medianOf(edge.map((value) => Math.abs(value - level)));
  return { level, noise: Math.max(DEVIATION * deviation, LEAST_NOISE) };
}

/**
 * The galaxy's light in the crop that the network sees: luminance minus the sky's, 0 outside the galaxy, scaled to 0…1.
 *
 * The galaxy is the connected region around the brightest pixel near the crop's centre whose light exceeds three standard deviations
 * of the sky's noise and a tenth of that pixel's light. This is detection by threshold as in SExtractor (Bertin & Arnouts 1996),
 * without its filter and deblending: a bright object that touches the galaxy counts as part of it. The pictures are not linear: their
 * stretch brightens faint parts.
 * @param record `[212, 212, bands]`
 * @returns `[size, size]`; flat if no pixel near the centre is brighter than the sky
 */
export function galaxyLight(preprocessing: Preprocessing, record: RecordPixels): HeatMap {
  const { size } = preprocessing;
  const { level, noise } = skyOf(toRgb(record, preprocessing));
  const light = luminances(drawCrop(preprocessing, record, size)).map((value) => value - level);
  const galaxy = new Float64Array(size * size);
  const reach = Math.ceil((CENTRE * size) / 2);
  const middle = size >> 1;
  let brightest = middle * size + middle;
  for (let row = middle - reach; row < middle + reach; row++) {
    for (let column = middle - reach; column < middle + reach; column++) {
      const i = row * size + column;
      if (light[i]! > light[brightest]!) brightest = i;
    }
  }
  const threshold = Math.max(DETECTION * noise, FAINTEST * light[brightest]!);
  const waiting = [brightest];
  while (waiting.length > 0) {
    const i = waiting.pop()!;
    if (galaxy[i] !== 0 || !(light[i]! > threshold)) continue;
    galaxy[i] = light[i]!;
    const [column, row] = [i % size, Math.floor(i / size)];
    if (column > 0) waiting.push(i - 1);
    if (column < size - 1) waiting.push(i + 1);
    if (row > 0) waiting.push(i - size);
    if (row < size - 1) waiting.push(i + size);
  }
  return heatMap(galaxy, size, size);
}
