import { extname, join } from 'node:path';
import type { z } from 'zod';
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { layerNames, shownLayers } from '../explain/ablationCam.ts';
import { parseAnswer } from '../explain/answers.ts';
import { type ExplainedPicture, explain as explainPictures } from '../explain/explain.ts';
import { type AnswerExplanation, explanationDocument, summaryDocument } from '../explain/explanation.ts';
import { drawCrop } from '../explain/views.ts';
import type { FileReference } from '../files/reference.ts';
import { networkOf } from '../model/model.ts';
import { openImages } from '../node/data/openCatalogue.ts';
import { hasFonts, pngOfSheet } from '../node/drawing/pixels.ts';
import { nodeFiles } from '../node/files/files.ts';
import { nodePlatform } from '../node/platform.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { explanationSheet } from '../report/explanationSheet.ts';
import { modelInputs, openModelOf, predictorOptions } from './model.ts';
import { checkedOptions, explainSchema } from './options.ts';
import { checkEnding, checkFolder, checkNoInput } from './outputs.ts';

const streamSchema = explainSchema.partial({ out: true });

export type ExplainOptions = z.input<typeof streamSchema> & TaskOptions;

export interface ExplainResult {
  /** The file of the network's weights. */
  weights: string;
  layers: string[];
  views: number;
  /** The drawing of a single picture, or the folder of several. */
  out: string;
  /** `image` is a picture, not a folder or a zip. */
  isOne: boolean;
  pictures: {
    name: string;
    /** The drawing. */
    out: string;
    /** The maps as JSON; of several pictures with `maps: true`. */
    maps?: string;
    answers: readonly AnswerExplanation[];
    /** The explanation as JSON: with its maps for a single picture, without for several. */
    document: object;
  }[];
  /** Pictures that could not be read. */
  leftOut: SkippedPicture[];
}

/**
 * Explains answers with AblationCAM: which parts of a picture an answer depends on, layer by layer. With `out`, the
 * explanations are drawn; without, they are streamed.
 * @throws OptionError for a wrong option; UserError if the network or the pictures cannot be read; TooManyBadImages if more
 * than `maxBad` of the pictures cannot be read
 * @example
 * await explain({ run: 'runs/first', image: '100008.jpg', out: 'why.png' });
 * for await (const { image, explanation } of explain({ run: 'runs/first', image: 'images' })) {
 *   console.log(image.name, explanation.answers[0]!.column.label);
 * }
 */
export function explain(options: ExplainOptions & { out: string }): Promise<ExplainResult>;
export function explain(
  options: ExplainOptions,
): AsyncGenerator<ExplainedPicture<FileReference>, void, undefined>;
export function explain(options: ExplainOptions) {
  return options.out === undefined ? stream(options) : explainInto(options.out, options);
}

async function* stream(
  options: ExplainOptions,
): AsyncGenerator<ExplainedPicture<FileReference>, void, undefined> {
  const { explanations } = await begin(options);
  yield* explanations();
}

async function explainInto(out: string, options: ExplainOptions): Promise<ExplainResult> {
  const { model, layers, views, images, isOne, leftOut, explanations } = await begin(options);
  const { tree, preprocessing } = model;
  const paths = new Map(outputs(out, options, images, isOne).map((path, i) => [images[i], path]));
  if (!(await hasFonts())) {
    options.onEvent?.({ kind: 'note', message: 'no fonts on this machine: the drawings have no text' });
  }
  const pictures: ExplainResult['pictures'] = [];
  for await (const { image, record, explanation } of explanations()) {
    const { answers } = explanation;
    const drawing = paths.get(image)!;
    const sheet = explanationSheet(
      tree,
      image.name,
      (size) => drawCrop(preprocessing, record, size),
      answers,
    );
    await nodeFiles.write(drawing, await pngOfSheet(sheet));
    const maps = isOne ? undefined : mapsFile(drawing);
    if (maps !== undefined && options.maps) {
      await nodeFiles.write(maps, `${JSON.stringify(explanationDocument(tree, explanation))}\n`);
    }
    const document = isOne
      ? explanationDocument(tree, explanation)
      : { answers: summaryDocument(explanation) };
    pictures.push({ name: image.name, out: drawing, maps, answers, document });
  }
  return { weights: model.file, layers, views, out, isOne, pictures, leftOut };
}

/** Checks the options, opens the network and lists the pictures. */
async function begin({ onEvent, profile, ...given }: ExplainOptions) {
  const { run, model: file, image, layer, answer, ...settings } = checkedOptions(streamSchema, given);
  const model = await openModelOf({ run, model: file });
  const choice = parseAnswer(model.tree, answer);
  const network = networkOf(model);
  const names = layerNames(network);
  const layers = [...new Set(layer ?? shownLayers(network))];
  const unknown = layers.find((each) => !names.includes(each));
  if (unknown !== undefined) {
    throw new OptionError('layer', `not in this network, which has ${names.join(', ')}`, unknown);
  }
  const images = (await openImages(image)).map((each) => each.image);
  const isOne = images.length === 1 && images[0]!.kind === 'file' && images[0]!.path === image;
  const leftOut: SkippedPicture[] = [];
  const options = predictorOptions(settings, { onEvent, profile }, leftOut);
  const explanations = () =>
    explainPictures(nodePlatform, model, images, { ...options, layers, answer: choice });
  return { model, layers, views: settings.views, images, isOne, leftOut, explanations };
}

/** The path of each picture's drawing: `out` for a single picture, else a file in the folder `out`. */
function outputs(
  out: string,
  { run, model, image }: ExplainOptions,
  images: readonly FileReference[],
  isOne: boolean,
): string[] {
  if (isOne) checkEnding('out', out, '.png');
  else if (extname(out).toLowerCase() === '.png') {
    throw new OptionError('out', `expected a folder for the pictures of ${image}`, out);
  } else checkFolder('out', out);
  const paths = isOne ? [out] : drawingNames(image, images).map((name) => join(out, name));
  const inputs = { ...modelInputs({ run, model }), image: images.map(({ path }) => path) };
  checkNoInput('out', out, inputs, isOne ? paths : [...paths, ...paths.map(mapsFile)]);
  return paths;
}

/** The file of a drawing's maps. */
const mapsFile = (drawing: string) => drawing.replace(/png$/, 'json');

/** The names of the drawings of several pictures. */
function drawingNames(source: string, images: readonly FileReference[]): string[] {
  // Names in a zip may contain folders, and lead anywhere.
  const names = images.map(
    ({ name }) => `${name.slice(0, -extname(name).length).replace(/[/\\]/g, '_')}.png`,
  );
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new OptionError('image', `two pictures would become ${twice}`, source);
  return names;
}
