/** Folders of pictures for benchmarks, in a scratch folder that is removed when the process ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, link, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { writeSubmission } from '../src/node/data/writeSubmission.ts';
import { listSource } from '../src/node/files/source.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';

/** Pictures named by GalaxyID, and a table of random vote fractions. */
export interface PictureFolder {
  images: string;
  solutions: string;
}

/** The number of different pictures. Larger folders have some of them under several names. */
const MOST_ORIGINALS = 200;
const SIDE = 424;
const FIRST_ID = 100001;

/** A folder for temporary files. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tuningfork-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  return folder;
}

/** A picture with an elliptical glow on a noisy sky, about as large as a JPEG of the challenge's. */
function galaxy(): Sharp {
  const [angle, flattening, radius] = [Math.random() * Math.PI, 0.3 + Math.random(), 15 + Math.random() * 30];
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let place = 0; place < SIDE * SIDE; place++) {
    const [x, y] = [(place % SIDE) - SIDE / 2, Math.floor(place / SIDE) - SIDE / 2];
    const [along, across] = [x * cosine + y * sine, (y * cosine - x * sine) / flattening];
    const glow = 220 * Math.exp(-Math.sqrt(along * along + across * across) / radius);
    for (let colour = 0; colour < 3; colour++) pixels[3 * place + colour] = glow + Math.random() * 16;
  }
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } });
}

/** Up to {@link MOST_ORIGINALS} JPEG files: copies from a folder, or generated ones. */
async function originals(scratch: string, source: string | undefined): Promise<string[]> {
  const folder = join(scratch, 'originals');
  await mkdir(folder);
  const path = (index: number) => join(folder, `${index}.jpg`);
  if (source === undefined) {
    const indices = Array.from({ length: MOST_ORIGINALS }, (_, i) => i);
    for (const i of indices) await galaxy().jpeg({ quality: 80 }).toFile(path(i));
    return indices.map(path);
  }
  const files = (await listSource(source, ['.jpg', '.jpeg'])).slice(0, MOST_ORIGINALS);
  for (const [i, file] of files.entries()) await copyFile(file.path, path(i));
  return files.map((_, i) => path(i));
}

/**
 * Makes a folder for each number of pictures.
 * @param source a folder of JPEG files. Default: generated pictures
 */
export async function pictureFolders(
  scratch: string,
  counts: readonly number[],
  source?: string,
): Promise<Map<number, PictureFolder>> {
  const files = await originals(scratch, source);
  const folders = new Map<number, PictureFolder>();
  for (const count of counts) {
    const images = join(scratch, `${count}`);
    await mkdir(images);
    const solutions = join(scratch, `${count}.csv`);
    const ids = Array.from({ length: count }, (_, i) => FIRST_ID + i);
    for (const [i, id] of ids.entries()) {
      const [from, to] = [files[i % files.length], join(images, `${id}.jpg`)];
      await link(from!, to).catch(() => copyFile(from!, to)); // some file systems have no links
    }
    const rows = ids.map((id) => ({
      id: String(id),
      fractions: Array.from({ length: GALAXY_ZOO_2.columns.length }, Math.random),
    }));
    await writeSubmission(GALAXY_ZOO_2, solutions, rows);
    folders.set(count, { images, solutions });
  }
  return folders;
}
