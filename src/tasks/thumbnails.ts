import { UserError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { thumbnail } from '../node/drawing/pixels.ts';
import { nodePlatform } from '../node/platform.ts';
import type { ImageReference } from '../picture/batch.ts';
import { shownPixels } from '../picture/fillBatch.ts';
import { type FrameSettings, toRgb } from '../picture/preprocessing.ts';
import { ReadHdus } from '../picture/readHdus.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';

/** Reads pictures for a page. A galaxy whose picture cannot be read is shown without it, and reported. */
export class Thumbnails {
  readonly leftOut: SkippedPicture[] = [];
  private readonly hdus = new ReadHdus();

  /** @param side in pixels */
  constructor(
    private readonly frames: FrameSettings,
    private readonly side: number,
    private readonly onEvent: TaskOptions['onEvent'],
  ) {}

  /** The picture of a galaxy as a data: URI; undefined if it cannot be read. */
  async of(id: string, image: ImageReference): Promise<string | undefined> {
    try {
      const shown = await nodePlatform.readPicture(image, this.frames);
      this.hdus.add(shown.hdus ?? []);
      return await thumbnail(toRgb(shownPixels(shown), this.frames), this.side);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const skipped = { name: id, reason: error.message };
      this.leftOut.push(skipped);
      this.onEvent?.({ kind: 'skipped', ...skipped });
      return undefined;
    }
  }

  /** Reports the HDUs that were read. */
  end(): void {
    for (const message of this.hdus.lines()) this.onEvent?.({ kind: 'note', message });
  }
}
