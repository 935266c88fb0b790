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
import { type Conformal, fewestGalaxies, fitConformal } from '../model/conformal.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import type { Predicted } from '../model/inference.ts';
import type { PredictedGalaxy } from '../model/likelihood.ts';
import { LEVELS } from '../model/posterior.ts';
import { fitTemperature, predictedGalaxies, tempered } from '../model/temperature.ts';
import { FEWEST_PICTURES } from '../model/trainingPictures.ts';
import { checkWeights, stateDictionary } from '../model/weights.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import type { Files } from '../platform.ts';
import type { ResolvedConfig } from '../train/config.ts';
import { needsCounts } from '../train/labels.ts';
import type { Position } from '../train/position.ts';
import { joinedFractions } from '../tree/tree.ts';
import { saveCheckpoint } from './checkpoint.ts';
import { writeRunConfig } from './config.ts';
import { readMetrics, writeDocument, writeMetrics, writeTrainedIds } from './folder.ts';
import { runPaths } from './paths.ts';
import { writeTensorBoard } from './tensorboard.ts';
import type { Uncertainty } from './uncertainty.ts';

export interface RecordedRun {
  folder: string;
  config: ResolvedConfig;
  network: GalaxyNetwork;
  preprocessing: Preprocessing;
  /** Shapes of the state, by name. */
  shapes: ReadonlyMap<string, Shape>;
}

/** The validation galaxies' predictions with the best weights, and the intervals of the model. */
export interface ScoredValidation {
  predictions: readonly PredictedGalaxy[];
  conformal?: Conformal;
}

/** Writes the page of a run. If that fails, the recorder reports it and training goes on. */
export interface RunPage {
  /** Called after each epoch; draws no charts. */
  unfinished(history: readonly EpochMetrics[], isTraining: boolean): Promise<void>;
  /** @param scored undefined if there are no validation galaxies */
  finished(
    history: readonly EpochMetrics[],
    validation: readonly LabelledGalaxy[],
    scored: ScoredValidation | undefined,
  ): Promise<void>;
}

/** Lines about flags and intervals for which there are too few galaxies. */
export function describeTooFew({
  training,
  calibration,
}: Pick<TrainingData, 'training' | 'calibration'>): string[] {
  const missing = `pictures unlike those of the training will not be flagged: that needs ${FEWEST_PICTURES} galaxies`;
  const levels =
    calibration.length === 0 ? [] : LEVELS.filter((level) => fewestGalaxies(level) > calibration.length);
  return [
    ...(training.length < FEWEST_PICTURES ? [`${missing} to train on, got ${training.length}`] : []),
    ...levels.map((level) => {
      const expected = `they need ${fewestGalaxies(level)} galaxies of their own, got ${calibration.length}`;
      return `intervals of ${100 * level} % will be 0…1: ${expected}`;
    }),
  ];
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

  private async start({ data, state, position, pictures }: StartEvent): Promise<void> {
    this.data = data;
    if (this.isNew) {
      const { folder, config, network, preprocessing } = this.run;
      for (const part of ['validation', 'test', 'calibration'] as const) {
        const lines = data[part].map((galaxy) => submissionLine(network.tree, galaxy, true));
        if (lines.length === 0)
          await this.files.remove(this.paths[part]); // left by a run that never began
        else await this.files.write(this.paths[part], [submissionHeader(network.tree), ...lines].join(''));
      }
      await this.files.remove(this.paths.uncertainty);
      if (pictures) await writeDocument(this.files, this.paths.trainingPictures, pictures);
      else await this.files.remove(this.paths.trainingPictures);
      for (const message of describeTooFew(data)) this.note(message);
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
    const { validation } = this.data!;
    let scored: ScoredValidation | undefined;
    if (predict) {
      const { best } = this.paths;
      const { tensors } = await readSafetensors(this.files, best);
      const weights = checkWeights(this.run.network, tensors, best);
      scored = await this.fitUncertainty((part) => predict(weights, part));
    }
    await this.show(() => this.page.finished(this.metrics, validation, scored));
  }

  /** Fits the temperature and the intervals on held-out galaxies, and saves them. */
  private async fitUncertainty(
    predict: (part: 'validation' | 'calibration') => Promise<Predicted>,
  ): Promise<ScoredValidation> {
    const { config, network } = this.run;
    const { validation, calibration } = this.data!;
    const { tree } = network;
    const plain = predictedGalaxies(tree, await predict('validation'));
    const temperature = needsCounts(config.loss)
      ? fitTemperature(
          tree,
          validation.map(({ counts }) => counts!),
          plain,
        )
      : undefined;
    const at = (predictions: readonly PredictedGalaxy[]) => tempered(tree, predictions, temperature ?? 1);
    const conformal =
      calibration.length > 0
        ? fitConformal(
            tree,
            joinedFractions(tree, calibration),
            joinedFractions(tree, at(predictedGalaxies(tree, await predict('calibration')))),
          )
        : undefined;
    const fitted: Uncertainty = { temperature, conformal };
    if (temperature !== undefined || conformal !== undefined)
      await writeDocument(this.files, this.paths.uncertainty, fitted);
    return { predictions: at(plain), conformal };
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
