/** The HDUs that were read from FITS files. */
import { enumerate } from '../errors.ts';

/** The HDU that was read from a FITS file: the first with an image. */
export interface ReadHdu {
  /** Its index and name. @example 'HDU 1 (SCI)' */
  readonly label: string;
  /** True if the file has no other HDU. */
  readonly isOnly: boolean;
}

/** The HDUs that a task has read. */
export class ReadHdus {
  private readonly counts = new Map<string, number>();
  private isNews = false;

  add(hdus: readonly ReadHdu[]): void {
    for (const { label, isOnly } of hdus) {
      this.counts.set(label, (this.counts.get(label) ?? 0) + 1);
      if (!isOnly) this.isNews = true;
    }
  }

  /**
   * A line with the number of files for each HDU, unless all files have a single HDU.
   * @example
   * const hdus = new ReadHdus();
   * hdus.add([{ label: 'HDU 0', isOnly: true }, { label: 'HDU 1 (SCI)', isOnly: false }]);
   * hdus.lines(); // ['read the first HDU with an image: HDU 0 in 1 file, HDU 1 (SCI) in 1']
   */
  lines(): string[] {
    if (!this.isNews) return [];
    const sorted = [...this.counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const places = sorted.map(([label, count], i) => {
      return `${label} in ${count}${i > 0 ? '' : count === 1 ? ' file' : ' files'}`;
    });
    return [`read the first HDU with an image: ${enumerate(places)}`];
  }
}
