/** Pictures that cannot be read are skipped and reported. If there are too many of them, the task fails. */
import { enumerate, OptionError, readableLine, shorten, UserError } from '../errors.ts';
import type { TaskEvent } from '../events.ts';
import type { ImageReference } from './batch.ts';

/** A picture that cannot be read. The message reads `file: reason`. */
export class ImageError extends UserError {
  readonly reason: string;

  /** @param options the options that may be wrong, if the picture itself is not */
  constructor(
    readonly file: string,
    reason: string,
    readonly options: readonly string[] = [],
  ) {
    super(`${file}: ${reason}`, { code: 'pictures' });
    this.reason = readableLine(reason);
  }
}

export interface SkippedPicture {
  name: string;
  reason: string;
}

/** A picture that cannot be read, and the options that may be wrong. */
export interface UnreadPicture extends SkippedPicture {
  options?: readonly string[];
}

/**
 * Thrown if too many pictures cannot be read. The cause is more likely a wrong folder or a broken disk than a few bad files.
 * @example
 * await pack({ data: 'galaxy-zoo', out: 'most.pack', maxBad: 0.1 }).catch((error) => {
 *   if (error instanceof TooManyBadImages) console.error(error.leftOut.map(({ name }) => name));
 * });
 */
export class TooManyBadImages extends OptionError {
  override readonly name = 'TooManyBadImages';

  /** For the message, `source` is where the pictures are, and `options` are the options that may be wrong. */
  constructor(
    readonly leftOut: readonly SkippedPicture[],
    total: number,
    maxBad: number,
    { source, options = [] }: { source?: string; options?: readonly string[] } = {},
  ) {
    const place = source === undefined ? '' : ` in ${source}`;
    const check = options.length === 0 ? '' : `; check ${options.map((each) => `\`${each}\``).join(' and ')}`;
    const problem = `${leftOut.length} of ${total} pictures${place} cannot be read: ${describe(leftOut)}${check}`;
    super('maxBad', problem, maxBad, { code: 'pictures' });
  }
}

/** Pictures and why they cannot be read; a reason that all share is given once. */
function describe(pictures: readonly SkippedPicture[]): string {
  const names = pictures.map(({ name }) => shorten(name, 100));
  const reasons = pictures.map(({ reason }) => shorten(reason, 200));
  if (new Set(reasons).size === 1 && names.length > 1) return `${reasons[0]} (${enumerate(names, 3)})`;
  const shown = names.slice(0, 5).map((name, i) => `${name}: ${reasons[i]}`);
  const rest = names.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

/** The folder, zip or store of a picture; undefined if it lies in none. */
function sourceOf(image: ImageReference): string | undefined {
  if (!('path' in image)) return undefined;
  if (image.kind === 'record' || image.kind === 'zip') return image.path;
  return image.path.replace(/[^\\/]*$/, '').replace(/(.)[\\/]$/, '$1') || '.';
}

/** Pictures that are tried before there can be too many unreadable ones. */
const FIRST_PICTURES = 10;

/** The pictures that a task has skipped. */
export class SkippedPictures {
  readonly list: SkippedPicture[] = [];
  /** The options that may be wrong according to all of them. */
  private options: readonly string[] | undefined;

  /**
   * @param maxBad the share of `total` that may be skipped
   * @param hasModel a network determines the frames, so that no option changes them
   */
  constructor(
    private readonly total: number,
    private readonly maxBad = 0.01,
    private readonly onEvent?: (event: TaskEvent) => void,
    private readonly hasModel = false,
  ) {}

  /** Skips a picture. @param picture its options may be wrong */
  add({ name, reason, options = [] }: UnreadPicture): void {
    this.list.push({ name, reason });
    this.options = (this.options ?? options).filter((each) => options.includes(each));
    this.onEvent?.({ kind: 'skipped', name, reason });
  }

  /**
   * @param done number of pictures that were read or skipped so far. Default: enough
   * @throws TooManyBadImages if too many were skipped; not before ten pictures, so that the message shows if all are unreadable
   */
  check(done = this.total): void {
    if (done < Math.min(this.total, FIRST_PICTURES)) return;
    if (this.list.length > this.maxBad * this.total) throw this.error();
  }

  /** @param first a picture whose source the message names @throws TooManyBadImages if all were skipped */
  checkSomeLeft(first?: ImageReference): void {
    if (this.total > 0 && this.list.length === this.total) throw this.error(first && sourceOf(first));
  }

  private error(source?: string): TooManyBadImages {
    const { list, total, maxBad, hasModel, options: all = [] } = this;
    const options = hasModel ? all.filter((each) => each !== 'bands' && each !== 'stretch') : all;
    return new TooManyBadImages(list, total, maxBad, { source, options });
  }
}
