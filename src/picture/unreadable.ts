/** Pictures that cannot be read are skipped and reported. If there are too many of them, the task fails. */
import { readableLine, shorten, UserError } from '../errors.ts';
import type { TaskEvent } from '../events.ts';
import type { ImageReference } from './batch.ts';

/** A picture that cannot be read. The message reads `file: reason`. */
export class ImageError extends UserError {
  readonly reason: string;

  constructor(
    readonly file: string,
    reason: string,
  ) {
    super(`${file}: ${reason}`, { code: 'pictures' });
    this.reason = readableLine(reason);
  }
}

export interface SkippedPicture {
  name: string;
  reason: string;
}

/**
 * Thrown if too many pictures cannot be read. The cause is more likely a wrong folder or a broken disk than a few bad files.
 * @example
 * await pack({ data: 'galaxy-zoo', out: 'most.pack', maxBad: 0.1 }).catch((error) => {
 *   if (error instanceof TooManyBadImages) console.error(error.leftOut.map(({ name }) => name));
 * });
 */
export class TooManyBadImages extends UserError {
  override readonly name = 'TooManyBadImages';

  /** @param source where the pictures are, for the message */
  constructor(
    readonly leftOut: readonly SkippedPicture[],
    total: number,
    maxBad: number,
    source?: string,
  ) {
    const shown = leftOut
      .slice(0, 5)
      .map(({ name, reason }) => `${shorten(name, 100)}: ${shorten(reason, 200)}`);
    const rest = leftOut.length > shown.length ? [`and ${leftOut.length - shown.length} more`] : [];
    const allowed = Number((100 * maxBad).toPrecision(3));
    const isTooMany = leftOut.length > maxBad * total; // else all of them
    super(
      [
        ...(source === undefined ? [] : [source]),
        `${leftOut.length} of ${total} pictures cannot be read${isTooMany ? ` (allowed: ${allowed} %)` : ''}`,
        [...shown, ...rest].join('; '),
      ].join(': '),
      { code: 'pictures' },
    );
  }
}

/** The folder, zip or store of a picture; undefined in memory. */
function sourceOf(image: ImageReference): string | undefined {
  if (image.kind === 'pixels' || image.kind === 'frame') return undefined;
  if (image.kind === 'record' || image.kind === 'zip') return image.path;
  return image.path.replace(/[^\\/]*$/, '').replace(/(.)[\\/]$/, '$1') || '.';
}

/** The pictures that a task has skipped. */
export class SkippedPictures {
  readonly list: SkippedPicture[] = [];

  /** @param maxBad the share of `total` that may be skipped */
  constructor(
    private readonly total: number,
    private readonly maxBad = 0.01,
    private readonly onEvent?: (event: TaskEvent) => void,
  ) {}

  /** Skips a picture. @throws TooManyBadImages */
  add({ name, reason }: SkippedPicture): void {
    this.list.push({ name, reason });
    this.onEvent?.({ kind: 'skipped', name, reason });
    if (this.list.length > this.maxBad * this.total)
      throw new TooManyBadImages(this.list, this.total, this.maxBad);
  }

  /** @param first a picture whose source the message names @throws TooManyBadImages if all were skipped */
  checkSomeLeft(first?: ImageReference): void {
    if (this.total === 0 || this.list.length < this.total) return;
    throw new TooManyBadImages(this.list, this.total, this.maxBad, first && sourceOf(first));
  }
}
