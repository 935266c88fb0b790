import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { z } from 'zod';
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { layerNames, shownLayers } from '../explain/ablationCam.ts';
import { parseAnswer } from '../explain/answers.ts';
import { explain as explainPictures } from '../explain/explain.ts';
import { type Explanation, explanationDocument, summaryDocument } from '../explain/explanation.ts';
import { galaxyLight } from '../explain/galaxyLight.ts';
import { type MapMeasures, measureMaps } from '../explain/measures.ts';
import { drawCrop } from '../explain/views.ts';
import { type Model, networkOf } from '../model/model.ts';
import { openImages } from '../node/data/openCatalogue.ts';
import { hasFonts, pngOfSheet } from '../node/drawing/pixels.ts';
import { checkWritable } from '../node/files/atomic.ts';
import { nodeFiles } from '../node/files/files.ts';
import { nodePlatform } from '../node/platform.ts';
import type { ImageReference } from '../picture/batch.ts';
import { describeFrames, type FrameSettings } from '../picture/preprocessing.ts';
import type { RecordPixels } from '../picture/record.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { explanationSheet, runsSheet } from '../report/explanationSheet.ts';
import {
  type GalaxyMeasures,
  type MeasuresSummary,
  measuresCsv,
  summarizeMeasures,
} from '../report/mapMeasures.ts';
import { isSameTree } from '../tree/tree.ts';
import {
  checkGivenOnce,
  type ModelOptions,
  modelInputs,
  modelPath,
  modelsNamed,
  openModelOf,
  predictorOptions,
} from './model.ts';
import { checkedOptions, explainSchema } from './options.ts';
import { checkEnding, checkFolder, checkNoInput } from './outputs.ts';
import { openCommonParts, partFiles } from './runPart.ts';

const streamSchema = explainSchema.partial({ out: true });
type Settings = z.output<typeof streamSchema>;

/** `run` and `model` also take a list, to compare several networks. */
export type ExplainOptions = Omit<z.input<typeof streamSchema>, 'run' | 'model'> & {
  run?: string | string[];
  model?: string | string[];
} & TaskOptions;

/** A picture to explain. */
interface Picture {
  /** Its galaxy's ID. */
  id: string;
  /** The file's name, or the ID. */
  name: string;
  image: ImageReference;
}

/** A picture and its explanation. */
export interface ExplainedPicture extends Picture {
  /** `[212, 212, bands]` */
  record: RecordPixels;
  explanation: Explanation;
}

export interface ExplainResult {
  /** The file of the network's weights; the first network's if there are several. */
  weights: string;
  /** Each network: the run's folder or the model's file, and the file of its weights. */
  runs: { run: string; weights: string }[];
  layers: string[];
  views: number;
  /** The drawing of a single picture, or the folder of several. */
  out: string;
  /** `image` is a picture, not a folder or a zip. */
  isOne: boolean;
  pictures: {
    name: string;
    /** The drawing; undefined with `drawings: false`. */
    out?: string;
    /** The maps as JSON; of several pictures with `maps: true`. */
    maps?: string;
    /** The answers of each network, without maps. */
    explanations: { run: string; answers: ReturnType<typeof summaryDocument> }[];
    measures: MapMeasures[];
    /** The explanation as JSON: with its maps for a single picture, without for several. */
    document: object;
  }[];
  /** The file of the measures of several pictures. */
  table?: string;
  /** The means of these measures. */
  summary?: MeasuresSummary;
  /** Pictures that could not be read. */
  leftOut: SkippedPicture[];
}

/**
 * Explains answers with AblationCAM: which parts of a picture an answer depends on, layer by layer. With `out`, the
 * explanations are drawn, and the maps of several pictures are measured; without it, explanations are streamed. Several networks
 * explain the same answer of each picture: the one that `answer` names, or else the one that the first network chooses.
 * @throws OptionError for a wrong option; UserError if the network or the pictures cannot be read; TooManyBadImages if more
 * than `maxBad` of the pictures cannot be read
 * @example
 * await explain({ run: 'runs/first', image: '100008.jpg', out: 'why.png' });
 * for await (const { name, explanation } of explain({ run: 'runs/first', image: 'images' })) {
 *   console.log(name, explanation.answers[0]!.column.label);
 * }
 */
export function explain(options: ExplainOptions & { out: string }): Promise<ExplainResult>;
export function explain(options: ExplainOptions): AsyncGenerator<ExplainedPicture, void, undefined>;
export function explain(options: ExplainOptions) {
  return options.out === undefined ? stream(options) : explainInto(options.out, options);
}

async function* stream(options: ExplainOptions): AsyncGenerator<ExplainedPicture, void, undefined> {
  const { networks, explanations } = await begin(options);
  if (networks.length > 1) throw new OptionError('out', 'required with several runs');
  for await (const { explanations: own, ...picture } of explanations()) {
    yield { ...picture, explanation: own[0]! };
  }
}

async function explainInto(out: string, options: ExplainOptions): Promise<ExplainResult> {
  const { settings, networks, layers, pictures, isOne, leftOut, explanations } = await begin(options);
  const [{ model }] = networks as [Network];
  const { tree, preprocessing } = model;
  const paths = await outputs(out, settings, pictures, isOne);
  if (isOne || existsSync(out)) await checkWritable(isOne ? out : paths.table);
  if (settings.drawings && !(await hasFonts())) {
    options.onEvent?.({ kind: 'note', message: 'no fonts on this machine: the drawings have no text' });
  }
  const explained: ExplainResult['pictures'] = [];
  const rows: GalaxyMeasures[] = [];
  for await (const { id, name, record, explanations: own } of explanations()) {
    const ofRuns = own.map((explanation, i) => ({ run: networks[i]!.run, explanation }));
    const drawing = paths.drawings.get(id)!;
    if (settings.drawings) {
      const view = (size: number) => drawCrop(preprocessing, record, size);
      const sheet =
        ofRuns.length === 1
          ? explanationSheet(tree, name, view, own[0]!.answers)
          : runsSheet(
              tree,
              name,
              view,
              layers,
              ofRuns.map(({ run, explanation }) => ({ run, answer: explanation.answers[0]! })),
            );
      await nodeFiles.write(drawing, await pngOfSheet(sheet));
    }
    /** The document of each run, with its name if there are several. */
    const documentOf = (document: (explanation: Explanation) => object) =>
      ofRuns.length === 1
        ? document(own[0]!)
        : { explanations: ofRuns.map(({ run, explanation }) => ({ run, ...document(explanation) })) };
    const whole = () => documentOf((explanation) => explanationDocument(tree, explanation));
    const maps = isOne || !settings.maps ? undefined : mapsFile(drawing);
    if (maps !== undefined) await nodeFiles.write(maps, `${JSON.stringify(whole())}\n`);
    const measures = measureMaps(galaxyLight(preprocessing, record), ofRuns);
    rows.push(...measures.map((each) => ({ galaxy: id, ...each })));
    explained.push({
      name,
      ...(settings.drawings && { out: drawing }),
      ...(maps !== undefined && { maps }),
      explanations: ofRuns.map(({ run, explanation }) => ({ run, answers: summaryDocument(explanation) })),
      measures,
      document: isOne ? whole() : documentOf((explanation) => ({ answers: summaryDocument(explanation) })),
    });
  }
  if (!isOne) await nodeFiles.write(paths.table, measuresCsv(rows));
  return {
    weights: model.file,
    runs: networks.map(({ run, model: { file } }) => ({ run, weights: file })),
    layers,
    views: settings.views,
    out,
    isOne,
    pictures: explained,
    ...(!isOne && { table: paths.table, summary: summarizeMeasures(layers, rows) }),
    leftOut,
  };
}

/** An opened network. */
interface Network {
  /** The run's folder, or the model's file. */
  run: string;
  model: Model;
}

/** Checks the options, opens the networks and lists the pictures. */
async function begin({ onEvent, profile, run, model, ...given }: ExplainOptions) {
  const list = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());
  const settings = checkedOptions(streamSchema, { ...given, run: list(run), model: list(model) });
  check(settings);
  const networks = await openNetworks(settings);
  const [first] = networks as [Network];
  const answer = parseAnswer(first.model.tree, settings.answer);
  const named = networks.map(({ model }) => ({ model, names: layerNames(networkOf(model)) }));
  const layers = [...new Set(settings.layer ?? shownLayers(networkOf(first.model)))];
  const explained = named.map(({ model, names }) => ({
    model,
    layers: layers.filter((layer) => names.includes(layer)),
  }));
  const unknown = layers.find((layer) => !named.some(({ names }) => names.includes(layer)));
  if (unknown !== undefined) {
    const all = [...new Set(named.flatMap(({ names }) => names))].join(', ');
    const problem =
      networks.length === 1
        ? `not in this network, which has ${all}`
        : `in none of these networks, which have ${all}`;
    throw new OptionError('layer', problem, unknown);
  }
  const without = explained.findIndex((each) => each.layers.length === 0);
  if (without !== -1) {
    const problem = `${networks[without]!.run} has none of these layers: it has ${named[without]!.names.join(', ')}`;
    throw new OptionError('layer', problem, layers.join(', '));
  }
  const { pictures, isOne } = await openPictures(settings, first.model.preprocessing, onEvent);
  const leftOut: SkippedPicture[] = [];
  const options = predictorOptions(settings, { onEvent, profile }, leftOut);
  const byImage = new Map(pictures.map((picture) => [picture.image, picture]));
  const images = pictures.map(({ image }) => image);
  async function* explanations() {
    for await (const each of explainPictures(nodePlatform, explained, images, { ...options, answer })) {
      yield { ...each, ...byImage.get(each.image)! };
    }
  }
  return { settings, networks, layers, pictures, isOne, leftOut, explanations };
}

/** @throws OptionError for options that contradict each other or would be ignored */
function check(settings: Settings): void {
  const { run, model, image, part, answer, hdu, bandFiles, pixelScale, stretch, idColumn } = settings;
  const paths = [...run, ...model];
  checkGivenOnce(paths);
  if (paths.length > 1 && answer === 'all') {
    throw new OptionError('answer', 'expected auto or one answer for several runs', answer);
  }
  if (part === undefined) {
    if (image === undefined) throw new OptionError('image', 'required, unless `part` is given');
    return;
  }
  if (run.length === 0 || model.length > 0) {
    throw new OptionError(
      'part',
      'requires `run`, without `model`: a model file does not list its galaxies',
      part,
    );
  }
  const ignored = Object.entries({ image, hdu, bandFiles, pixelScale, stretch, idColumn }).find(
    ([, value]) => value !== undefined,
  );
  if (ignored) throw new OptionError(ignored[0], 'has no effect with `part`', ignored[1]);
}

/** The networks that options name. Default: the model in this package. */
function sourcesOf(settings: Pick<Settings, 'run' | 'model'>): ModelOptions[] {
  const sources = modelsNamed(settings);
  return sources.length > 0 ? sources : [{}];
}

/** Opens the networks. @throws OptionError if their trees or their pictures' crops differ */
async function openNetworks(settings: Settings): Promise<Network[]> {
  const sources = sourcesOf(settings);
  const networks: Network[] = [];
  for (const source of sources) {
    const network = { run: modelPath(source), model: await openModelOf(source) };
    networks.push(network);
    const first = networks[0]!;
    const refuse = (problem: string) => new OptionError(Object.keys(source)[0]!, problem, network.run);
    if (!isSameTree(network.model.tree, first.model.tree)) {
      throw refuse(`has a different tree from ${first.run}: ${network.model.tree.data.title}`);
    }
    const [own, common] = [network, first].map(
      ({ model: { preprocessing } }) =>
        `the central ${preprocessing.crop} of ${describeFrames(preprocessing)}, resized to ${preprocessing.size}`,
    );
    if (own !== common) throw refuse(`takes ${own} as its input, but ${first.run} takes ${common}`);
  }
  return networks;
}

/** The pictures of `image`, or of the galaxies that the runs held out. */
async function openPictures(
  { run, image, part, limit, hdu, bandFiles, pixelScale, stretch, idColumn }: Settings,
  frames: FrameSettings,
  onEvent: TaskOptions['onEvent'],
): Promise<{ pictures: Picture[]; isOne: boolean }> {
  if (part !== undefined) {
    const [heldOut] = await openCommonParts(run, [part], onEvent);
    const { galaxies } = heldOut!;
    const pictures = galaxies.slice(0, limit).map(({ id, image }) => ({ id, name: id, image }));
    return { pictures, isOne: false };
  }
  const found = await openImages(
    image!,
    { frames, hdu, bandFiles, pixelScale, shown: stretch, idColumn },
    onEvent,
  );
  const isOne = found.length === 1 && found[0]!.image.kind === 'file' && found[0]!.image.path === image;
  return { pictures: found.slice(0, limit).map((each) => ({ ...each, name: each.image.name })), isOne };
}

/** The paths of the drawings, by picture ID, and of the table of measures. A single picture is drawn to `out`, several into the folder `out`. */
async function outputs(
  out: string,
  { run, model, image, part, drawings }: Settings,
  pictures: readonly Picture[],
  isOne: boolean,
): Promise<{ drawings: ReadonlyMap<string, string>; table: string }> {
  if (isOne) checkEnding('out', out, '.png');
  else if (extname(out).toLowerCase() === '.png') {
    throw new OptionError('out', `expected a folder for the pictures of ${image ?? part}`, out);
  } else checkFolder('out', out);
  if (isOne && !drawings) throw new OptionError('drawings', 'has no effect with one picture');
  const paths = isOne ? [out] : drawingNames(image ?? '', pictures).map((name) => join(out, name));
  const table = join(out, 'measures.csv');
  const sources = sourcesOf({ run, model }).map(modelInputs);
  const inputs = {
    run: sources.flatMap((each) => each.run ?? []),
    model: sources.flatMap((each) => each.model ?? []),
    part: part && (await partFiles(run)),
    image: image && pictures.flatMap(({ image }) => ('path' in image ? image.path : [])),
  };
  checkNoInput('out', out, inputs, isOne ? paths : [...paths, ...paths.map(mapsFile), table]);
  return { drawings: new Map(pictures.map(({ id }, i) => [id, paths[i]!])), table };
}

/** The file of a drawing's maps. */
const mapsFile = (drawing: string) => drawing.replace(/png$/, 'json');

/** The names of the drawings of several pictures. */
function drawingNames(source: string, pictures: readonly Picture[]): string[] {
  // Names in a zip may contain folders, and lead anywhere.
  const names = pictures.map(({ id, name }) => {
    const base = name === id ? id : name.slice(0, -extname(name).length);
    return `${base.replace(/[/\\]/g, '_')}.png`;
  });
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new OptionError('image', `two pictures would become ${twice}`, source);
  return names;
}
