/** Which views a galaxy is shown in: at random in training, evenly spread in prediction. */
import { UserError } from '../errors.ts';
import { Random } from '../random/philox.ts';
import type { AugustView } from './august.ts';
import { NEUTRAL_VIEW, type View } from './view.ts';

/** What training views vary in, besides any rotation and a flip in half of them. */
export interface AugmentationOptions {
  /** The smallest and the largest crop, both included, in whole pixels of the frame. Default `[184, 351]`. */
  cropSizes?: readonly [smallest: number, largest: number];
  /** The largest shift of the centre along either axis, in pixels of the frame. Default 0. */
  shift?: number;
  /**
   * How far brightness, contrast and saturation go from 1, either way, each on its own: 0 ≤ x < 1. Default 0, the
   * picture's own colours.
   */
  colourJitter?: number;
}

/** The crop sizes of the report's second version (December 2024), in pixels of the frame. */
export const DECEMBER_CROP_SIZES = [184, 351] as const;

/**
 * The view in which a galaxy is trained on in an epoch: angle uniform in 0…360°, crop size uniform, flip in half of them,
 * shift uniform in a square, and, with `colourJitter`, three factors of its colours. It depends on (seed, epoch, galaxy)
 * alone, and every part has a draw of its own: changing one option leaves the other parts as they were.
 * @param galaxy key of its ID, see `idKey`
 * @throws RangeError if an option is out of range
 * @example
 * augmentation(1, 0, 100008); // { angle: 120.6…, flip: false, cropSize: 332, shiftX: 0, shiftY: 0 }
 */
export function augmentation(
  seed: number,
  epoch: number,
  galaxy: number | readonly [number, number],
  { cropSizes = DECEMBER_CROP_SIZES, shift = 0, colourJitter = 0 }: AugmentationOptions = {},
): View {
  const [smallest, largest] = cropSizes;
  if (!(Number.isInteger(smallest) && Number.isInteger(largest) && 0 < smallest && smallest <= largest)) {
    throw new RangeError(`cropSizes: expected two ascending positive integers, got [${cropSizes}]`);
  }
  if (!(shift >= 0 && shift < Number.POSITIVE_INFINITY))
    throw new RangeError(`shift: expected 0 or more pixels, got ${shift}`);
  if (!(colourJitter >= 0 && colourJitter < 1))
    throw new RangeError(`colourJitter: expected 0 or more and less than 1, got ${colourJitter}`);
  const random = new Random(seed, 'view', epoch, ...[galaxy].flat());
  const view: View = {
    angle: random.uniform(0, 360),
    cropSize: smallest + random.below(largest - smallest + 1),
    flip: random.uniform() < 0.5,
    shiftX: shift * random.uniform(-1, 1),
    shiftY: shift * random.uniform(-1, 1),
  };
  if (colourJitter === 0) return view;
  const factor = () => random.uniform(1 - colourJitter, 1 + colourJitter);
  return { ...view, colour: { brightness: factor(), contrast: factor(), saturation: factor() } };
}

/**
 * The view in which the report's first version (August 2024) trains on a galaxy in an epoch: angle uniform in 0…360°,
 * flip in half of them, and nothing else. Both are those of {@link augmentation}, so that the two pipelines show a galaxy
 * turned alike.
 * @example
 * augustAugmentation(1, 0, 100008); // { pipeline: 'august', angle: 120.6…, flip: false }
 */
export function augustAugmentation(
  seed: number,
  epoch: number,
  galaxy: number | readonly [number, number],
): AugustView {
  const { angle, flip } = augmentation(seed, epoch, galaxy);
  return { pipeline: 'august', angle, flip };
}

/** Crops of the winner's zooms, 1, 1.2 and 1/1.2, in whole pixels of the frame: all within {@link DECEMBER_CROP_SIZES}. */
const ZOOMED_CROPS = [NEUTRAL_VIEW.cropSize, 213, 307] as const;

/** From three times the report's 16 on, a third of the views is spent on each zoom. */
const FEWEST_ZOOMED_VIEWS = 48;

/**
 * The views whose predictions are averaged (test-time augmentation), spread evenly:
 *
 * - zooms: the neutral one; three, where `count` is a multiple of 3 and at least 48;
 * - at each zoom, an even number of views is half as many rotations, each as it is and mirrored;
 * - an odd number is as many rotations, every second of them mirrored.
 *
 * So 1 is the neutral view, 16 the report's 8 rotations × flip, 60 the winner's 10 rotations × 3 zooms × flip, 7 seven
 * rotations. 1, 2, 4, 8, 16, 32 are each part of the next.
 * @throws UserError where `count` is not a positive integer
 * @example
 * testViews(16).map((view) => view.angle); // [0, 0, 45, 45, …, 315, 315]
 */
export function testViews(count: number): View[] {
  if (!(Number.isInteger(count) && count > 0)) {
    throw new UserError(`views: expected a positive integer, got ${count}`);
  }
  const crops = count >= FEWEST_ZOOMED_VIEWS && count % 3 === 0 ? ZOOMED_CROPS : ZOOMED_CROPS.slice(0, 1);
  const perCrop = count / crops.length;
  const isEven = perCrop % 2 === 0;
  const rotations = isEven ? perCrop / 2 : perCrop;
  return crops.flatMap((cropSize) =>
    Array.from({ length: perCrop }, (_, i) => ({
      ...NEUTRAL_VIEW,
      angle: (360 * (isEven ? Math.floor(i / 2) : i)) / rotations,
      flip: i % 2 === 1,
      cropSize,
    })),
  );
}
