/** Explains galaxies: which parts of a picture an answer depends on, layer by layer, over several views. */
import { input } from '../engine/graph/tensor.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { HWCN, toHWCN } from '../engine/nn/layout.ts';
import { checkMemory, processBytes } from '../engine/runtime/memory.ts';
import type { Program } from '../engine/runtime/program.ts';
import { placementOf, type TaskOptions } from '../events.ts';
import { inferenceGraph } from '../model/inference.ts';
import { type Model, networkOf } from '../model/model.ts';
import { testViews } from '../picture/augmentation.ts';
import type { RecordPixels } from '../picture/record.ts';
import type { View } from '../picture/view.ts';
import type { Device, Platform } from '../platform.ts';
import type { Column } from '../tree/tree.ts';
import { ablationMap, ablationWeights } from './ablation.ts';
import { AblationCam, ablationGraphs, type Outputs, shownLayers } from './ablationCam.ts';
import { type AnswerChoice, chosenAnswers } from './answers.ts';
import { DELETION_STEPS, DeletionCurves, skyColour } from './deletion.ts';
import type { AnswerExplanation, Explanation } from './explanation.ts';
import { type HeatMap, meanMap } from './heatMap.ts';
import { type ExplainedMap, ViewFrames, ViewMean } from './viewMean.ts';
import { viewOf } from './views.ts';

/** A network to explain. */
export interface ExplainedNetwork {
  model: Model;
  /** Some of `layerNames`. Default: {@link shownLayers}. */
  layers?: readonly string[];
}

export interface ExplainOptions extends TaskOptions {
  /** Default 'auto', see `decidingAnswer`. */
  answer?: AnswerChoice;
  /** Number of views to average, see `testViews`. Default 1, the neutral one. */
  views?: number;
  /** Measures deletion curves, see `Deletion`. */
  deletion?: boolean;
  /** Default: the CPU with a thread for each core. */
  device?: Device;
  /** Runs even if the estimate exceeds the machine's memory. */
  force?: boolean;
  /** The share of pictures that may be unreadable; they are skipped. Default 0.01. */
  maxBad?: number;
  /** Stops before the next view. */
  signal?: AbortSignal;
}

/** Bytes that maps and their drawing take, measured. */
const DRAWING = 110e6;

/** Averages the maps of all views for one answer and one layer, or for all layers together. */
class Gathering {
  private readonly mean: ViewMean;
  private only: HeatMap | undefined;
  weights: Float64Array | undefined;

  constructor(private readonly frames: ViewFrames) {
    this.mean = new ViewMean(frames);
  }

  add(map: HeatMap, view: number, weights?: Float64Array): void {
    const count = this.frames.views.length;
    if (count === 1) this.only = map;
    else this.mean.add(map, view);
    if (weights === undefined) return;
    this.weights ??= new Float64Array(weights.length);
    for (let k = 0; k < weights.length; k++) this.weights[k]! += weights[k]! / count;
  }

  result(): ExplainedMap {
    return this.only === undefined ? this.mean.result() : { map: this.only, stability: null };
  }
}

/** A model opened for explanations. Its programs are compiled once, for any number of pictures. */
export class Explainer {
  private scorer: Program | undefined;

  private constructor(
    private readonly model: Model,
    private readonly cam: AblationCam,
    private readonly views: readonly View[],
    private readonly frames: ViewFrames,
    readonly layers: readonly string[],
    private readonly answer: AnswerChoice,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Opens several networks, all in memory at the same time.
   * @throws RangeError for an unknown layer; UserError for an unusable device, too little memory or a bad number of views
   */
  static async openAll(
    platform: Platform,
    networks: readonly ExplainedNetwork[],
    options: ExplainOptions = {},
  ): Promise<Explainer[]> {
    const { answer = 'auto', views: count = 1 } = options;
    const onPlacement = placementOf(options, 'explanation');
    const device = { name: 'cpu', threads: 0, onPlacement, ...options.device };
    const plans = networks.map(({ model, layers = shownLayers(networkOf(model)) }) => ({
      model,
      layers,
      graphs: ablationGraphs(model, layers),
      scorerGraph: options.deletion ? scorerOf(model) : undefined,
    }));
    const programs = plans.flatMap(({ graphs: { whole, rests }, scorerGraph }) => [
      whole,
      ...rests.map(({ outputs }) => outputs),
      ...(scorerGraph ? [scorerGraph] : []),
    ]);
    const check = { ...options, machine: platform.memory(), device: device.name };
    checkMemory(check, undefined, () => processBytes(programs.map(Object.values), DRAWING, 0));
    const explainers: Explainer[] = [];
    try {
      for (const { model, layers, graphs, scorerGraph } of plans) {
        const views = testViews(count, model.preprocessing);
        const frames = new ViewFrames(views, model.preprocessing.size, testViews(1, model.preprocessing)[0]);
        const cam = await AblationCam.open(platform, model, layers, device, graphs);
        const explainer = new Explainer(model, cam, views, frames, layers, answer, options.signal);
        explainers.push(explainer);
        explainer.scorer = scorerGraph && (await platform.compile(scorerGraph, device));
      }
      return explainers;
    } catch (error) {
      await Promise.all(explainers.map((explainer) => explainer.close()));
      throw error;
    }
  }

  /**
   * @param record `[212, 212, bands]`
   * @param answers the answers to explain. Default: those of the option `answer`
   * @throws Error if the network's outputs are not finite; the reason of `signal` if it stops
   */
  async explain(record: RecordPixels, answers?: readonly Column[]): Promise<Explanation> {
    const { tree, preprocessing } = this.model;
    const images = () => this.views.map((view) => viewOf(preprocessing, record, view));
    const fractions = new Float32Array(await this.meanFractions(images()));
    const columns = answers ?? chosenAnswers(tree, this.answer, fractions);
    const gather = () => new Gathering(this.frames);
    const gathered = columns.map(() => ({ layers: this.layers.map(gather), together: gather() }));
    for (const [view, image] of images().entries()) {
      await this.checkSignal();
      const ablations = await this.cam.ablate(image);
      for (const [i, { index }] of columns.entries()) {
        const maps = ablations.map((ablation, layer) => {
          const weights = ablationWeights(ablation, index);
          const map = ablationMap(ablation, weights);
          gathered[i]!.layers[layer]!.add(map, view, weights);
          return map;
        });
        gathered[i]!.together.add(meanMap(maps, this.frames.size), view);
      }
    }
    const explained = columns.map((column, i): AnswerExplanation => {
      const { layers, together } = gathered[i]!;
      return {
        column,
        fraction: fractions[column.index]!,
        layers: layers.map((each, layer) => ({
          layer: this.layers[layer]!,
          weights: each.weights!,
          ...each.result(),
        })),
        ...together.result(),
      };
    });
    if (this.scorer) await this.measureDeletion(record, explained, this.scorer);
    return { fractions, answers: explained };
  }

  /** @throws the reason of `signal` if it has stopped */
  private async checkSignal(): Promise<void> {
    if (this.signal === undefined) return;
    await new Promise((resolve) => setTimeout(resolve)); // WebAssembly occupies its thread: events arrive now
    this.signal.throwIfAborted();
  }

  private async meanFractions(images: readonly Float32Array[]): Promise<Float64Array> {
    const mean = new Float64Array(this.model.tree.columns.length);
    for (const image of images) {
      await this.checkSignal();
      const fractions = await this.cam.fractions(image);
      for (let i = 0; i < mean.length; i++) mean[i]! += fractions[i]! / images.length;
    }
    return mean;
  }

  /** Adds the deletion of the neutral view along its map to each answer whose map is not flat. */
  private async measureDeletion(
    record: RecordPixels,
    answers: readonly AnswerExplanation[],
    scorer: Program,
  ): Promise<void> {
    if (answers.every(({ map }) => map.flat)) return;
    const { preprocessing } = this.model;
    const image = viewOf(preprocessing, record, testViews(1, preprocessing)[0]!);
    const score = async (pictures: Float32Array) => (await scorer.run({ image: pictures })).fractions!;
    const whole = await this.cam.fractions(image);
    const sky = skyColour(record, preprocessing);
    const curves = await DeletionCurves.of(image, sky, score, whole);
    for (const answer of answers) {
      await this.checkSignal();
      if (!answer.map.flat) answer.deletion = await curves.along(answer.map, answer.column.index);
    }
  }

  /** Frees the programs. */
  async close(): Promise<void> {
    await Promise.all([this.cam.close(), this.scorer?.release()]);
  }
}

/** The fractions of pictures `image` `[DELETION_STEPS, bands, H, W]`. */
function scorerOf(model: Model): Outputs {
  const network = networkOf(model);
  const { size, channels } = network.description.input;
  const image = input('image', [DELETION_STEPS, channels, size, size]);
  const build = inferenceBuild(constantState(network, model.weights), 'auto');
  return { fractions: inferenceGraph(network, toHWCN(image), HWCN, build) };
}
