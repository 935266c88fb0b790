/** The page of a run while it is trained, and when it is done. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { evaluatePredictions } from '../evaluate/evaluation.ts';
import { exampleGalaxies } from '../evaluate/exampleGalaxies.node.ts';
import { scoreReport } from '../evaluate/scoreReport.ts';
import type { EpochMetrics } from '../events.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { describeLayers } from '../model/layers.ts';
import { writeRunReport } from '../report/runReport.node.ts';
import type { RunReport } from '../report/runReport.ts';
import type { LabelledGalaxy } from '../train/batches.ts';
import type { ResolvedConfig } from '../train/config.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { joinedFractions } from '../tree/tree.ts';
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
  const { parameters, ...layers } = describeLayers(network);
  return {
    title: basename(resolve(folder)),
    writtenAt: new Date().toISOString(),
    epochs: config.epochs,
    history,
    settings: { ...config },
    network: { diagram: { title: config.network, ...layers }, parameters },
  };
}

/**
 * A run as its page shows it before anything is scored but its epochs.
 * @throws UserError where the folder is not a run
 * @example await writeRunReport('scores', { ...(await readRunSubject('runs/first')), ...scoreReport(evaluation, 'my galaxies') });
 */
export async function readRunSubject(folder: string): Promise<RunReport> {
  const config = await readTraining(folder);
  const network = await readRunNetwork(folder);
  return runSubject({ folder, config, network }, await readMetrics(folder, config.epochs));
}

/** Whether the page of a training that is done is there, with all of its charts; the network's comes last. */
export const isPageFinished = (folder: string): boolean => existsSync(join(folder, 'charts', 'network.png'));

/** Writes the page of a training that goes on, or was stopped; no charts: it comes after each epoch. */
export async function writeUnfinishedPage(
  run: RunSubject,
  history: readonly EpochMetrics[],
  isTraining: boolean,
): Promise<void> {
  await writeRunReport(run.folder, { ...runSubject(run, history), isTraining }, { svg: false });
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
          ...scoreReport(
            evaluatePredictions(joinedFractions(GALAXY_ZOO_2, validation), predictions),
            'galaxies kept for validation, one view each, by the weights that did best on them',
          ),
          examples: await exampleGalaxies(validation, predictions),
        };
  await writeRunReport(run.folder, { ...runSubject(run, history), ...scored });
}
