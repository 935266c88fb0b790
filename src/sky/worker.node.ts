/** The module of the drawing threads, which `writeSky` starts. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { shortestFloat32 } from '../data/submission.ts';
import { unwritable } from '../node/files/systemError.ts';
import { serve } from '../node/pictures/pool.ts';
import { leadingAnswer } from '../tree/route.ts';
import { fixedOf, type SkyConfig, surveyOf } from './config.ts';
import { PICTURE } from './field.ts';
import { r90 } from './galaxy.ts';
import { drawObject } from './population.ts';
import { renderPicture } from './render.ts';
import { voteFractions } from './votes.ts';

/** A task: a few galaxies of one part of a sky. */
export interface SkyTask {
  readonly seed: number;
  readonly config: SkyConfig;
  /** Folder of the pictures. */
  readonly folder: string;
  /** GalaxyID of the part's first galaxy. */
  readonly firstId: number;
  /** Number of galaxies before these in the part. */
  readonly start: number;
  readonly count: number;
}

/** The lines to write about the galaxies of a task. */
export interface SkyLines {
  /** Lines of the table of vote fractions. */
  solutions: string;
  /** Lines of JSON with the true parameters. */
  parameters: string;
  /** Numbers of galaxies by the leading answer to the first question. */
  classes: number[];
}

/** Quality and chroma subsampling of the challenge's files. */
const JPEG = { quality: 75, chromaSubsampling: '4:2:0' } as const;

/** Significant digits of written parameters. */
const DIGITS = 7;

// Our own threads work in parallel; libvips needs none.
sharp.concurrency(1);
sharp.cache(false);

async function writePicture(path: string, pixels: Uint8Array): Promise<void> {
  const raw = { width: PICTURE, height: PICTURE, channels: 3 } as const;
  const jpeg = await sharp(pixels, { raw }).jpeg(JPEG).toBuffer();
  try {
    const file = await open(path, 'w');
    try {
      await file.writeFile(jpeg);
      await file.sync(); // the sky is renamed only when all of it is on the disk
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

const rounded = (_: string, value: unknown) =>
  typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value;

serve<SkyTask, SkyLines>(async ({ seed, config, folder, firstId, start, count }, at) => {
  const survey = surveyOf(config);
  const lines: SkyLines = { solutions: '', parameters: '', classes: survey.classes.map(() => 0) };
  // The next picture is drawn while one is encoded and written.
  let writing: Promise<void> = Promise.resolve();
  for (let step = 0; step < count; step++) {
    const ordinal = start + step;
    const id = firstId + ordinal;
    const drawnFrom = config.same ? firstId : id;
    const object = drawObject(seed, drawnFrom, fixedOf(config, ordinal));
    const pixels = renderPicture(object, seed, drawnFrom);
    const fractions = voteFractions(object, seed, id, survey);
    await writing;
    at(step);
    writing = writePicture(join(folder, `${id}.jpg`), pixels);
    writing.catch(() => {}); // awaiting it throws the error
    lines.solutions += `${id},${Array.from(fractions, shortestFloat32).join(',')}\n`;
    lines.parameters += `${JSON.stringify({ GalaxyID: id, r90: r90(object), ...object }, rounded)}\n`;
    lines.classes[leadingAnswer(survey.tree, fractions, 1)]!++;
  }
  await writing;
  return { result: lines, transfer: [] };
});
