import { extname } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { jsonId } from '../data/ids.ts';
import { UserError } from '../errors.ts';
import type { SkyReport } from '../report/skyPage.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { listening } from './listening.ts';
import { checkNoInput, dataFiles, tableFiles } from './outputs.ts';
import { addSchemaOptions, givenSettings } from './schemaOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

interface Flags extends TerminalOptions {
  out: string;
  data?: string;
  solutions: string[];
  images: string[];
}

const schema = z.strictObject({
  perClass: z
    .int()
    .min(1)
    .max(1000, 'expected 1000 or less: a page holds all its pictures')
    .default(6)
    .meta({ value: 'N', description: 'pictures of each class' }),
  seed: z.int().min(0).optional().meta({
    value: 'S',
    description: 'draw them at random (default: those with the highest fractions)',
  }),
});

/** Pixels of a picture in the page; twice what it is shown as, for sharp screens. */
const THUMBNAIL = 240;
const FORMATS = ['.html', '.svg', '.png'];

/**
 * The page's content, and how many galaxies of each class there are.
 * @throws UserError for whatever is wrong with the tables, or with a packed file
 */
async function gather(flags: Flags & Record<string, unknown>, terminal: Terminal) {
  const [
    { listGalaxies },
    { readPixels },
    { classExamples, labelStatistics },
    { thumbnail },
    { columnNamed, joinedFractions },
  ] = await Promise.all([
    import('../node/data/trainingData.ts'),
    import('../node/pictures/pixels.ts'),
    import('../report/labels.ts'),
    import('../node/drawing/pixels.ts'),
    import('../tree/tree.ts'),
  ]);
  const { data, solutions, images } = flags;
  const { perClass, seed } = schema.parse(givenSettings(schema, flags));
  const { galaxies: all } = await listGalaxies(
    GALAXY_ZOO_2,
    { data, solutions, images, maxBad: 0 },
    listening(terminal),
  );
  const ids = all.map(({ id }) => id);
  const fractions = joinedFractions(GALAXY_ZOO_2, all);
  const leftOut: { name: string; reason: string }[] = [];
  const { onEvent } = listening(terminal, { skipped: leftOut });
  /** A picture that cannot be read is told of, and its galaxy stands there without. */
  const picture = async (row: number): Promise<string | undefined> => {
    try {
      return await thumbnail(await readPixels(all[row]!.image), THUMBNAIL);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onEvent?.({ kind: 'skipped', name: ids[row]!, reason: error.message });
      return undefined;
    }
  };
  const classes = [];
  for (const { rows, ...each } of classExamples(GALAXY_ZOO_2, ids, fractions, perClass, seed)) {
    const { index } = columnNamed(GALAXY_ZOO_2, each.answer)!;
    const galaxies = rows.map(async (row) => ({
      id: ids[row]!,
      fraction: fractions[row * GALAXY_ZOO_2.columns.length + index]!,
      image: await picture(row),
    }));
    classes.push({ ...each, galaxies: await Promise.all(galaxies) });
  }
  const choice =
    seed === undefined
      ? 'those with the highest fractions'
      : `drawn at random (seed ${seed}) from all of the class`;
  const report: SkyReport = {
    title: `${ids.length.toLocaleString('en-US')} galaxies`,
    tree: GALAXY_ZOO_2,
    about: [
      `Of each class up to ${perClass}: ${choice}. A galaxy is of a class if the leading answers of the volunteers lead there; it is shown once, in the rarest.`,
    ],
    classes,
    statistics: labelStatistics(GALAXY_ZOO_2, fractions),
  };
  return { report, leftOut };
}

async function write(path: string, format: string, report: SkyReport): Promise<void> {
  const [{ skyPage, skySheet }, { nodeDrawing }, { pngOfSvg }, { writeFileAtomically }] = await Promise.all([
    import('../report/skyPage.ts'),
    import('../node/drawing/document.ts'),
    import('../node/drawing/pixels.ts'),
    import('../node/files/atomic.ts'),
  ]);
  if (format === '.html') return writeFileAtomically(path, skyPage(report, nodeDrawing()));
  const sheet = skySheet(report);
  return writeFileAtomically(path, format === '.svg' ? sheet : await pngOfSvg(sheet));
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const format = extname(flags.out).toLowerCase();
  if (!FORMATS.includes(format)) {
    throw new UserError(`--out ${flags.out}: expected a name that ends in ${FORMATS.join(', ')}`);
  }
  checkNoInput('--out', flags.out, {
    '--data': dataFiles(flags.data),
    '--solutions': tableFiles(flags.solutions),
    '--images': flags.images,
  });
  const { report, leftOut } = await gather(flags, terminal);
  await write(flags.out, format, report);

  const { statistics } = report;
  const classes = report.classes.map(({ galaxies, ...each }) => ({
    ...each,
    galaxies: galaxies.map(({ id, fraction }) => ({ id: jsonId(id), fraction })),
  }));
  const longest = Math.max(...classes.map(({ name }) => name.length));
  const lines = classes.map(({ name, count, galaxies }) => {
    const ids = galaxies.map(({ id }) => id).join(' ');
    return `  ${name.padEnd(longest)}  ${String(count).padStart(6)}  ${ids}`.trimEnd();
  });
  terminal.result([`${report.title} by class`, ...lines, `in ${flags.out}`].join('\n'), {
    out: flags.out,
    classes,
    ...statistics,
    leftOut,
  });
}

const gathered = (value: string, before: string[]) => [...before, value];

export function addShow(command: Command): void {
  command
    .description('galaxies by class and the statistics of their votes, as a page or a picture')
    .option('--data <PATH>', "a folder in Kaggle's layout, or a file of `tuningfork pack`")
    .option('--solutions <CSV>', 'a further table of vote fractions; may be repeated', gathered, [])
    .option('--images <PATH>', 'its pictures, a folder or a zip; may be repeated', gathered, [])
    .requiredOption('--out <FILE>', 'the page, .html, or the pictures alone, .png or .svg');
  addSchemaOptions(command, schema);
  command.action(run);
}
addShow.command = 'show';
