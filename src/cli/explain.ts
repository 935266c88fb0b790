import { extname, join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Deletion } from '../explain/deletion.ts';
import type { AnswerExplanation } from '../explain/explanation.ts';
import type { FileReference } from '../files/reference.ts';
import { networkOf } from '../model/model.ts';
import { runtimeFields } from '../train/config.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { listening } from './listening.ts';
import { checkFolder, checkNoInput, runFiles } from './outputs.ts';
import { viewCount } from './predictOptions.ts';
import { addSchemaOptions, givenSettings } from './schemaOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

const { maxBad, device, threads, force } = runtimeFields;

const schema = z.strictObject({
  layer: z.array(z.string()).optional().meta({
    value: 'NAME',
    description: 'a layer, such as conv4 or cbam1; again for another (default: one of each block)',
  }),
  answer: z.string().default('auto').meta({
    value: 'ANSWER|auto|all',
    description: 'an answer, such as 4.1; auto: the one that decides what the galaxy is; all 37',
  }),
  views: viewCount.default(1).meta({
    value: 'N',
    description:
      'views whose maps are averaged: rotations × flips, from 48 on × zooms where N is a multiple of 3',
  }),
  maxBad,
  device,
  threads,
  force,
});

interface Flags extends TerminalOptions {
  run: string;
  image: string;
  out: string;
  deletion?: boolean;
}

/** The PNG of each picture. A single picture has the name that was given; of several, each has its own in a folder. */
function outputs(flags: Flags, images: readonly FileReference[], isOne: boolean): string[] {
  const isPng = extname(flags.out).toLowerCase() === '.png';
  if (isOne && !isPng) throw new UserError(`--out ${flags.out}: expected a name that ends in .png`);
  if (!isOne && isPng) {
    throw new UserError(`--out ${flags.out}: expected a folder for the pictures of ${flags.image}`);
  }
  if (!isOne) checkFolder('--out', flags.out);
  const paths = isOne ? [flags.out] : namesOfSheets(flags, images).map((name) => join(flags.out, name));
  const inputs = { '--run': runFiles(flags.run), '--image': images.map(({ path }) => path) };
  const maps = isOne ? [] : paths.map(mapsFile);
  checkNoInput('--out', flags.out, inputs, [...paths, ...maps]);
  return paths;
}

/** Where the maps of a drawing are, where they have a file of their own. */
const mapsFile = (drawing: string) => drawing.replace(/png$/, 'json');

/** What the drawings of several pictures are called. */
function namesOfSheets(flags: Flags, images: readonly FileReference[]): string[] {
  // Names in a zip may hold folders, and lead anywhere.
  const names = images.map(
    ({ name }) => `${name.slice(0, -extname(name).length).replace(/[/\\]/g, '_')}.png`,
  );
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UserError(`${flags.image}: two pictures would become ${twice}`);
  return names;
}

function deletionLine({ meaningful, area, spread, areaOfMiddle }: Deletion): string {
  const verdict = meaningful ? 'significant' : 'not significant';
  return `deletion area ${area.toFixed(2)} ± ${spread.toFixed(2)}: ${verdict} (centre first: ${areaOfMiddle.toFixed(2)})`;
}

/** What is said of an answer in a line. */
function line(answer: AnswerExplanation): string {
  const { column, fraction, map, stability, deletion } = answer;
  return [
    `${column.label} ${fraction.toFixed(3)}`,
    ...(map.flat ? ['flat: nothing in the picture supports it'] : []),
    ...(stability === null ? [] : [`views agree ${stability.toFixed(2)}`]),
    ...(deletion ? [deletionLine(deletion)] : []),
  ].join(', ');
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const settings = schema.parse(givenSettings(schema, flags));
  const [{ openRun }, { openImages }, { writeFileAtomically }] = await Promise.all([
    import('../run/openRun.node.ts'),
    import('../node/data/openCatalogue.ts'),
    import('../node/files/atomic.ts'),
  ]);
  const [{ explain }, { layerNames, shownLayers }, { parseAnswer }, { drawCrop }, document] =
    await Promise.all([
      import('../explain/explain.node.ts'),
      import('../explain/ablationCam.node.ts'),
      import('../explain/answers.ts'),
      import('../explain/views.ts'),
      import('../explain/document.ts'),
    ]);
  const [{ explanationSheet }, { hasFonts, pngOfSheet }] = await Promise.all([
    import('../report/explanationSheet.ts'),
    import('../node/drawing/pixels.ts'),
  ]);
  const answer = parseAnswer(settings.answer);
  const trained = await openRun(flags.run);
  const network = networkOf(trained);
  const names = layerNames(network);
  const layers = [...new Set(settings.layer ?? shownLayers(network))];
  const unknown = layers.find((layer) => !names.includes(layer));
  if (unknown !== undefined) {
    throw new UserError(`--layer ${unknown}: not in this network, which has ${names.join(', ')}`);
  }
  const images = (await openImages(flags.image)).map(({ image }) => image);
  const isOne = images.length === 1 && images[0]!.kind === 'file' && images[0]!.path === flags.image;
  const paths = new Map(outputs(flags, images, isOne).map((path, i) => [images[i], path]));
  if (!(await hasFonts())) terminal.note('no fonts on this machine: the pictures are without words');

  const leftOut: { name: string; reason: string }[] = [];
  const explained: object[] = [];
  const lines: string[] = [];
  const started = performance.now();
  const all = explain(trained, images, {
    layers,
    answer,
    views: settings.views,
    deletion: flags.deletion,
    maxBad: settings.maxBad,
    device: { name: settings.device, threads: settings.threads },
    force: settings.force,
    ...listening(terminal, {
      skipped: leftOut,
      describe: (done, total) => {
        const seconds = (performance.now() - started) / 1000;
        return `${done}/${total} pictures ${(seconds / done).toFixed(1)} s each`;
      },
    }),
  });
  for await (const { image, record, explanation } of all) {
    const out = paths.get(image)!;
    const sheet = explanationSheet(
      GALAXY_ZOO_2,
      image.name,
      (size) => drawCrop(record, size),
      explanation.answers,
    );
    await writeFileAtomically(out, await pngOfSheet(sheet));
    if (isOne) {
      explained.push({ name: image.name, out, ...document.explanationDocument(explanation) });
      lines.push(...explanation.answers.map(line));
      continue;
    }
    const maps = mapsFile(out);
    if (flags.json)
      await writeFileAtomically(maps, `${JSON.stringify(document.explanationDocument(explanation))}\n`);
    explained.push({ name: image.name, out, maps, answers: document.summaryDocument(explanation) });
  }
  lines.push(isOne ? flags.out : `${explained.length} pictures in ${flags.out}`);
  // Maps are long: a number a line would be three times as much again.
  terminal.result(
    lines.join('\n'),
    {
      weights: trained.file,
      layers,
      views: settings.views,
      ...(isOne ? explained[0] : { out: flags.out, pictures: explained, leftOut }),
    },
    0,
  );
}

export function addExplain(command: Command): void {
  command
    .description('draw what in a picture an answer hangs on: AblationCAM, layer by layer')
    .requiredOption('--run <RUN>', 'a run of `tuningfork train`')
    .requiredOption('--image <PATH>', 'a picture, or a folder or zip of them')
    .requiredOption('--out <PNG|DIR>', 'the drawing; of a folder or zip, a folder for theirs')
    .option('--deletion', 'watch the score as the picture is taken away: whether the map means anything');
  addSchemaOptions(command, schema);
  command.action(run);
}
addExplain.command = 'explain';
