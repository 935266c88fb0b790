/**
 * What a training writes into its run's folder, and in which order: a kill at any moment leaves a run that goes on to the same
 * bits, or none.
 */
import { existsSync } from 'node:fs';
import type { Shape } from '../engine/graph/tensor.ts';
import { encodeSafetensors } from '../files/safetensors.ts';
import { stateDictionary } from '../model/weights.ts';
import { writeSubmission } from '../node/data/writeSubmission.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import type { EpochMetrics } from '../train/metrics.ts';
import type { Position } from '../train/position.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { saveCheckpoint } from './checkpoint.node.ts';
import type { TrainingData } from './data.node.ts';
import { readMetrics, writeMetrics, writeRunConfig, writeTrainedIds } from './folder.node.ts';
import { type RunSubject, writeFinishedPage, writeUnfinishedPage } from './page.node.ts';
import { runPaths } from './paths.node.ts';
import { writeTensorBoard } from './tensorboard.node.ts';

/** What a step renews, by name. */
type State = Readonly<Record<string, Float32Array>>;

/** Weights that did better on the validation galaxies than all before. */
export interface BestWeights {
  state: ReadonlyMap<string, Float32Array>;
  rmse: number;
  /** Whether they are the moving averages. */
  isAverage: boolean;
}

export class RunRecorder {
  /** A line for each epoch that is done. */
  private metrics: EpochMetrics[] = [];
  private readonly paths: ReturnType<typeof runPaths>;
  /** Whether the page tells of this training. */
  private isShown = false;

  /**
   * @param shapes of all that a checkpoint holds
   * @param note is told of a page that cannot be written: pages and charts are by-products, and the training goes on
   */
  constructor(
    private readonly run: RunSubject,
    private readonly shapes: ReadonlyMap<string, Shape>,
    private readonly note: (message: string) => void,
  ) {
    this.paths = runPaths(run.folder);
  }

  get lastEpoch(): EpochMetrics | undefined {
    return this.metrics.at(-1);
  }

  /** Makes the folder a run. Its settings come last: without them it is none, and what is in it may be another's. */
  async begin(data: TrainingData, state: State, position: Position): Promise<void> {
    if (data.validation.length > 0)
      await writeSubmission(GALAXY_ZOO_2, this.paths.validation, data.validation, { blanks: true });
    const ids = data.training.map(({ id }) => id);
    await writeTrainedIds(this.run.folder, ids);
    await this.save(state, position);
    await writeRunConfig(this.run.folder, this.run.config, this.run.network);
  }

  /** Goes on with the metrics of the epochs that are done; without those that are lost, and tells of it. */
  async goOn({ epoch }: Position): Promise<void> {
    this.metrics = await readMetrics(this.run.folder, epoch);
    const lost = epoch - this.metrics.length;
    if (lost > 0)
      this.note(`${this.paths.metrics}: ${lost} of the ${epoch} epochs that are done are not in it`);
  }

  /** A checkpoint in the midst of an epoch. */
  async stop(state: State, position: Position): Promise<void> {
    this.checkThere();
    await this.save(state, position);
    await this.showTraining(false);
  }

  /**
   * An epoch that is done.
   * @param position at the beginning of the next one
   * @param best the weights, where they are the best so far
   */
  async epoch(line: EpochMetrics, state: State, position: Position, best?: BestWeights): Promise<void> {
    this.checkThere();
    this.metrics.push(line);
    // The checkpoint comes last: what is written before it is written again, the same, if it does not come to that.
    if (best) await this.saveBest(best, position);
    await writeMetrics(this.run.folder, this.metrics);
    await this.save(state, position);
    await this.show(() => writeTensorBoard(this.run.folder, this.metrics));
    await this.showTraining(true);
  }

  /** The page of a training that goes on, or that has been stopped. */
  async showTraining(goesOn: boolean): Promise<void> {
    this.isShown = true;
    await this.show(() => writeUnfinishedPage(this.run, this.metrics, goesOn));
  }

  /** Lets the page no longer say that the training goes on. */
  async showFailure(): Promise<void> {
    if (this.isShown && this.isThere()) await this.showTraining(false);
  }

  /** The page and the charts of a training that is done; see {@link writeFinishedPage}. */
  async finish({ validation }: TrainingData, predictions: Float32Array | undefined): Promise<void> {
    await this.show(() => writeFinishedPage(this.run, this.metrics, validation, predictions));
  }

  private save(state: State, position: Position): Promise<void> {
    return saveCheckpoint(this.paths.last, state, this.shapes, position);
  }

  private saveBest({ state, rmse, isAverage }: BestWeights, { epoch, step }: Position): Promise<void> {
    const about = {
      step: String(step),
      epoch: String(epoch),
      validationRmse: String(rmse),
      averaged: String(isAverage),
    };
    const tensors = stateDictionary(this.run.network, state, step);
    return writeFileAtomically(this.paths.best, encodeSafetensors(tensors, about));
  }

  private isThere(): boolean {
    return existsSync(this.paths.config);
  }

  /** Nothing is written into a folder that has been taken away: half a run would be there again. */
  private checkThere(): void {
    if (this.isThere()) return;
    throw new Error(
      `${this.run.folder}: is not there any more: deleted or renamed while it was trained into`,
    );
  }

  private async show(write: () => Promise<unknown>): Promise<void> {
    await write().catch((error: Error) => this.note(`not shown: ${error.message}`));
  }
}
