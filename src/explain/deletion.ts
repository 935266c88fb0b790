/**
 * Deletion (Petsiuk et al. 2018, RISE) tests whether the score depends on the pixels that a map shows: if the most important
 * pixels are deleted first, the score should fall faster than in random order.
 *
 * Deleted pixels get the sky's colour, the median along the frame's edge; blurring would leave a smooth galaxy smooth. All
 * orders delete square cells: deleting scattered single pixels acts as noise, and would make any other order look good. Galaxies are
 * in the centres of their pictures, so "centre first" is the order to beat.
 */
import type { Preprocessing } from '../picture/preprocessing.ts';
import { RECORD_SIZE, type RecordPixels } from '../picture/record.ts';
import { Random } from '../random/philox.ts';
import { SMALLEST_SCORE } from './ablation.ts';
import { enlarged, type HeatMap } from './heatMap.ts';

/** Cells along a side. */
const CELLS = 16;
/** Equal steps of a curve after the whole picture; the last one deletes all cells. */
export const DELETION_STEPS = 16;
const RANDOM_ORDERS = 5;
/** An area is significant if it exceeds the spread by this factor: the prediction bound t₄(0.975) · √(1 + 1/5). */
const CHANCE = 2.776 * Math.sqrt(1 + 1 / RANDOM_ORDERS);
const SEED = 1;
/** Pixels along a record's edge that count as sky. */
const EDGE = 8;

/** An answer's score while the picture is deleted. */
export interface Deletion {
  /** Deleted share of the pixels at each point, 0…1. */
  removed: number[];
  /** Score at each point if the map's most important pixels are deleted first. */
  map: number[];
  /** The same in random order, mean of several. */
  random: number[];
  /** The same from the centre outwards. */
  middle: number[];
  /** Area between `random` and `map`, in units of the whole picture's score; about 0 for a meaningless map. */
  area: number;
  /** The same between `random` and `middle`. */
  areaOfMiddle: number;
  /** Standard deviation of the random orders' areas. */
  spread: number;
  /** True if `area` exceeds three times `spread`, as it does for one meaningless map in forty. */
  meaningful: boolean;
}

/** True for the pixels along the edge of a record, which count as sky. */
export const isEdge = (column: number, row: number): boolean =>
  Math.min(column, row) < EDGE || Math.max(column, row) >= RECORD_SIZE - EDGE;

/**
 * The sky's colour in a record, normalised: each band's median along the edge.
 * @param record `[212, 212, bands]`
 * @returns `[bands]`
 */
export function skyColour(record: RecordPixels, { bands, normalisation }: Preprocessing): number[] {
  const { scale, offset } = normalisation;
  return bands.map((_, band) => {
    const values: number[] = [];
    for (let row = 0; row < RECORD_SIZE; row++) {
      for (let column = 0; column < RECORD_SIZE; column++) {
        if (isEdge(column, row)) values.push(record[(row * RECORD_SIZE + column) * bands.length + band]!);
      }
    }
    values.sort((a, b) => a - b);
    return values[values.length >> 1]! * scale + offset;
  });
}

/** The cells by descending value; equal ones in the order of `ties`. */
function descending(values: ArrayLike<number>, ties: ArrayLike<number>): number[] {
  return Array.from(ties).sort((a, b) => values[b]! - values[a]!);
}

/** The mean of a map over each cell. */
function cellMeans(map: HeatMap): Float64Array {
  const finer = 8;
  const { values } = enlarged(map, CELLS * finer);
  const means = new Float64Array(CELLS * CELLS);
  values.forEach((value, i) => {
    const row = Math.floor(i / (CELLS * finer) / finer);
    means[row * CELLS + Math.floor((i % (CELLS * finer)) / finer)]! += value / finer ** 2;
  });
  return means;
}

/** Minus the squared distance of each cell from the centre. */
function nearness(): Float64Array {
  const middle = (CELLS - 1) / 2;
  return Float64Array.from(
    { length: CELLS * CELLS },
    (_, i) => -(((i % CELLS) - middle) ** 2 + (Math.floor(i / CELLS) - middle) ** 2),
  );
}

/** The area under a curve of scores over the shares 0…1, by trapezoids. */
function areaUnder(curve: readonly number[]): number {
  const ends = (curve[0]! + curve[curve.length - 1]!) / 2;
  return (curve.reduce((sum, value) => sum + value, 0) - ends) / (curve.length - 1);
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Deletes one picture in several orders. The random orders and "centre first" are scored once, for all answers. */
export class DeletionCurves {
  private constructor(
    private readonly scoresAlong: (order: ArrayLike<number>) => Promise<Float32Array[]>,
    /** For each order the scores `[columns]` of each step. */
    private readonly random: readonly Float32Array[][],
    private readonly middle: Float32Array[],
    private readonly ties: Uint32Array,
  ) {}

  /**
   * @param image normalised, `[bands, size, size]`
   * @param sky the colour of deleted pixels, `[bands]`
   * @param score the scores `[DELETION_STEPS, columns]` of pictures `[DELETION_STEPS, bands, H, W]`
   * @param whole the scores of the whole picture, `[columns]`
   */
  static async of(
    image: Float32Array,
    sky: readonly number[],
    score: (pictures: Float32Array) => Promise<Float32Array>,
    whole: Float32Array,
  ): Promise<DeletionCurves> {
    const size = Math.sqrt(image.length / sky.length);
    const cellAt = Uint16Array.from({ length: size * size }, (_, i) => {
      const cell = (place: number) => Math.floor(((place + 0.5) * CELLS) / size);
      return cell(Math.floor(i / size)) * CELLS + cell(i % size);
    });
    const scoresAlong = async (order: ArrayLike<number>): Promise<Float32Array[]> => {
      const rank = new Uint16Array(order.length);
      for (let i = 0; i < order.length; i++) rank[order[i]!] = i;
      const pictures = new Float32Array(DELETION_STEPS * image.length);
      for (let step = 1; step <= DELETION_STEPS; step++) {
        const gone = (order.length * step) / DELETION_STEPS;
        const picture = pictures.subarray((step - 1) * image.length, step * image.length);
        for (let i = 0; i < image.length; i++) {
          const place = i % (size * size);
          picture[i] = rank[cellAt[place]!]! < gone ? sky[(i - place) / (size * size)]! : image[i]!;
        }
      }
      const scores = await score(pictures);
      const columns = scores.length / DELETION_STEPS;
      const after = (step: number) => scores.slice(step * columns, (step + 1) * columns);
      return [whole, ...Array.from({ length: DELETION_STEPS }, (_, step) => after(step))];
    };
    const orders = Array.from({ length: RANDOM_ORDERS }, (_, i) =>
      new Random(SEED, 'shuffle', i).permutation(CELLS * CELLS),
    );
    const random: Float32Array[][] = [];
    for (const order of orders) random.push(await scoresAlong(order));
    const middle = await scoresAlong(descending(nearness(), orders[0]!));
    return new DeletionCurves(scoresAlong, random, middle, orders[0]!);
  }

  /** The curves of an answer, given by its column. */
  async along(map: HeatMap, answer: number): Promise<Deletion> {
    const ofAnswer = (scores: readonly Float32Array[]) => scores.map((row) => row[answer]!);
    const own = ofAnswer(await this.scoresAlong(descending(cellMeans(map), this.ties)));
    const randoms = this.random.map(ofAnswer);
    const middle = ofAnswer(this.middle);
    const random = own.map((_, step) => meanOf(randoms.map((curve) => curve[step]!)));
    const score = Math.max(own[0]!, SMALLEST_SCORE);
    const areaAbove = (curve: readonly number[]) => (areaUnder(random) - areaUnder(curve)) / score;
    const squares = randoms.map((curve) => areaAbove(curve) ** 2);
    const spread = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / (RANDOM_ORDERS - 1));
    const area = areaAbove(own);
    return {
      removed: own.map((_, step) => step / DELETION_STEPS),
      map: own,
      random,
      middle,
      area,
      areaOfMiddle: areaAbove(middle),
      spread,
      meaningful: area > CHANCE * spread,
    };
  }
}
