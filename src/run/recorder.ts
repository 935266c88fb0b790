/**
 * Records a training run in its folder. Files are written in such an order that a kill at any moment leaves either no run, or one
 * that resumes with bit-identical results.
 */
import type { LabelledGalaxy } from '../data/labels.ts';
import { submissionHeader, submissionLine } from '../data/submission.ts';
import type { Shape } from '../engine/graph/tensor.ts';
import type {
  BestWeights,
  CheckpointEvent,
  DoneEvent,
  EpochMetrics,
  LoopEvent,
  StartEvent,
  TaskOptions,
  TrainingData,
  TrainingState,
} from '../events.ts';
import { readSafetensors } from '../files/read.ts';
import { encodeSafetensors } from '../files/safetensors.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import type { Predicted } from '../model/inference.ts';
import { checkWeights, stateDictionary } from '../model/weights.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import type { Files } from '../platform.ts';
import type { ResolvedConfig } from '../train/config.ts';
import type { Position } from '../train/position.ts';
import { saveCheckpoint } from './checkpoint.ts';
import { writeRunConfig } from './config.ts';
import { readMetrics, writeMetrics, writeTrainedIds } from './folder.ts';
import { runPaths } from './paths.ts';
import { writeTensorBoard } from './tensorboard.ts';

export interface RecordedRun {
  folder: string;
  config: ResolvedConfig;
  network: GalaxyNetwork;
  preprocessing: Preprocessing;
  /** Shapes of the state, by name. */
  shapes: ReadonlyMap<string, Shape>;
}

/** Writes the page of a run. If that fails, the recorder reports it and training goes on. */
export interface RunPage {
  /** Called after each epoch; draws no charts. */
  unfinished(history: readonly EpochMetrics[], isTraining: boolean): Promise<void>;
  /** @param predictions of the validation galaxies; undefined if there are none */
  finished(
    history: readonly EpochMetrics[],
    validation: readonly LabelledGalaxy[],
    predictions: Predicted | undefined,
  ): Promise<void>;
}

export class RunRecorder {
  /** Of all finished epochs. */
  private metrics: EpochMetrics[] = [];
  private readonly paths: ReturnType<typeof runPaths>;
  private isNew = true;
  private data: TrainingData | undefined;
  /** True once this recorder has written the page. */
  private isShown = false;

  constructor(
    private readonly files: Files,
    private readonly run: RecordedRun,
    private readonly page: RunPage,
    private readonly onEvent: TaskOptions['onEvent'],
  ) {
    this.paths = runPaths(run.folder);
  }

  get lastEpoch(): EpochMetrics | undefined {
    return this.metrics.at(-1);
  }

  /** Duration of the finished epochs, without validation, in seconds. */
  get seconds(): number {
    return this.metrics.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Reads the metrics of a resumed run; reports epochs that are missing. */
  async resume({ epoch }: Position): Promise<void> {
    this.isNew = false;
    this.metrics = await readMetrics(this.files, this.run.folder, epoch);
    const lost = epoch - this.metrics.length;
    if (lost > 0) this.note(`${this.paths.metrics}: ${lost} of the ${epoch} finished epochs are missing`);
  }

  /** Writes what an event leaves in the folder. */
  async record(event: LoopEvent): Promise<void> {
    if (event.kind === 'start') await this.start(event);
    else if (event.kind === 'checkpoint') await this.checkpoint(event);
    else if (event.kind === 'done' && !event.stopped) await this.finish(event);
  }

  /** Updates the page after an error: training no longer runs. */
  async showFailure(): Promise<void> {
    if (this.isShown && (await this.files.exists(this.paths.config))) await this.showTraining(false);
  }

  private async start({ data, state, position }: StartEvent): Promise<void> {
    this.data = data;
    if (this.isNew) {
      const { folder, config, network, preprocessing } = this.run;
      for (const part of ['validation', 'test'] as const) {
        const lines = data[part].map((galaxy) => submissionLine(network.tree, galaxy, true));
        if (lines.length === 0)
          await this.files.remove(this.paths[part]); // left by a run that never began
        else await this.files.write(this.paths[part], [submissionHeader(network.tree), ...lines].join(''));
      }
      const ids = data.training.map(({ id }) => id);
      await writeTrainedIds(this.files, folder, ids);
      await this.save(state, position);
      // Last: a folder with config.json is a run.
      await writeRunConfig(this.files, folder, config, network, preprocessing);
    }
    await this.showTraining(true);
  }

  private async checkpoint({ state, position, metrics, best }: CheckpointEvent): Promise<void> {
    if (!(await this.files.exists(this.paths.config))) {
      throw new Error(`${this.run.folder}: was deleted or renamed during the training`);
    }
    // The checkpoint comes last. After a kill before it, the resumed epoch writes the same best weights and metrics again.
    if (best) await this.saveBest(best, position);
    if (metrics) {
      this.metrics.push(metrics);
      await writeMetrics(this.files, this.run.folder, this.metrics);
    }
    await this.save(state, position);
    if (metrics) await this.show(() => writeTensorBoard(this.files, this.run.folder, this.metrics));
    await this.showTraining(metrics !== undefined);
  }

  private async finish({ predict }: DoneEvent): Promise<void> {
    let predictions: Predicted | undefined;
    if (predict) {
      const { best } = this.paths;
      const { tensors } = await readSafetensors(this.files, best);
      predictions = await predict(checkWeights(this.run.network, tensors, best));
    }
    const { validation } = this.data!;
    await this.show(() => this.page.finished(this.metrics, validation, predictions));
  }

  private async showTraining(isTraining: boolean): Promise<void> {
    this.isShown = true;
    await this.show(() => this.page.unfinished(this.metrics, isTraining));
  }

  private save(state: TrainingState, position: Position): Promise<void> {
    return saveCheckpoint(this.files, this.paths.last, state, this.run.shapes, position);
  }

  private saveBest({ state, rmse, isAverage }: BestWeights, { epoch, step }: Position): Promise<void> {
    const about = {
      step: String(step),
      epoch: String(epoch),
      validationRmse: String(rmse),
      averaged: String(isAverage),
    };
    const tensors = stateDictionary(this.run.network, state, step);
    return this.files.write(this.paths.best, encodeSafetensors(tensors, about));
  }

  /** Writes a page or an event file; a failure is only reported. */
  private async show(write: () => Promise<unknown>): Promise<void> {
    await write().catch((error: Error) => this.note(`not written: ${error.message}`));
  }

  private note(message: string): void {
    this.onEvent?.({ kind: 'note', message });
  }
}
