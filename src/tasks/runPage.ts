/** The page of a run. */

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { GalaxyImage } from '../data/images.ts';
import type { Prediction } from '../data/submission.ts';
import { voteScores } from '../evaluate/coverage.ts';
import { evaluatePredictions } from '../evaluate/evaluation.ts';
import type { EpochMetrics } from '../events.ts';
import { describeLayers } from '../model/layers.ts';
import { type Model, networkOf } from '../model/model.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { pngOfSvg, thumbnail } from '../node/drawing/pixels.ts';
import { nodeFiles } from '../node/files/files.ts';
import { nodePlatform } from '../node/platform.ts';
import { shownPixels } from '../picture/fillBatch.ts';
import { toRgb } from '../picture/preprocessing.ts';
import { type Examples, type GalaxyExample, galaxyExamples } from '../report/examples.ts';
import { type RunReport, reportFiles } from '../report/runPage.ts';
import { readRunConfig, runNetwork, runSettings } from '../run/config.ts';
import { readMetrics } from '../run/folder.ts';
import type { RecordedRun, RunPage } from '../run/recorder.ts';
import { joinedFractions } from '../tree/tree.ts';

type RunSubject = Pick<RecordedRun, 'folder' | 'config' | 'network'>;

/** The content of a run's page, without scores. */
function runSubject({ folder, config, network }: RunSubject, history: readonly EpochMetrics[]): RunReport {
  return {
    title: basename(resolve(folder)),
    tree: network.tree,
    writtenAt: new Date().toISOString(),
    epochs: config.epochs,
    history,
    settings: { ...config },
    network: { title: config.network, ...describeLayers(network) },
  };
}

/**
 * Reads the content of a run's page, without scores.
 * @throws UserError if the folder is not a run
 * @example await writeRunReport('scores', { ...(await readRunSubject('runs/first')), evaluation });
 */
export async function readRunSubject(folder: string): Promise<RunReport> {
  const saved = await readRunConfig(nodeFiles, folder);
  const config = runSettings(saved);
  const history = await readMetrics(nodeFiles, folder, config.epochs);
  // As they were saved: a probe has no others.
  const settings = saved.training;
  return { ...runSubject({ folder, config, network: runNetwork(saved) }, history), settings };
}

/** The content of a model file's page: it has no history. */
export const modelSubject = (model: Model): RunReport => ({
  title: basename(model.file),
  tree: model.tree,
  writtenAt: new Date().toISOString(),
  settings: model.provenance.training,
  network: {
    title: String(model.provenance.training.network ?? 'network'),
    ...describeLayers(networkOf(model)),
  },
});

/** Side of an example's picture, in pixels. */
const THUMBNAIL = 160;

/**
 * The examples of a run's page, with their pictures.
 * @param predictions `[galaxies, columns]`
 * @throws ImageError if a picture cannot be read
 */
export const runExamples = (
  { tree, preprocessing }: Pick<Model, 'tree' | 'preprocessing'>,
  galaxies: readonly (GalaxyImage & Prediction)[],
  predictions: ArrayLike<number>,
): Promise<Examples<GalaxyExample>> =>
  galaxyExamples(tree, galaxies, predictions, async ({ image }) => {
    const pixels = shownPixels(await nodePlatform.readPicture(image, preprocessing));
    return thumbnail(toRgb(pixels, preprocessing), THUMBNAIL);
  });

/**
 * Writes `report.html` into a folder, and `charts/*.svg` and `charts/*.png` unless `pageOnly`.
 * @returns the paths of the files
 * @throws UserError if they cannot be written
 * @example
 * await writeRunReport('runs/first', { title: 'first', tree, writtenAt: new Date().toISOString(), history });
 */
export async function writeRunReport(
  folder: string,
  report: RunReport,
  options: { pageOnly?: boolean } = {},
): Promise<string[]> {
  const paths: string[] = [];
  const write = async (path: string, content: string | Uint8Array) => {
    await nodeFiles.write(join(folder, path), content);
    paths.push(join(folder, path));
  };
  for (const { path, text } of reportFiles(report, nodeDrawing(), options)) {
    // The disk takes a while to flush a file; meanwhile the next one is drawn.
    const [png] = await Promise.all([path.endsWith('.svg') ? pngOfSvg(text) : undefined, write(path, text)]);
    if (png !== undefined) await write(path.replace(/svg$/, 'png'), png);
  }
  return paths;
}

/** True if the finished page and all its charts exist; the network's diagram is written last. */
export const isPageFinished = (folder: string): boolean => existsSync(join(folder, 'charts', 'network.png'));

/**
 * The page of a training run. Charts are written only with the finished page.
 * @param hasPictures false if the galaxies have none: the page then has no examples
 */
export const runPage = (
  run: RunSubject & Pick<RecordedRun, 'preprocessing'>,
  hasPictures = true,
): RunPage => ({
  async unfinished(history, isTraining) {
    await writeRunReport(run.folder, { ...runSubject(run, history), isTraining }, { pageOnly: true });
  },
  async finished(history, validation, finished) {
    const { tree, description } = run.network;
    const predictions = finished && joinedFractions(tree, finished.predictions);
    const scored = predictions && {
      evaluation: evaluatePredictions(tree, joinedFractions(tree, validation), predictions, {
        votes: voteScores(
          { tree, network: description, conformal: finished.conformal },
          validation,
          finished.predictions,
        ),
      }),
      about: 'galaxies kept for validation, one view each, with the weights that scored best on them',
      ...(hasPictures && {
        examples: await runExamples({ tree, preprocessing: run.preprocessing }, validation, predictions),
      }),
    };
    await writeRunReport(run.folder, { ...runSubject(run, history), ...scored });
  },
});
