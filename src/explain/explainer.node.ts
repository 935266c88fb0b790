/** Explains galaxies: which parts of a picture an answer hangs on, layer by layer, over several views, and whether that is so. */
import { transpose } from '../engine/graph/shape.ts';
import { input } from '../engine/graph/tensor.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { HWCN } from '../engine/nn/layout.ts';
import { checkMemory, processBytes } from '../engine/runtime/memory.ts';
import type { Program } from '../engine/runtime/program.ts';
import { placementOf, type TaskOptions } from '../events.ts';
import { inferenceGraph } from '../model/inference.ts';
import { networkOf } from '../model/model.ts';
import { machineMemory } from '../node/platform.ts';
import { compile } from '../node/runtime/device.ts';
import { testViews } from '../picture/augmentation.ts';
import { NEUTRAL_VIEW, type View } from '../picture/view.ts';
import type { Device } from '../platform.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { ablationMap, ablationWeights } from './ablation.ts';
import {
  AblationCam,
  ablationGraphs,
  type ExplainedNetwork,
  type Outputs,
  shownLayers,
} from './ablationCam.node.ts';
import { type AnswerChoice, chosenAnswers } from './answers.ts';
import { DELETION_STEPS, DeletionCurves, skyColour } from './deletion.ts';
import type { AnswerExplanation, ExplainedMap, Explanation } from './explanation.ts';
import { type HeatMap, meanMap } from './heatMap.ts';
import { ViewFrames, ViewMean } from './viewMean.ts';
import { viewOf } from './views.ts';

/** What is to be explained, and how. */
export interface ExplainOptions extends TaskOptions {
  /** Some of `layerNames`. Default: {@link shownLayers}. */
  layers?: readonly string[];
  /** Default 'auto': see `decidingAnswer`. */
  answer?: AnswerChoice;
  /** Views whose maps are averaged; see `testViews`. Default 1, the neutral one. */
  views?: number;
  /** Whether to watch the score as the picture is taken away. */
  deletion?: boolean;
  device?: Device;
  /** Explain even what takes more memory than the machine has. */
  force?: boolean;
}

/** The bytes that maps and their drawing take, as measured. */
const DRAWING = 110e6;

/** Gathers what the views say of one answer and one layer, or of all layers together. */
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

/**
 * A network opened for explanations: its programs are compiled once, for any number of pictures.
 * @example
 * const explainer = await Explainer.open(await openRun('runs/first'), { answer: 'auto', views: 16 });
 * const { answers } = await explainer.explain(toRecord((await readFrame(file)).pixels));
 * await explainer.close();
 */
export class Explainer {
  private constructor(
    private readonly cam: AblationCam,
    private readonly scorer: Program | undefined,
    private readonly views: readonly View[],
    private readonly frames: ViewFrames,
    readonly layers: readonly string[],
    private readonly answer: AnswerChoice,
  ) {}

  /** @throws RangeError where there is no such layer; UserError where the device or the memory is not there, or `views` is no number of views */
  static async open(trained: ExplainedNetwork, options: ExplainOptions = {}): Promise<Explainer> {
    const { layers = shownLayers(networkOf(trained)), answer = 'auto', views: count = 1 } = options;
    const onPlacement = placementOf(options, 'explanation');
    const device = { name: 'cpu', threads: 0, onPlacement, ...options.device };
    const views = testViews(count);
    const { size } = trained.network.input;
    const graphs = ablationGraphs(trained, layers);
    const scorerGraph = options.deletion ? scorerOf(trained) : undefined;
    const programs = [
      graphs.whole,
      ...graphs.rests.map(({ outputs }) => outputs),
      ...(scorerGraph ? [scorerGraph] : []),
    ];
    const machine = machineMemory();
    const what = `an explanation of ${layers.length} layers`;
    checkMemory({ ...options, machine, device: device.name }, what, 1, () =>
      processBytes(programs.map(Object.values), DRAWING, 0),
    );
    const cam = await AblationCam.open(trained, layers, device, graphs);
    try {
      const scorer = scorerGraph && (await compile(scorerGraph, device));
      return new Explainer(cam, scorer, views, new ViewFrames(views, size), layers, answer);
    } catch (error) {
      await cam.close();
      throw error;
    }
  }

  /**
   * @param record [212, 212, 3], of `toRecord`
   * @throws Error where the network gives no numbers
   */
  async explain(record: Uint8Array): Promise<Explanation> {
    const images = () => this.views.map((view) => viewOf(record, view, this.frames.size));
    const fractions = new Float32Array(await this.meanFractions(images()));
    const columns = chosenAnswers(this.answer, fractions);
    const gather = () => new Gathering(this.frames);
    const gathered = columns.map(() => ({ layers: this.layers.map(gather), together: gather() }));
    for (const [view, image] of images().entries()) {
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
    const answers = columns.map((column, i): AnswerExplanation => {
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
    if (this.scorer) await this.watchDeletion(record, answers, this.scorer);
    return { fractions, answers };
  }

  private async meanFractions(images: readonly Float32Array[]): Promise<Float64Array> {
    const mean = new Float64Array(GALAXY_ZOO_2.columns.length);
    for (const image of images) {
      const fractions = await this.cam.fractions(image);
      for (let i = 0; i < mean.length; i++) mean[i]! += fractions[i]! / images.length;
    }
    return mean;
  }

  /** Adds to each answer how its score in the neutral view changes as the map's pixels are taken away. */
  private async watchDeletion(
    record: Uint8Array,
    answers: readonly AnswerExplanation[],
    scorer: Program,
  ): Promise<void> {
    if (answers.every(({ map }) => map.flat)) return;
    const image = viewOf(record, NEUTRAL_VIEW, this.frames.size);
    const score = async (pictures: Float32Array) => (await scorer.run({ image: pictures })).fractions!;
    const whole = await this.cam.fractions(image);
    const curves = await DeletionCurves.of(image, skyColour(record), score, whole);
    for (const answer of answers) {
      if (!answer.map.flat) answer.deletion = await curves.along(answer.map, answer.column.index);
    }
  }

  /** Frees the programs. */
  async close(): Promise<void> {
    await Promise.all([this.cam.close(), this.scorer?.release()]);
  }
}

/** The graph of the fractions of pictures `image` [DELETION_STEPS, 3, H, W]. */
function scorerOf(trained: ExplainedNetwork): Outputs {
  const network = networkOf(trained);
  const { size, channels } = network.description.input;
  const image = input('image', [DELETION_STEPS, channels, size, size]);
  const build = inferenceBuild(constantState(network, trained.weights), 'auto');
  return { fractions: inferenceGraph(network, transpose(image, [2, 3, 1, 0]), HWCN, build) };
}
