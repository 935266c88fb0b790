/** Views of a galaxy: random in training, evenly spread in prediction. */
import { UserError } from '../errors.ts';
import { type IdKey, Random } from '../random/philox.ts';
import type { AugustView } from './august.ts';
import { DEFAULT_PREPROCESSING } from './preprocessing.ts';
import { FRAME_SIZE } from './record.ts';
import { NEUTRAL_VIEW, type View } from './view.ts';

/** Variation of training views beyond rotation and flip. */
export interface AugmentationOptions {
  /** Smallest and largest crop, inclusive, in whole pixels of the frame. Default `[184, 351]`. */
  cropSizes?: readonly [smallest: number, largest: number];
  /** Largest shift of the centre along either axis, in pixels of the frame. Default 0. */
  shift?: number;
  /** Largest deviation of brightness, contrast and saturation from 1, independently: 0 ≤ x < 1. Default 0. */
  colourJitter?: number;
  /** Largest strength of the blur, 0 to 1; see `blurRecord`. Default 0. */
  blur?: number;
}

/** Crop sizes of the report's second version (December 2024), in pixels of the frame. */
export const DECEMBER_CROP_SIZES = [184, 351] as const;

/**
 * The training view of a galaxy in an epoch: angle uniform in 0…360°, crop size uniform, mirrored in half of the cases,
 * shift uniform in a square, with `colourJitter` three colour factors, and with `blur` a uniform strength. It depends on (seed,
 * epoch, galaxy) alone. Each part has its own random numbers, so changing one option does not change the other parts.
 * @param galaxy key of its ID, see `idKey`
 * @throws RangeError if an option is out of range
 * @example augmentation(1, 0, 100008); // { angle: 120.6…, flip: false, cropSize: 332, shiftX: 0, shiftY: 0 }
 */
export function augmentation(
  seed: number,
  epoch: number,
  galaxy: IdKey,
  { cropSizes = DECEMBER_CROP_SIZES, shift = 0, colourJitter = 0, blur = 0 }: AugmentationOptions = {},
): View {
  const [smallest, largest] = cropSizes;
  if (!(Number.isInteger(smallest) && Number.isInteger(largest) && 0 < smallest && smallest <= largest)) {
    throw new RangeError(`cropSizes: expected two ascending positive integers, got [${cropSizes}]`);
  }
  if (!(shift >= 0 && shift < Number.POSITIVE_INFINITY))
    throw new RangeError(`shift: expected 0 or more pixels, got ${shift}`);
  if (!(colourJitter >= 0 && colourJitter < 1))
    throw new RangeError(`colourJitter: expected 0 or more and less than 1, got ${colourJitter}`);
  if (!(blur >= 0 && blur <= 1)) throw new RangeError(`blur: expected 0 to 1, got ${blur}`);
  const random = new Random(seed, 'view', epoch, ...[galaxy].flat());
  const view: View = {
    angle: random.uniform(0, 360),
    cropSize: smallest + random.below(largest - smallest + 1),
    flip: random.uniform() < 0.5,
    shiftX: shift * random.uniform(-1, 1),
    shiftY: shift * random.uniform(-1, 1),
  };
  if (colourJitter > 0) {
    const factor = () => random.uniform(1 - colourJitter, 1 + colourJitter);
    view.colour = { brightness: factor(), contrast: factor(), saturation: factor() };
  }
  if (blur > 0) view.blur = new Random(seed, 'blur', epoch, ...[galaxy].flat()).uniform(0, blur);
  return view;
}

/**
 * The training view of the report's first version (August 2024): angle uniform in 0…360°, mirrored in half of the cases. Both
 * equal those of {@link augmentation}, so both pipelines rotate and mirror a galaxy in the same way.
 * @example augustAugmentation(1, 0, 100008); // { pipeline: 'august', angle: 120.6…, flip: false }
 */
export function augustAugmentation(seed: number, epoch: number, galaxy: IdKey): AugustView {
  const { angle, flip } = augmentation(seed, epoch, galaxy);
  return { pipeline: 'august', angle, flip };
}

/** The winner's zooms: with the default crop 256, 213 and 307 pixels, all within {@link DECEMBER_CROP_SIZES}. */
const ZOOMS = [1, 1.2, 1 / 1.2] as const;

/** Three times the report's 16 views. */
const FEWEST_ZOOMED_VIEWS = 48;

/**
 * The views of test-time augmentation, spread evenly:
 *
 * - three zooms if `count` is a multiple of 3 and at least 48, else one;
 * - an even number of views at a zoom: half as many rotations, each plain and mirrored;
 * - an odd number of views at a zoom: as many rotations, every second one mirrored.
 *
 * So 1 gives the neutral view, 7 gives seven rotations, 16 the report's 8 rotations × flip, and 60 the winner's 10 rotations × 3
 * zooms × flip. For 1, 2, 4, 8 and 16, the views are among those for twice the number.
 * @param crop share of the frame, as in {@link Preprocessing}
 * @throws UserError if `count` is not a positive integer
 * @example testViews(16).map((view) => view.angle); // [0, 0, 45, 45, …, 315, 315]
 */
export function testViews(count: number, { crop } = DEFAULT_PREPROCESSING): View[] {
  if (!(Number.isInteger(count) && count > 0)) {
    throw new UserError(`views: expected a positive integer, got ${count}`);
  }
  const zooms = count >= FEWEST_ZOOMED_VIEWS && count % 3 === 0 ? ZOOMS : ZOOMS.slice(0, 1);
  const crops = zooms.map((zoom) => Math.round((crop * FRAME_SIZE) / zoom));
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
