/** The page of a run while it is trained, and when it is done. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { LabelledGalaxy } from '../data/labels.ts';
import { evaluatePredictions } from '../evaluate/evaluation.ts';
import type { EpochMetrics } from '../events.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { describeLayers } from '../model/layers.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { pngOfSvg, thumbnail } from '../node/drawing/pixels.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { readPixels } from '../node/pictures/pixels.ts';
import type { ImageReference } from '../picture/batch.ts';
import { galaxyExamples, type RunExamples } from '../report/examples.ts';
import { type RunReport, reportFiles } from '../report/runPage.ts';
import type { ResolvedConfig } from '../train/config.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { joinedFractions, type Tree } from '../tree/tree.ts';
import { readMetrics, readTraining } from './folder.node.ts';
import { readRunNetwork } from './openRun.node.ts';

/** What is known of a run from its beginning. */
export interface RunSubject {
  folder: string;
  config: ResolvedConfig;
  network: GalaxyNetwork;
}

/** A run as its page shows it before anything is scored but its epochs. */
function runSubject({ folder, config, network }: RunSubject, history: readonly EpochMetrics[]): RunReport {
  return {
    title: basename(resolve(folder)),
    tree: GALAXY_ZOO_2,
    writtenAt: new Date().toISOString(),
    epochs: config.epochs,
    history,
    settings: { ...config },
    network: { title: config.network, ...describeLayers(network) },
  };
}

/**
 * A run as its page shows it before anything is scored but its epochs.
 * @throws UserError where the folder is not a run
 * @example await writeRunReport('scores', { ...(await readRunSubject('runs/first')), evaluation });
 */
export async function readRunSubject(folder: string): Promise<RunReport> {
  const config = await readTraining(folder);
  const network = await readRunNetwork(folder);
  return runSubject({ folder, config, network }, await readMetrics(folder, config.epochs));
}

/** Pixels of an example's side. */
const THUMBNAIL = 160;

/**
 * The examples of a run's page, with their pictures.
 * @param predictions `[N, columns]`, of the galaxies in their order
 * @throws ImageError if a picture cannot be read
 */
export const runExamples = (
  tree: Tree,
  galaxies: readonly { id: string; fractions: ArrayLike<number>; image: ImageReference }[],
  predictions: ArrayLike<number>,
): Promise<RunExamples> =>
  galaxyExamples(tree, galaxies, predictions, async ({ image }) =>
    thumbnail(await readPixels(image), THUMBNAIL),
  );

/**
 * Writes `report.html`, and unless `pageOnly`, `charts/*.svg` and `charts/*.png` into a folder.
 *
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
    await writeFileAtomically(join(folder, path), content);
    paths.push(join(folder, path));
  };
  for (const { path, text } of reportFiles(report, nodeDrawing(), options)) {
    await write(path, text);
    if (path.endsWith('.svg')) await write(path.replace(/svg$/, 'png'), await pngOfSvg(text));
  }
  return paths;
}

/** Whether the page of a training that is done is there, with all of its charts; the network's comes last. */
export const isPageFinished = (folder: string): boolean => existsSync(join(folder, 'charts', 'network.png'));

/** Writes the page of a training that goes on, or was stopped; no charts: it comes after each epoch. */
export async function writeUnfinishedPage(
  run: RunSubject,
  history: readonly EpochMetrics[],
  isTraining: boolean,
): Promise<void> {
  await writeRunReport(run.folder, { ...runSubject(run, history), isTraining }, { pageOnly: true });
}

/**
 * Writes the page and the charts of a training that is done.
 * @param predictions of the validation galaxies, [N, 37]; none where none were kept
 */
export async function writeFinishedPage(
  run: RunSubject,
  history: readonly EpochMetrics[],
  validation: readonly LabelledGalaxy[],
  predictions: Float32Array | undefined,
): Promise<void> {
  const scored =
    predictions === undefined
      ? {}
      : {
          evaluation: evaluatePredictions(
            GALAXY_ZOO_2,
            joinedFractions(GALAXY_ZOO_2, validation),
            predictions,
          ),
          about: 'galaxies kept for validation, one view each, by the weights that scored best on them',
          examples: await runExamples(GALAXY_ZOO_2, validation, predictions),
        };
  await writeRunReport(run.folder, { ...runSubject(run, history), ...scored });
}
