/** Runs `predict`, and the packing of `train`, on few and many pictures. Speed and memory should not depend on the number. */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { RECORD_BYTES } from '../src/picture/record.ts';
import { type Benchmark, HEADLINE_FLAGS, type Settings } from './benchmark.ts';
import { type PeerStep, startOwn } from './peer.ts';
import { type PictureFolder, pictureFolders, scratchFolder } from './pictures.ts';
import type { PredictionFigures } from './runs.ts';
import { type Contestant, median, peakGigabytes, takeTurns } from './turns.ts';

/** Larger sizes take minutes and run once. */
const LARGE = 10_000;

/** The result of one size. */
interface Row {
  task: 'prediction' | 'packing';
  pictures: number;
  rounds: number;
  /** Rate from start to end. */
  imagesPerSecond: number;
  /** Rate while reading and predicting overlap; undefined if there are too few batches. */
  steadyImagesPerSecond?: number;
  peakGigabytes: number;
}

const rate = ({ images, seconds }: { images: number; seconds: number }) => images / seconds;

async function measure(
  task: Row['task'],
  folders: ReadonlyMap<number, PictureFolder>,
  scratch: string,
  { network, batches: [batch], threads, rounds }: Settings,
): Promise<Row[]> {
  const all: Contestant[] = [];
  for (const [size, pictures] of folders) {
    const peer = await startOwn({ task, network, batch: batch!, threads, epochs: 0, pictures, scratch });
    all.push({ name: `${size}`, batch: batch!, peer, fewerRounds: size > LARGE ? 1 : undefined });
  }
  const steps = await takeTurns<PeerStep & PredictionFigures>(all, { rounds, warmUp: 0 });
  return [...folders.keys()].map((pictures): Row => {
    const runs = steps.get(`${pictures}`)!;
    const steady = runs.flatMap(({ steady }) => (steady ? [rate(steady)] : []));
    return {
      task,
      pictures,
      rounds: runs.length,
      imagesPerSecond: median(runs.map(({ whole }) => rate(whole))),
      ...(steady.length > 0 && { steadyImagesPerSecond: median(steady) }),
      peakGigabytes: peakGigabytes(runs),
    };
  });
}

/** The folders whose packed pictures fit on the disk of temporary files. */
function roomFor(folders: ReadonlyMap<number, PictureFolder>, scratch: string): Map<number, PictureFolder> {
  const { bavail, bsize } = statfsSync(scratch);
  return new Map([...folders].filter(([size]) => size * RECORD_BYTES < bavail * bsize));
}

/** Differences of the largest size from the smallest. */
function changes(rows: readonly Row[]): string[] {
  if (rows.length < 2) return [];
  const sorted = [...rows].sort((a, b) => a.pictures - b.pictures);
  const [few, many] = [sorted[0], sorted.at(-1)!];
  const change = (of: (row: Row) => number | undefined) => {
    const percent = 100 * (of(many)! / of(few!)! - 1);
    return `${percent < 0 ? '' : '+'}${percent.toFixed(0)} %`;
  };
  const steady = few!.steadyImagesPerSecond && many.steadyImagesPerSecond;
  return [
    `${few!.task}, ${few!.pictures} → ${many.pictures} pictures: img/s ${change((row) => row.imagesPerSecond)}` +
      `${steady ? ` (steady ${change((row) => row.steadyImagesPerSecond)})` : ''}, ` +
      `peak ${change((row) => row.peakGigabytes)}`,
  ];
}

export const scaling: Benchmark = {
  summary:
    '`predict` and packing of 500 to 60,000 JPEG files: img/s and memory; a quarter of an hour, 8 GB of temporary files',
  flags: { ...HEADLINE_FLAGS, rounds: '3', sizes: '500,5000,60000', images: '' },
  fewestRounds: 1,
  async *run(settings) {
    const { network, batches, sizes, images } = settings;
    const scratch = scratchFolder();
    const folders = await pictureFolders(scratch, sizes, images);
    for (const batch of batches) {
      const each = { ...settings, batches: [batch] };
      const predictions = await measure('prediction', folders, scratch, each);
      const room = roomFor(folders, scratch);
      const packings = await measure('packing', room, scratch, each);
      const leftOut = sizes.filter((size) => !room.has(size));
      const rows = [...predictions, ...packings];
      yield {
        title: `${network}, batch ${batch}`,
        table: [
          ['', 'pictures', 'img/s', 'steady', 'peak', 'rounds'],
          ...rows.map((row) => [
            row.task,
            `${row.pictures}`,
            row.imagesPerSecond.toFixed(1),
            row.steadyImagesPerSecond?.toFixed(1) ?? '',
            `${row.peakGigabytes.toFixed(2)} GB`,
            `${row.rounds}`,
          ]),
        ],
        notes: [
          `pictures: ${images ?? 'made up'}`,
          ...[predictions, packings].flatMap(changes),
          ...leftOut.map((size) => `packing, ${size} pictures: no room for temporary files in ${tmpdir()}`),
        ],
        rows,
        headline: {},
      };
    }
  },
};
