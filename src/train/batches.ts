/** The batches of an epoch: their galaxies and views. */
import { idKey } from '../data/ids.ts';
import type { LabelledGalaxy } from '../data/labels.ts';
import { OptionError } from '../errors.ts';
import { augmentation, augustAugmentation, DECEMBER_CROP_SIZES } from '../picture/augmentation.ts';
import type { AugustView } from '../picture/august.ts';
import type { BatchFailure, BatchJob } from '../picture/batch.ts';
import { VIEW_SIZE } from '../picture/record.ts';
import { NEUTRAL_VIEW, type View } from '../picture/view.ts';
import { Random } from '../random/philox.ts';
import type { TrainingConfig } from './config.ts';

/** A batch to be read, with its galaxies. */
export interface GalaxyJob extends BatchJob {
  members: readonly LabelledGalaxy[];
}

/** One view of each galaxy. */
function galaxyJob(
  members: readonly LabelledGalaxy[],
  view: (galaxy: LabelledGalaxy) => View | AugustView,
  drawn: Omit<BatchJob, 'items'>,
): GalaxyJob {
  const items = members.map((galaxy) => ({ image: galaxy.image, views: [view(galaxy)] }));
  return { items, ...drawn, members };
}

/** The batches of one neutral view of each galaxy, in order; the last may be filled in part. */
export function* neutralJobs(
  galaxies: readonly LabelledGalaxy[],
  drawn: Omit<BatchJob, 'items'>,
): Generator<GalaxyJob> {
  for (let start = 0; start < galaxies.length; start += drawn.capacity)
    yield galaxyJob(galaxies.slice(start, start + drawn.capacity), () => NEUTRAL_VIEW, drawn);
}

/** @throws Error if a picture that could be read before cannot be read now */
export function checkRead([failure]: readonly BatchFailure[]): void {
  if (failure) throw new Error(`${failure.name}: can no longer be read: ${failure.reason}`);
}

/** The settings of random views. */
export type Augmentation = Pick<TrainingConfig, 'augmentation' | 'crop' | 'shift' | 'colourJitter' | 'blur'>;

/**
 * @param size of the network's pictures, in pixels
 * @throws OptionError if a setting does not fit the pictures
 */
export function checkAugmentation(
  { augmentation: kind, colourJitter }: Pick<Augmentation, 'augmentation' | 'colourJitter'>,
  size: number,
  stretch?: string,
): void {
  if (stretch !== undefined && colourJitter > 0) {
    throw new OptionError(
      'colourJitter',
      'changes only pictures of 8 bits; these are stretched',
      colourJitter,
    );
  }
  if (stretch !== undefined && kind === 'august') {
    throw new OptionError('augmentation', 'draws only pictures of 8 bits; these are stretched', kind);
  }
  if (kind !== 'august') return;
  if (size !== VIEW_SIZE) {
    const problem = `its views have ${VIEW_SIZE} pixels a side, the network's pictures ${size}`;
    throw new OptionError('augmentation', problem, kind);
  }
}

/** The training view of a galaxy in an epoch. */
function trainingView(
  { augmentation: kind, crop, shift, colourJitter, blur }: Augmentation,
  { seed, epoch, id }: { seed: number; epoch: number; id: string },
): View | AugustView {
  const key = idKey(id);
  if (kind === 'august') return augustAugmentation(seed, epoch, key);
  const cropSizes = crop ?? DECEMBER_CROP_SIZES;
  return augmentation(seed, epoch, key, { cropSizes, shift, colourJitter, blur });
}

/**
 * The batches of an epoch from number `first` on: all galaxies in the epoch's random order, each in a random view. Galaxies
 * that do not fill the last batch are skipped in this epoch.
 */
export function* epochJobs(
  galaxies: readonly LabelledGalaxy[],
  { seed, epoch, first, views }: { seed: number; epoch: number; first: number; views: Augmentation },
  batch: Omit<BatchJob, 'items'>,
): Generator<GalaxyJob> {
  const order = new Random(seed, 'shuffle', epoch).permutation(galaxies.length);
  const { capacity } = batch;
  for (let start = first * capacity; start + capacity <= order.length; start += capacity) {
    const members = Array.from(order.subarray(start, start + capacity), (i) => galaxies[i]!);
    yield galaxyJob(members, ({ id }) => trainingView(views, { seed, epoch, id }), batch);
  }
}
