/**
 * Records a training in its run's folder. The order of writing matters: a kill at any moment leaves a run that goes on to the
 * same bits, or none.
 */
import { existsSync } from 'node:fs';
import type {
  BestWeights,
  CheckpointEvent,
  DoneEvent,
  EpochMetrics,
  StartEvent,
  TaskOptions,
  TrainingData,
  TrainingState,
} from '../events.ts';
import { encodeSafetensors } from '../files/safetensors.ts';
import { checkWeights, stateDictionary } from '../model/weights.ts';
import { writeSubmission } from '../node/data/writeSubmission.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { readSafetensors } from '../node/files/safetensors.ts';
import type { LoopEvent } from '../train/loop.ts';
import type { Position } from '../train/position.ts';
import { saveCheckpoint } from './checkpoint.node.ts';
import { readMetrics, writeMetrics, writeRunConfig, writeTrainedIds } from './folder.node.ts';
import { writeFinishedPage, writeUnfinishedPage } from './page.node.ts';
import { runPaths } from './paths.node.ts';
import type { TrainingPlan } from './plan.node.ts';
import { writeTensorBoard } from './tensorboard.node.ts';

export class RunRecorder {
  /** One for each finished epoch. */
  private metrics: EpochMetrics[] = [];
  private readonly paths: ReturnType<typeof runPaths>;
  private isNew = true;
  private data: TrainingData | undefined;
  /** The page shows this training. */
  private isShown = false;

  /** @param onEvent gets a note if a page cannot be written; the training goes on */
  constructor(
    private readonly run: TrainingPlan,
    private readonly onEvent: TaskOptions['onEvent'],
  ) {
    this.paths = runPaths(run.folder);
  }

  get lastEpoch(): EpochMetrics | undefined {
    return this.metrics.at(-1);
  }

  /** Takes up the metrics of the finished epochs, and reports those that are lost. */
  async goOn({ epoch }: Position): Promise<void> {
    this.isNew = false;
    this.metrics = await readMetrics(this.run.folder, epoch);
    const lost = epoch - this.metrics.length;
    if (lost > 0) this.note(`${this.paths.metrics}: ${lost} of the ${epoch} finished epochs are not in it`);
  }

  /** Writes what an event leaves in the folder. */
  async record(event: LoopEvent): Promise<void> {
    if (event.kind === 'start') await this.start(event);
    else if (event.kind === 'checkpoint') await this.checkpoint(event);
    else if (event.kind === 'done' && !event.stopped) await this.finish(event);
  }

  /** Lets the page no longer say that the training goes on. */
  async showFailure(): Promise<void> {
    if (this.isShown && this.isThere()) await this.showTraining(false);
  }

  private async start({ data, state, position }: StartEvent): Promise<void> {
    this.data = data;
    if (this.isNew) {
      const { folder, config, network } = this.run;
      if (data.validation.length > 0)
        await writeSubmission(network.tree, this.paths.validation, data.validation, { blanks: true });
      const ids = data.training.map(({ id }) => id);
      await writeTrainedIds(folder, ids);
      await this.save(state, position);
      // Last: it makes the folder a run. Without it, the other files may be another run's.
      await writeRunConfig(folder, config, network);
    }
    await this.showTraining(true);
  }

  private async checkpoint({ state, position, metrics, best }: CheckpointEvent): Promise<void> {
    if (!this.isThere()) {
      throw new Error(
        `${this.run.folder}: is not there any more: deleted or renamed while it was trained into`,
      );
    }
    // The checkpoint comes after best weights and metrics: if it is lost, they are written again, the same.
    if (best) await this.saveBest(best, position);
    if (metrics) {
      this.metrics.push(metrics);
      await writeMetrics(this.run.folder, this.metrics);
    }
    await this.save(state, position);
    if (metrics) await this.show(() => writeTensorBoard(this.run.folder, this.metrics));
    await this.showTraining(metrics !== undefined);
  }

  private async finish({ predict }: DoneEvent): Promise<void> {
    let predictions: Float32Array | undefined;
    if (predict) {
      const { best } = this.paths;
      const { tensors } = await readSafetensors(best);
      predictions = await predict(checkWeights(this.run.network, tensors, best));
    }
    const { validation } = this.data!;
    await this.show(() => writeFinishedPage(this.run, this.metrics, validation, predictions));
  }

  private async showTraining(goesOn: boolean): Promise<void> {
    this.isShown = true;
    await this.show(() => writeUnfinishedPage(this.run, this.metrics, goesOn));
  }

  private save(state: TrainingState, position: Position): Promise<void> {
    return saveCheckpoint(this.paths.last, state, this.run.shapes, position);
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

  private async show(write: () => Promise<unknown>): Promise<void> {
    await write().catch((error: Error) => this.note(`not shown: ${error.message}`));
  }

  private note(message: string): void {
    this.onEvent?.({ kind: 'note', message });
  }
}
